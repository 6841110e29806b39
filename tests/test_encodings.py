"""Offsets, masks, words and all other fields are those of `tokenizers`; spans are a partition."""

from __future__ import annotations

import functools
import itertools
import json
import random
import sys
from pathlib import Path
from typing import Any, Literal

import neox_text
import numpy as np
import pytest
import tokenizers
from conftest import END, PAD
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import hard
from reference.compare import FIELDS, chunks, difference, same_encodings
from reference.made import OFTEN, kinds
from reference.pipeline import token_bytes

KINDS = dict(kinds())
SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
FEW = ("as GPT-NeoX", "template", "flags and add_prefix_space", "flags and a template")


@functools.cache
def both(name: str) -> tuple[neox_text.Tokenizer, tokenizers.Tokenizer]:
    text = json.dumps(KINDS[name])
    return neox_text.Tokenizer.from_str(text), tokenizers.Tokenizer.from_str(text)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind(name: str, rng: random.Random) -> None:
    same_encodings(*both(name), ["", " ", "\n", *hard.texts(rng, 700, OFTEN)], name)


@pytest.mark.parametrize("name", KINDS)
def test_pairs(name: str, rng: random.Random) -> None:
    ours, oracle = both(name)
    texts = ["", " ", *hard.texts(rng, 120, OFTEN, longest=4)]
    for first, second in itertools.pairwise(texts):
        for add in (True, False):
            got = ours.encode(first, second, add_special_tokens=add)
            due = oracle.encode(first, second, add_special_tokens=add)
            found = difference(got, due)
            assert not found, f"{name}: {first!a}, {second!a}, {add}: {found}"


@pytest.mark.parametrize("name", FEW)
def test_words(name: str, rng: random.Random) -> None:
    ours, oracle = both(name)
    for _ in range(150):
        words = list(hard.texts(rng, rng.randint(0, 4), OFTEN, longest=2))
        others = list(hard.texts(rng, rng.randint(0, 3), OFTEN, longest=2))
        got = ours.encode(words, is_split_into_words=True)
        due = oracle.encode(words, is_pretokenized=True)
        found = difference(got, due)
        assert not found, f"{name}: {words!a}: {found}"
        got = ours.encode(words, others, is_split_into_words=True)
        due = oracle.encode(words, others, is_pretokenized=True)
        found = difference(got, due)
        assert not found, f"{name}: {words!a}, {others!a}: {found}"


@pytest.mark.parametrize("file", ["neox_file", "gpt2_file"])
def test_corpora(file: str, shared: Path, request: pytest.FixtureRequest) -> None:
    """Every field on the first 300,000 characters of each corpus, offsets on 1,500,000."""
    path: Path = request.getfixturevalue(file)
    ours = neox_text.Tokenizer.from_file(path)
    oracle = tokenizers.Tokenizer.from_file(str(path))
    for corpus in sorted((shared / "corpora").glob("*.[tm][xd]*")):
        text = corpus.read_text(encoding="utf-8")[:1_500_000]
        sys.stdout.write(f"{file} {corpus.name}\n")
        documents = [text[at : at + 3000] for at in range(0, len(text), 3000)]
        for got, due in zip(
            ours.encode_batch(documents[:100]), oracle.encode_batch(documents[:100]), strict=True
        ):
            assert not difference(got, due), f"{corpus.name}: {difference(got, due)}"
        for part in chunks(documents):
            due_offsets = [o for e in oracle.encode_batch(part) for o in e.offsets]
            got_offsets = ours.encode_batch(part).offsets
            assert np.array_equal(got_offsets, np.array(due_offsets, dtype=np.uint32))


def test_published(shared: Path, rng: random.Random) -> None:
    for name in ("gpt-neox-20b.json", "gpt2.json"):
        path = shared / "tokenizers" / name
        oracle = tokenizers.Tokenizer.from_file(str(path))
        texts = [*hard.texts(rng, 4000, (END, PAD, "  "))]
        same_encodings(neox_text.Tokenizer.from_file(path), oracle, texts, name)


