"""Japanese ids, tokens, text and calls against `GPTNeoXJapaneseTokenizer` of transformers.

The small vocabulary of `japanese_texts` is compared everywhere, the published ones where the
folder of shared data is there.
"""

from __future__ import annotations

import functools
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from japanese_texts import EMOJI, small, texts, write
from neox_text import JapaneseTokenizer

pytest.importorskip("transformers", reason="needs transformers, which needs Python 3.11")


@functools.cache
def oracle(clean: bool = False, folder: Path | None = None, name: str = "") -> Any:
    from transformers import GPTNeoXJapaneseTokenizer

    with tempfile.TemporaryDirectory() as made:
        vocab, emoji = write(Path(made))
        if folder:
            vocab, emoji = folder / f"{name}.txt", folder / "emoji.json"
        return GPTNeoXJapaneseTokenizer(
            vocab_file=str(vocab), emoji_file=str(emoji), do_clean_text=clean
        )


def same(tok: JapaneseTokenizer, theirs: Any, text: str) -> None:
    tokens = theirs.tokenize(text)
    due = theirs.convert_tokens_to_ids(tokens)
    encoding = tok.encode(text)
    assert encoding.ids == due, ascii(text)
    assert encoding.tokens == tokens, ascii(text)
    assert tok.decode(due) == theirs.decode(due), ascii(text)


@pytest.mark.parametrize("clean", [False, True])
def test_drawn_texts(rng: random.Random, clean: bool) -> None:
    surfaces = [surface for surface in small().get_vocab() if surface]
    for text in texts(rng, 3000, surfaces):
        same(small(do_clean_text=clean), oracle(clean), text)


@pytest.mark.parametrize("name", ["ja-swe32k", "ja-swe32kfix"])
def test_published(rng: random.Random, shared: Path, name: str) -> None:
    folder = shared / "tokenizers"
    plain = JapaneseTokenizer.from_files(folder / f"{name}.txt", folder / "emoji.json")
    surfaces = [surface for surface in plain.get_vocab() if surface]
    for clean in (False, True):
        tok, theirs = plain.with_options(do_clean_text=clean), oracle(clean, folder, name)
        for text in texts(rng, 500, surfaces):
            same(tok, theirs, text)
    for file in sorted((shared / "corpora").glob("japanese_*")):
        text = file.read_text(encoding="utf-8")
        at = rng.randrange(len(text) - 3000)
        for line in text[at : at + 3000].split("\n"):
            same(plain, oracle(False, folder, name), line)


def test_clean_text(rng: random.Random) -> None:
    from neox_text.japanese import clean_text

    clean: Callable[[str], str] = oracle().subword_tokenizer.clean_text
    for text in texts(rng, 3000, list(EMOJI)):
        assert clean_text(text) == clean(text), ascii(text)


def test_decode(rng: random.Random) -> None:
    tok, theirs = small(), oracle()
    known = sorted(set(tok.get_vocab().values()))
    byte = [i for i in known if (tok.id_to_token(i) or "").startswith("<|byte")]
    for _ in range(2000):
        row = rng.choices(rng.choice((known, byte)), k=rng.randint(0, 8)) + rng.choices(known, k=3)
        assert tok.decode(row) == theirs.decode(row)
        skipped = theirs.decode(row, skip_special_tokens=True)
        assert tok.decode(row, skip_special_tokens=True) == skipped


ONE, MANY = (
    "東京 と<|endoftext|>大学",
    ["カードは猫である🐯。", "あ", "", "東京 と<|endoftext|>大学"],
)
CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((ONE,), {}),
    ((MANY,), {}),
    ((ONE, "は慶應"), {"return_token_type_ids": True}),
    ((MANY, MANY[::-1]), {"padding": True}),
    ((MANY,), {"padding": True, "return_tensors": "np"}),
    ((MANY,), {"padding": True, "pad_to_multiple_of": 8, "padding_side": "left"}),
    ((MANY,), {"padding": "max_length", "max_length": 6, "truncation": True}),
    ((ONE,), {"max_length": 3, "truncation": True, "stride": 1}),
    ((ONE, "は慶應"), {"max_length": 5, "truncation": "longest_first"}),
    ((ONE, "は慶應"), {"max_length": 5, "truncation": "only_second"}),
    ((ONE,), {"return_attention_mask": False, "return_length": True}),
    ((ONE,), {"return_special_tokens_mask": True}),
    ((["今日", "は 猫"],), {"is_split_into_words": True}),
    (([["今日", "は"], ["猫"]],), {"is_split_into_words": True}),
]


@pytest.mark.parametrize("call", range(len(CALLS)))
def test_calls(call: int) -> None:
    arguments, options = CALLS[call]

    def plain(out: Any) -> dict[str, Any]:
        return {k: v.tolist() if hasattr(v, "tolist") else v for k, v in dict(out).items()}

    assert plain(small()(*arguments, **options)) == plain(oracle()(*arguments, **options))


def test_names_and_sizes() -> None:
    tok, theirs = small(), oracle()
    assert (len(tok), tok.get_vocab_size()) == (len(theirs), theirs.vocab_size)
    for name in ("bos_token", "eos_token", "unk_token", "pad_token"):
        assert getattr(tok, name) == getattr(theirs, name)
        assert getattr(tok, f"{name}_id") == getattr(theirs, f"{name}_id")
    assert sorted(tok.all_special_ids) == sorted(theirs.all_special_ids)
    for i in range(len(theirs)):
        canonical = theirs.subword_tokenizer.ids_to_tokens[i][0]
        assert tok.id_to_token(i) == canonical


@pytest.mark.parametrize("clean", [False, True])
def test_folders_go_both_ways(rng: random.Random, tmp_path: Path, clean: bool) -> None:
    tok, theirs = small(do_clean_text=clean), oracle(clean)
    tok.save_pretrained(tmp_path / "ours")
    theirs.save_pretrained(tmp_path / "theirs")
    read = type(theirs).from_pretrained(tmp_path / "ours", local_files_only=True)
    back = JapaneseTokenizer.from_pretrained(tmp_path / "theirs")
    assert JapaneseTokenizer.from_pretrained(tmp_path / "ours") == tok
    for text in texts(rng, 100):
        due = theirs(text)["input_ids"]
        assert read(text)["input_ids"] == due
        assert back.encode(text).ids == due
