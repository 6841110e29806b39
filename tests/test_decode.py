"""Decoding is the oracle's, bytes are lossless, and a stream joins to the whole."""

from __future__ import annotations

import codecs
import functools
import itertools
import json
import random
from pathlib import Path

import neox_text
import numpy as np
import pytest
import tokenizers
from conftest import END, PAD
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import hard
from reference.made import OFTEN, kinds
from reference.pipeline import token_bytes

KINDS = dict(kinds())
NAMES = ("as GPT-NeoX", "as GPT-2", "flags", "flags as GPT-2")


@functools.cache
def both(name: str) -> tuple[neox_text.Tokenizer, tokenizers.Tokenizer]:
    text = json.dumps(KINDS[name])
    return neox_text.Tokenizer.from_str(text), tokenizers.Tokenizer.from_str(text)


@functools.cache
def bytes_of(name: str) -> list[bytes]:
    """The bytes of every id: those of its entry, or the text of an added token."""
    ours, oracle = both(name)
    added = {i: t.content for i, t in ours.added_tokens.items()}
    if oracle.normalizer is not None:
        for i, token in ours.added_tokens.items():
            if token.normalized:
                added[i] = oracle.normalizer.normalize_str(token.content)
    entries = {i: t for t, i in ours.get_vocab().items()}
    return [
        added[i].encode() if i in added else token_bytes(entries[i]) for i in range(len(entries))
    ]


def rows(name: str, source: random.Random, count: int) -> list[list[int]]:
    """Random ids, ids of texts, and ids that are parts of characters."""
    ours, _ = both(name)
    data = bytes_of(name)
    parts = [i for i, b in enumerate(data) if len(b) <= 3 and max(b, default=0) >= 0x80]
    found = [source.choices(range(len(data)), k=source.randint(0, 12)) for _ in range(count)]
    found += [source.choices(parts, k=source.randint(1, 9)) for _ in range(count)]
    found += ours.encode_batch(list(hard.texts(source, count, OFTEN))).to_lists()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_as_the_oracle(name: str, rng: random.Random) -> None:
    ours, oracle = both(name)
    data = bytes_of(name)
    # An added token is decoded as what it was found as in the text. The oracle takes letters that
    # stand for bytes in the vocabulary for these bytes, and does not normalize.
    changed = {i for i in ours.added_tokens if oracle.decode([i], False) != data[i].decode()}
    assert all(not ours.added_tokens[i].content.isascii() for i in changed)
    for row in rows(name, rng, 1500):
        joined = b"".join(data[i] for i in row)
        assert ours.decode_bytes(row) == joined
        assert ours.decode(row) == joined.decode("utf-8", "replace")
        assert ours.decode(row, errors="ignore") == joined.decode("utf-8", "ignore")
        if not changed & set(row):
            for skip in (True, False):
                due = oracle.decode(row, skip_special_tokens=skip)
                assert ours.decode(row, skip_special_tokens=skip) == due, row
        try:
            due = joined.decode()
        except UnicodeDecodeError:
            with pytest.raises(UnicodeDecodeError):
                ours.decode(row, errors="strict")
        else:
            assert ours.decode(row, errors="strict") == due


def test_batches(rng: random.Random) -> None:
    ours, oracle = both("as GPT-NeoX")
    many = rows("as GPT-NeoX", rng, 200)
    for skip in (True, False):
        due = oracle.decode_batch(many, skip_special_tokens=skip)
        assert ours.decode_batch(many, skip_special_tokens=skip) == due
        assert ours.batch_decode(many, skip_special_tokens=skip) == due
    texts = list(hard.texts(rng, 200))
    batch = ours.encode_batch(texts)
    assert ours.decode_batch(batch) == ours.decode_batch(batch.to_lists())
    assert ours.decode_batch([]) == []


def test_kinds_of_ids(rng: random.Random) -> None:
    ours, _ = both("as GPT-NeoX")
    row = ours.encode("some text e\u0301 \u65e5\u672c  \U0001f600").ids
    due = ours.decode(row)
    for kind in (np.uint16, np.uint32, np.int32, np.int64, np.uint64):
        array = np.array(row, dtype=kind)
        assert ours.decode(array) == due
        assert ours.decode(np.repeat(array, 2)[::2]) == due
        assert ours.decode(list(array)) == due
    assert ours.decode(tuple(row)) == due
    assert ours.decode(iter(row)) == due
    assert ours.decode(row[0]) == ours.decode([row[0]])
    assert ours.decode([]) == ""
    assert ours.decode_bytes([]) == b""