def test_the_default_tokenizer(rng: random.Random) -> None:
    ours = neox_text.Tokenizer.default()
    oracle = tokenizers.Tokenizer.from_str(ours.to_str())
    same_encodings(ours, oracle, [*hard.texts(rng, 3000, (END, PAD, "  "))])


# In NFC one character may stand for several, or several for one.
COMPOSED = (
    "e\u0301", "\u1112\u1161\u11ab", "a\u0323\u0301", "a\u0301\u0323", "\u0958", "\U0001d15e",
    "\u0344", "\u2126", "<\u0338", "\u304b\u3099\u3099",
)  # fmt: skip


@pytest.mark.parametrize("name", ["as GPT-NeoX", "template", "offsets not trimmed", "flags"])
def test_characters_that_nfc_changes(name: str) -> None:
    ours, oracle = both(name)
    for text in COMPOSED:
        for before in ("", "a", " ", "  ", "\u3042"):
            for after in ("", "b", " c", "\u0323"):
                whole = before + text + after
                found = difference(ours.encode(whole), oracle.encode(whole))
                assert not found, f"{whole!a}: {found}"


# Spans


def check_partition(text: str, encoding: neox_text.Encoding) -> list[tuple[int, int]]:
    spans = [(int(a), int(b)) for a, b in encoding.spans()]
    assert encoding.spans().shape == (len(encoding), 2)
    at = 0
    for start, end in spans:
        assert start == at <= end, f"{text!a}: {spans}"
        at = end
    assert at == (len(text) if spans else 0) or (not encoding.ids and not text), f"{text!a}"
    place = [0, *itertools.accumulate(len(c.encode()) for c in text)]
    assert encoding.spans(unit="byte").tolist() == [[place[a], place[b]] for a, b in spans]
    return spans


@pytest.mark.parametrize("name", KINDS)
def test_spans_are_a_partition(name: str, rng: random.Random) -> None:
    ours, _ = both(name)
    for text in hard.texts(rng, 300, OFTEN):
        encoding = ours.encode(text)
        if name != "template twice A":
            check_partition(text, encoding)
        for special in ("text", {END}):
            alone = ours.encode(text, special=special, add_special_tokens=False)
            if name != "template twice A":
                check_partition(text, alone)


def test_spans_to_the_character(rng: random.Random) -> None:
    """Without a normalizer a token's span is the characters that begin among its bytes."""
    ours, _ = both("as GPT-2")
    entries = {i: t for t, i in ours.get_vocab(with_added_tokens=False).items()}
    added = {i: t.content.encode() for i, t in ours.added_tokens.items()}
    for text in hard.texts(rng, 3000, (END,)):
        encoding = ours.encode(text)
        starts = list(itertools.accumulate((len(c.encode()) for c in text), initial=0))[:-1]
        ends = itertools.accumulate(
            len(added.get(i) or token_bytes(entries[i])) for i in encoding.ids
        )
        due = [0, *(sum(start < end for start in starts) for end in ends)]
        assert check_partition(text, encoding) == list(itertools.pairwise(due)), ascii(text)


def test_spans_of_composed_characters() -> None:
    """A composed character's span holds all that it was composed of."""
    ours, _ = both("as GPT-NeoX")
    text = "xe\u0301x"
    encoding = ours.encode(text)
    spans = check_partition(text, encoding)
    assert sum(end - start == 2 for start, end in spans) == 1
    assert ours.encode("").spans().tolist() == []


# Look-ups


