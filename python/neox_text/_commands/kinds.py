"""Which tokenizer `--tokenizer` and `--kind` mean."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neox_text import AnyTokenizer, JapaneseTokenizer, Tokenizer

BPE, JAPANESE = "bpe", "japanese"
KINDS = (BPE, JAPANESE)
LOOKS = {
    BPE: "a BPE tokenizer: a tokenizer.json, or a directory that holds one",
    JAPANESE: "a Japanese tokenizer: a directory with vocab.txt and emoji.json, a vocab.txt beside"
    " an emoji.json, or what JapaneseTokenizer.save writes",
}
SAVED = b'"neox_text.JapaneseTokenizer"'


def load_tokenizer(options: argparse.Namespace) -> AnyTokenizer:
    """Read the tokenizer that is meant; ValueError where `--kind` contradicts what is there."""
    if _kind(options.tokenizer, options.kind) == JAPANESE:
        return _japanese(options.tokenizer)
    return _bpe(options.tokenizer)


def id_limit(tok: AnyTokenizer) -> int:
    """One more than the highest id: `len` can be less, where a vocabulary has a line twice."""
    limit = len(tok)
    while tok.id_to_token(limit) is not None:
        limit += 1
    return limit


def _kind(path: str | None, asked: str | None) -> str:
    found = set() if path is None else _kinds_of(path)
    if asked is None and len(found) > 1:
        raise ValueError(f"{path} holds both kinds of tokenizers: --kind bpe or japanese chooses")
    if asked is not None and found and asked not in found:
        raise ValueError(f"--kind {asked}, but {path} does not look like {LOOKS[asked]}")
    return asked or next(iter(found), BPE)


def _kinds_of(path: str) -> set[str]:
    """The kinds that a directory or file can be; none where it does not tell."""
    if os.path.isdir(path):
        names = {*os.listdir(path)}
        found = {JAPANESE: {"vocab.txt", "emoji.json"}, BPE: {"tokenizer.json"}}
        return {kind for kind, due in found.items() if due <= names}
    if not os.path.isfile(path):
        return set()
    with open(path, "rb") as file:
        head = file.read(1000)
    if head.lstrip().startswith(b"{"):
        return {JAPANESE if SAVED in head else BPE}
    return {JAPANESE} if path.endswith(".txt") else set()


def _bpe(path: str | None) -> Tokenizer:
    from neox_text import Tokenizer

    if path is None:
        return Tokenizer.default()
    return Tokenizer.from_pretrained(path) if os.path.isdir(path) else Tokenizer.from_file(path)


def _japanese(path: str | None) -> JapaneseTokenizer:
    from neox_text import JapaneseTokenizer

    if path is None:
        return JapaneseTokenizer.default()
    if os.path.isdir(path):
        return JapaneseTokenizer.from_pretrained(path)
    if path.endswith(".txt"):
        return JapaneseTokenizer.from_files(path, os.path.join(os.path.dirname(path), "emoji.json"))
    return JapaneseTokenizer.from_file(path)
