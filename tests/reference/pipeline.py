"""Byte-level BPE from the definition: short enough to read, and as slow as that makes it."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from typing import Any

import regex  # type: ignore[import-untyped]

PATTERN = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)
SPACE, WORD = regex.compile(r"\s"), regex.compile(r"\w")


def byte_characters() -> dict[int, str]:
    """The character that stands for each byte: printable ones themselves, the rest from U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {
        byte: chr(0x100 + place) for place, byte in enumerate(others)
    }


CHARACTERS = byte_characters()
BYTES = {character: byte for byte, character in CHARACTERS.items()}


def token_bytes(entry: str) -> bytes:
    """The bytes of an entry of the vocabulary."""
    return bytes(BYTES[character] for character in entry)


def merge(symbols: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Merge pairs until none is left that merges: lowest rank first, leftmost first."""
    while len(symbols) > 1:
        pairs = list(itertools.pairwise(symbols))
        at = min(range(len(pairs)), key=lambda i: ranks.get(pairs[i], len(ranks)))
        if pairs[at] not in ranks:
            break
        symbols = [*symbols[:at], "".join(pairs[at]), *symbols[at + 2 :]]
    return symbols


class Pipeline:
    """Ids of a text for a `tokenizer.json` given as a value; no post-processor.

    `normalize` is the normal form; by default what `unicodedata` calls NFC where the file has a
    normalizer. `is_special` tells which special tokens are parsed; the others are text.
    """

    def __init__(self, spec: dict[str, Any], normalize: Callable[[str], str] | None = None) -> None:
        self.vocab: dict[str, int] = spec["model"]["vocab"]
        pairs = (m.split(" ") if isinstance(m, str) else m for m in spec["model"]["merges"])
        self.ranks = {(left, right): rank for rank, (left, right) in enumerate(pairs)}
        nfc = spec["normalizer"] is not None
        self.normalize = normalize or (
            (lambda text: unicodedata.normalize("NFC", text)) if nfc else (lambda text: text)
        )
        self.prefix = spec["pre_tokenizer"]["add_prefix_space"]
        self.raw = [t for t in spec["added_tokens"] if not t["normalized"]]
        self.normalized = [
            {**t, "content": self.normalize(t["content"])}
            for t in spec["added_tokens"]
            if t["normalized"]
        ]

    def ids(self, text: str, is_special: Callable[[str], bool] = lambda _: True) -> list[int]:
        """The ids of a text."""
        found: list[int] = []
        for part in cut(text, self.raw, is_special):
            if isinstance(part, int):
                found.append(part)
                continue
            for section in cut(self.normalize(part), self.normalized, is_special):
                if isinstance(section, int):
                    found.append(section)
                    continue
                if self.prefix and not section.startswith(" "):
                    section = " " + section
                for piece in PATTERN.findall(section):
                    found += self.piece(piece.encode())
        return found

    def piece(self, piece: bytes) -> list[int]:
        """The ids of one piece."""
        symbols = merge([CHARACTERS[byte] for byte in piece], self.ranks)
        return [self.vocab[symbol] for symbol in symbols]


def cut(
    text: str, tokens: list[dict[str, Any]], is_special: Callable[[str], bool]
) -> list[str | int]:
    """Cut added tokens out of a text, leftmost and longest first: texts, and ids of tokens.

    A match that does not count hides what it covers all the same.
    """
    parts: list[str | int] = []
    done = at = 0
    while at < len(text):
        here = [t for t in tokens if text.startswith(t["content"], at)]
        if not here:
            at += 1
            continue
        token = max(here, key=lambda t: len(t["content"].encode()))
        start, end = at, at + len(token["content"])
        at = end
        if token["special"] and not is_special(token["content"]):
            continue
        around = text[max(start - 1, 0) : start] + text[end : end + 1]
        if token["single_word"] and WORD.search(around):
            continue
        if token["lstrip"]:
            while start > done and SPACE.match(text[start - 1]):
                start -= 1
            start = max(start, done)
        if token["rstrip"]:
            while end < len(text) and SPACE.match(text[end]):
                end += 1
        if end <= start:
            continue
        if done < start:
            parts.append(text[done:start])
        parts.append(token["id"])
        done = end
    return parts + ([text[done:]] if done < len(text) else [])