@pytest.mark.parametrize("name", FEW)
def test_lookups(name: str, rng: random.Random) -> None:
    ours, oracle = both(name)
    texts = list(hard.texts(rng, 60, OFTEN, longest=5))
    for first, second in zip(texts, [None, *texts], strict=False):
        got = ours.encode(first, second)
        due = oracle.encode(first) if second is None else oracle.encode(first, second)
        for sequence in range(due.n_sequences):
            for i in range(max(len(first), len(second or "")) + 2):
                for method in ("char_to_token", "char_to_word", "word_to_tokens", "word_to_chars"):
                    mine = getattr(got, method)(i, sequence)
                    assert mine == getattr(due, method)(i, sequence), (method, i, sequence, first)
        for i in range(len(due.ids) + 2):
            for method in ("token_to_chars", "token_to_word", "token_to_sequence"):
                mine = getattr(got, method)(i)
                assert mine == getattr(due, method)(i), (method, i, first)


# Truncation and padding


@pytest.mark.parametrize("name", FEW)
def test_truncate_and_pad(name: str, rng: random.Random) -> None:
    ours, oracle = both(name)
    texts = list(hard.texts(rng, 250, OFTEN))
    for first, second in zip(texts, [None, *texts], strict=False):
        whole = ours.encode(first, second)
        due = oracle.encode(first) if second is None else oracle.encode(first, second)
        before = [getattr(whole, field) for field in FIELDS]
        for _ in range(rng.randint(1, 2)):
            length = rng.randint(0, 9)
            stride = rng.randrange(length) if length else 0
            side = rng.choice(SIDES)
            cut = whole.truncate(length, stride=stride, direction=side)
            due.truncate(length, stride=stride, direction=side)
            shown = f"{first!a}, {second!a}: {length}, {stride}, {side}"
            assert not difference(cut, due), f"{shown}: {difference(cut, due)}"
            width, side = rng.randint(0, 14), rng.choice(SIDES)
            filled = cut.pad(width, direction=side, pad_id=9, pad_token="<p>", pad_type_id=2)
            due.pad(width, direction=side, pad_id=9, pad_token="<p>", pad_type_id=2)
            assert not difference(filled, due), f"{shown}, {width}: {difference(filled, due)}"
            assert [getattr(whole, field) for field in FIELDS] == before
            whole = filled
            before = [getattr(whole, field) for field in FIELDS]