def test_texts_come_back(rng: random.Random) -> None:
    """Decoding gives the normal form of the text; without a normalizer the text."""
    for name in ("as GPT-NeoX", "as GPT-2", "no runs of spaces", "no normalizer"):
        ours, oracle = both(name)
        for text in hard.texts(rng, 2000):
            due = text if oracle.normalizer is None else oracle.normalizer.normalize_str(text)
            assert ours.decode(ours.encode(text).ids) == due, ascii(text)
            assert ours.decode_bytes(ours.encode_to_numpy(text)) == due.encode()


def test_corpora_come_back(shared: Path, gpt2_file: Path) -> None:
    ours = neox_text.Tokenizer.from_file(gpt2_file)
    for path in sorted((shared / "corpora").glob("*.txt")):
        text = path.read_text(encoding="utf-8")[:1_000_000]
        assert ours.decode(ours.encode_to_numpy(text)) == text


# Streams


def check_stream(name: str, row: list[int], skip: bool) -> None:
    ours, _ = both(name)
    data = bytes_of(name)
    special = {i for i, token in ours.added_tokens.items() if token.special}
    stream, python = ours.decode_stream(skip_special_tokens=skip), utf8()
    joined = due = ""
    for i in row:
        joined += stream.step(i)
        due += "" if skip and i in special else python.decode(data[i])
        # A character is there with its last byte; when a bad one shows may differ.
        assert joined.rstrip("\ufffd") == due.rstrip("\ufffd"), row
    joined += stream.finish()
    assert joined == ours.decode(row, skip_special_tokens=skip), row
    assert stream.finish() == ""


def utf8() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")


@pytest.mark.parametrize("name", NAMES)
def test_stream_joins_to_the_whole(name: str, rng: random.Random) -> None:
    for row in rows(name, rng, 2500):
        check_stream(name, row, rng.random() < 0.5)


@given(st.lists(st.integers(0, 600), max_size=30), st.booleans(), st.sampled_from(NAMES))
@settings(max_examples=1000)
def test_stream_of_any_ids(row: list[int], skip: bool, name: str) -> None:
    check_stream(name, [i % len(bytes_of(name)) for i in row], skip)


def test_a_character_leaves_with_its_last_byte() -> None:
    ours, _ = both("as GPT-2")
    byte_ids = {data: i for i, data in enumerate(bytes_of("as GPT-2")) if len(data) == 1}
    for c in "\u00e9\u65e5\U0001f600a":
        stream = ours.decode_stream()
        steps = [stream.step(byte_ids[bytes([byte])]) for byte in c.encode()]
        assert steps == [""] * (len(steps) - 1) + [c]
        assert stream.finish() == ""
    stream = ours.decode_stream()
    assert [stream.step(byte_ids[b"\xe6"]), stream.step(byte_ids[b"a"])] == ["", "\ufffda"]
    assert stream.step(byte_ids[b"\xf0"]) == ""
    assert stream.finish() == "\ufffd"
    # The stream goes on after its end.
    assert stream.step(byte_ids[b"b"]) == "b"


def test_stream_takes_numpy_integers_and_lists() -> None:
    ours, _ = both("as GPT-NeoX")
    row = ours.encode("a \u65e5").ids
    stream = ours.decode_stream()
    assert "".join(stream.step(np.uint16(i)) for i in row) == "a \u65e5"
    assert ours.decode_stream().step(row) == "a \u65e5"


def test_a_wrong_id_leaves_the_stream_usable() -> None:
    ours, _ = both("as GPT-NeoX")
    row = ours.encode("\u65e5\u672c").ids
    stream = ours.decode_stream()
    joined = ""
    for i in row:
        joined += stream.step(i)
        with pytest.raises(ValueError, match="99999"):
            stream.step(99_999)
    assert joined + stream.finish() == "\u65e5\u672c"


@pytest.mark.parametrize("name", ["as GPT-NeoX", "as GPT-2"])
def test_every_pair_of_short_ids(name: str) -> None:
    """All pairs of tokens that are bytes of characters, streamed."""
    data = bytes_of(name)
    parts = [i for i, b in enumerate(data) if len(b) == 1 and b[0] >= 0x80]
    for row in itertools.product(parts, repeat=2):
        check_stream(name, list(row), False)


def test_skip_special_tokens() -> None:
    ours, oracle = both("as GPT-NeoX")
    row = ours.encode(f"a{END}  b{PAD}").ids
    assert ours.decode(row, skip_special_tokens=True) == "a  b"
    assert oracle.decode(row, skip_special_tokens=True) == "a  b"
    assert ours.decode(row) == f"a{END}  b{PAD}"