def test_what_cannot_be_cut_or_filled() -> None:
    encoding = both("as GPT-NeoX")[0].encode("one two three four five")
    for stride in (3, 4):
        with pytest.raises(ValueError, match="stride"):
            encoding.truncate(3, stride=stride)
    with pytest.raises(ValueError, match="side"):
        encoding.truncate(3, direction="up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="side"):
        encoding.pad(99, direction="up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="16777216"):
        encoding.pad(2_000_000_000)
    with pytest.raises(ValueError, match="unit"):
        encoding.spans(unit="word")  # type: ignore[arg-type]


# Batches


def test_batch(rng: random.Random) -> None:
    ours, oracle = both("as GPT-NeoX")
    texts = ["", *hard.texts(rng, 300), ""]
    due = [e.ids for e in oracle.encode_batch(texts)]
    batch = ours.encode_batch(texts)
    assert batch.flat_ids.tolist() == [i for row in due for i in row]
    assert batch.flat_ids.dtype == np.uint16
    assert batch.row_offsets.dtype == np.int64
    assert batch.row_offsets.tolist() == [0, *itertools.accumulate(map(len, due))]
    assert batch.to_lists() == [row.ids for row in batch] == due
    assert (len(batch), batch.lengths) == (len(texts), [len(row) for row in due])
    assert batch[-1].ids == due[-1]
    for wrong in (len(texts), -len(texts) - 1):
        with pytest.raises(IndexError):
            batch[wrong]
    offsets = np.array([o for e in oracle.encode_batch(texts) for o in e.offsets], dtype=np.uint32)
    assert np.array_equal(batch.offsets, offsets)
    for row, text in zip(batch, texts, strict=True):
        assert row == ours.encode(text)
        assert row.offsets_array().tolist() == [list(pair) for pair in row.offsets]
        assert row.to_numpy().tolist() == row.ids


def test_batch_padding(rng: random.Random) -> None:
    ours, _ = both("as GPT-NeoX")
    texts = list(hard.texts(rng, 40))
    rows = ours.encode_batch(texts).to_lists()
    longest = max(map(len, rows))
    for side, length, multiple in itertools.product(
        SIDES, (None, longest, longest + 5), (None, 1, 8)
    ):
        width = -(-(length or longest) // (multiple or 1)) * (multiple or 1)
        fill = [[7] * (width - len(row)) for row in rows]
        due = [f + r if side == "left" else r + f for r, f in zip(rows, fill, strict=True)]
        batch = ours.encode_batch(texts)
        assert batch.pad(length, pad_id=7, side=side, multiple_of=multiple).tolist() == due
    wrong: tuple[dict[str, Any], ...] = (
        {"length": longest - 1}, {"side": "up"}, {"multiple_of": 0}, {"length": 2**31}
    )  # fmt: skip
    for options in wrong:
        with pytest.raises(neox_text.NeoxTextError):
            batch.pad(**{"pad_id": 0, **options})
    empty = ours.encode_batch([])
    assert (len(empty), empty.to_lists(), empty.row_offsets.tolist()) == (0, [], [0])
    assert empty.pad(pad_id=0).shape == (0, 0)


def test_ids_that_need_32_bits() -> None:
    """Where an id does not fit into 16 bits, arrays have 32."""
    made = json.loads(json.dumps(KINDS["no runs of spaces"]))
    for i in range(70_000):
        made["model"]["vocab"].setdefault(f"unused{i}", len(made["model"]["vocab"]))
    text = json.dumps({**made, "added_tokens": made["added_tokens"]})
    ours, oracle = neox_text.Tokenizer.from_str(text), tokenizers.Tokenizer.from_str(text)
    ours = ours.with_added_tokens(["<new>"])
    oracle.add_tokens(["<new>"])
    assert ours.encode_to_numpy("a <new>").dtype == np.uint32
    assert ours.encode_batch(["a <new>"]).flat_ids.dtype == np.uint32
    assert ours.encode_batch(["a <new>"]).flat_ids.tolist() == oracle.encode("a <new>").ids


# Anything at all

TEXTS = st.lists(
    st.one_of(
        st.sampled_from([*OFTEN, *hard.WHITE, *hard.MARKS, *hard.HEADS]),
        st.integers(1, 50).map(lambda n: " " * n),
        st.text(max_size=3),
    ),
    max_size=8,
).map("".join)


@given(TEXTS, TEXTS | st.none(), st.sampled_from(sorted(KINDS)))
@settings(max_examples=1000)
def test_any_text(first: str, second: str | None, name: str) -> None:
    ours, oracle = both(name)
    got: Any = ours.encode(first, second)
    due = oracle.encode(first) if second is None else oracle.encode(first, second)
    assert not difference(got, due)


def test_ids_of_a_template_may_be_wide(tiny_file: Path) -> None:
    """An id of 17 bits that only the template holds is not cut to the 16 of all others."""
    file = json.loads(tiny_file.read_text(encoding="utf-8"))
    piece = {"SpecialToken": {"id": "<wide>", "type_id": 0}}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    file["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [piece, text],
        "pair": [piece, text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<wide>": {"id": "<wide>", "ids": [70_000], "tokens": ["<wide>"]}},
    }
    tok = neox_text.Tokenizer.from_str(json.dumps(file))
    due = tokenizers.Tokenizer.from_str(json.dumps(file)).encode("one two").ids
    assert due[0] == 70_000
    assert tok.encode("one two").ids == tok.encode_batch(["one two"])[0].ids == due
    assert tok.encode_batch(["one two"]).flat_ids.tolist() == due
    assert tok.encode("one two").to_numpy().tolist() == due
