"""Ids are those of `tokenizers` 0.23.3, and of the slow pipeline, on every kind of text."""

from __future__ import annotations

import functools
import itertools
import json
import random
import sys
import unicodedata
from pathlib import Path
from typing import Any

import neox_text
import pytest
import tokenizers
from conftest import END, PAD
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import spec
from reference import hard
from reference.compare import same_ids
from reference.made import OFTEN, drawn_merges, kinds, with_tokens
from reference.pipeline import Pipeline

KINDS = dict(kinds())
CONTEXTS = (("", ""), ("a", "b"), (" ", " "), ("1", "."), ("e", "\u0301"), ("\u3042\u0323", "'s"))
SCALARS = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]


@functools.cache
def both(name: str) -> tuple[neox_text.Tokenizer, tokenizers.Tokenizer]:
    text = json.dumps(KINDS[name])
    return neox_text.Tokenizer.from_str(text), tokenizers.Tokenizer.from_str(text)


@pytest.fixture(params=["as GPT-NeoX", "as GPT-2", "neox_file", "gpt2_file"])
def pair(request: pytest.FixtureRequest) -> tuple[neox_text.Tokenizer, tokenizers.Tokenizer]:
    """Ours and the oracle, of tokenizers made here and of the published ones where they are."""
    if request.param in KINDS:
        return both(request.param)
    path: Path = request.getfixturevalue(request.param)
    return neox_text.Tokenizer.from_file(path), tokenizers.Tokenizer.from_file(str(path))


def test_oracle() -> None:
    """The guarantee names a version."""
    assert tokenizers.__version__ == "0.23.3"


@pytest.mark.parametrize("name", KINDS)
def test_every_kind(name: str, rng: random.Random) -> None:
    ours, oracle = both(name)
    same_ids(ours, oracle, [*hard.texts(rng, 4000, OFTEN), ""], name)


def test_grammar(
    pair: tuple[neox_text.Tokenizer, tokenizers.Tokenizer], rng: random.Random
) -> None:
    """A quarter of 200,000 texts for each of four tokenizers, and the same ones for none."""
    same_ids(*pair, [*hard.texts(rng, 50_000, (END, PAD, f" {END}", "  "))])


@pytest.mark.parametrize("context", CONTEXTS, ids=ascii)
def test_every_scalar(context: tuple[str, str]) -> None:
    """All 1,112,064 scalar values with something on both sides, NFC and without it."""
    left, right = context
    texts = [left + c + right for c in SCALARS]
    assert len(texts) == 1_112_064
    same_ids(*both("as GPT-NeoX"), texts)
    if left == "a":
        same_ids(*both("as GPT-2"), texts)


def test_every_scalar_published(neox_file: Path) -> None:
    """The published file has more tokens that hold parts of rare characters."""
    ours = neox_text.Tokenizer.from_file(neox_file)
    oracle = tokenizers.Tokenizer.from_file(str(neox_file))
    same_ids(ours, oracle, [f"a{c} {c}'s" for c in SCALARS])


def corpora(shared: Path) -> list[Path]:
    found = sorted((shared / "corpora").glob("*.txt")) + sorted((shared / "corpora").glob("*.md"))
    assert found
    return found


@pytest.mark.parametrize("file", ["neox_file", "gpt2_file"])
def test_corpora_whole_and_by_line(file: str, shared: Path, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(file)
    ours = neox_text.Tokenizer.from_file(path)
    oracle = tokenizers.Tokenizer.from_file(str(path))
    for corpus in corpora(shared):
        text = corpus.read_text(encoding="utf-8")
        sys.stdout.write(f"{file} {corpus.name}: {len(text)} characters\n")
        same_ids(ours, oracle, [text[at : at + 500_000] for at in range(0, len(text), 500_000)])
        if file == "neox_file":
            same_ids(ours, oracle, list(dict.fromkeys(text.splitlines(keepends=True))))


def test_naughty_strings(
    pair: tuple[neox_text.Tokenizer, tokenizers.Tokenizer], shared: Path
) -> None:
    path = shared / "corpora" / "naughty_strings.json"
    strings: list[str] = json.loads(path.read_text(encoding="utf-8"))
    joined = [a + b for a, b in itertools.pairwise(strings)]
    same_ids(*pair, [*strings, *joined, "\n".join(strings), "".join(strings)])


def test_edges_of_blocks(pair: tuple[neox_text.Tokenizer, tokenizers.Tokenizer]) -> None:
    """What is hard, beginning at every byte of the first two blocks of 64."""
    edges = (
        " ", "  ", " " * 24, " " * 25, " " * 49, "\n", "\n\n x", "'s", "'ll x", " 's", END, "<|",
        "e\u0301", "\u304b\u3099", "\u1100\u1161\u11a8", "\U0001f600", "\u3000x", "1a", "\u00a0",
    )  # fmt: skip
    pads = ("a", " ", "1", ".", "\u3042", "\u00e9", "a ", "'", "\n")
    texts = [
        (pad * 131)[:at] + edge + tail
        for pad in pads
        for at in range(131)
        for edge in edges
        for tail in ("", "z  ")
    ]
    same_ids(*pair, texts)


def test_white_runs(pair: tuple[neox_text.Tokenizer, tokenizers.Tokenizer]) -> None:
    """Runs of white space of 1 to 80 characters, alone, mixed and between other things."""
    texts = [
        f"{left}{white * length}{right}"
        for white in (" ", "\n", "\u00a0", "\u3000", " \n", "\n ", "  \t")
        for length in range(1, 81)
        for left in ("", "a", "\u00e9", "1 ", "'")
        for right in ("", "b", "\u0301", "'s", END, "\n")
    ]
    same_ids(*pair, texts)


@pytest.mark.parametrize("turn", range(60))
def test_drawn_vocabularies(turn: int, rng: random.Random) -> None:
    """Vocabularies that nobody would train."""
    made = drawn_merges(rng)
    text = json.dumps(made)
    units = ["a", "b", "c", "d", "e", "ab", " ", "\u3042", "\u3044", "\u304b", "\U0001f600", "."]
    texts = ["".join(rng.choices(units, k=rng.randint(1, 60))) for _ in range(300)]
    texts += [rng.choice(units) * rng.randint(1, 600) for _ in range(40)]
    texts += ["".join(rng.choices(units[:6], k=rng.randint(100, 3000))) for _ in range(6)]
    same_ids(neox_text.Tokenizer.from_str(text), tokenizers.Tokenizer.from_str(text), texts)


def test_tokens_that_another_swallows() -> None:
    """White space that `rstrip` took is no token behind it; the oracle panics on most of these."""
    made = with_tokens(spec(), {"<r>": "rstrip", "\n\n": "lstrip", "\t": ""})
    ours, pipeline = neox_text.Tokenizer.from_str(json.dumps(made)), Pipeline(made)
    texts = ("<r>\n\n", "<r>\n\n  ", "<r> \n\n\n\na", "<r>\n\n\t\n\n", "<r>\t a", "\n\n<r>\n")
    for text in texts:
        assert ours.encode(text).ids == pipeline.ids(text), ascii(text)


# The slow pipeline: first that it is the oracle, then what only it can tell


# Without special tokens, this template still takes the text twice.
ONCE = [name for name in KINDS if name != "template twice A"]


@pytest.mark.parametrize("name", ONCE)
def test_pipeline_is_the_oracle(name: str, rng: random.Random) -> None:
    pipeline, (_, oracle) = Pipeline(KINDS[name], nfc_of_oracle(name)), both(name)
    for text in filter(is_known, hard.texts(rng, 150, OFTEN)):
        due = oracle.encode(text, add_special_tokens=False).ids
        assert pipeline.ids(text) == due, ascii(text)


def is_known(text: str) -> bool:
    """Whether all characters are assigned; `regex` has letters where Unicode has nothing."""
    return all(unicodedata.category(c) != "Cn" for c in text)


def nfc_of_oracle(name: str) -> Any:
    normalizer = both(name)[1].normalizer
    return None if normalizer is None else normalizer.normalize_str


TEXTS = st.lists(
    st.one_of(
        st.sampled_from([*OFTEN, *hard.WHITE, *hard.CONTRACTIONS, *hard.WORDS]),
        st.sampled_from(hard.MARKS),
        st.integers(1, 80).map(lambda n: " " * n),
        st.text(max_size=3),
    ),
    max_size=12,
).map("".join)


@given(TEXTS, st.sampled_from(sorted(ONCE)))
@settings(max_examples=1500)
def test_any_text(text: str, name: str) -> None:
    ours, oracle = both(name)
    encoding = ours.encode(text, add_special_tokens=False)
    assert encoding.ids == oracle.encode(text, add_special_tokens=False).ids
    assert ours.encode_to_numpy(text).tolist() == encoding.ids
    assert ours.count(text) == len(encoding) == len(encoding.ids)
    assert ours.encode_batch([text, "", text], add_special_tokens=False).to_lists() == [
        encoding.ids,
        [],
        encoding.ids,
    ]


# special=


SPECIALS = (END, PAD, "<b>", "<n>")


@pytest.mark.parametrize("name", ["flags", "flags as GPT-2", "flags and add_prefix_space"])
def test_special_tokens_by_mode(name: str, rng: random.Random) -> None:
    """Text is the oracle's `encode_special_tokens`; a set is the slow pipeline's."""
    ours, _ = both(name)
    oracle = tokenizers.Tokenizer.from_str(json.dumps(KINDS[name]))
    oracle.encode_special_tokens = True
    pipeline = Pipeline(KINDS[name], nfc_of_oracle(name))
    known = [name for name in SPECIALS if ours.token_to_id(name) is not None]
    for text in filter(is_known, hard.texts(rng, 1200, (*SPECIALS, *OFTEN))):
        due = oracle.encode(text, add_special_tokens=False).ids
        assert ours.encode(text, special="text").ids == due, ascii(text)
        assert ours.encode_ordinary(text) == due, ascii(text)
        assert ours.encode_to_numpy(text, special="text").tolist() == due
        chosen = {name for name in known if rng.random() < 0.5}
        due = pipeline.ids(text, chosen.__contains__)
        assert ours.encode(text, special=chosen).ids == due, (ascii(text), chosen)
        assert ours.encode_batch([text], special=frozenset(chosen)).to_lists() == [due]
        if any(name in text for name in known):
            with pytest.raises(neox_text.NeoxTextError) as error:
                ours.encode(text, special="error")
            assert any(repr(name)[1:-1] in str(error.value) for name in known)
        else:
            assert ours.encode(text, special="error").ids == ours.encode(text).ids


def test_special_error_names_token_and_place() -> None:
    ours, _ = both("as GPT-NeoX")
    for before in ("", "abc", "\u3042 e\u0301", "\U0001f600" * 3):
        with pytest.raises(neox_text.NeoxTextError, match=f"character {len(before)}\\b") as error:
            ours.encode(f"{before}{PAD}x", special="error")
        assert PAD in str(error.value)
    with pytest.raises(neox_text.NeoxTextError, match="text 1"):
        ours.encode_batch(["a", END], special="error")


def test_special_set_of_unknown_names() -> None:
    ours, _ = both("as GPT-NeoX")
    for wrong in ({"<none>"}, {END, "  "}, {"the"}):
        with pytest.raises(ValueError, match="special"):
            ours.encode("a", special=wrong)
    with pytest.raises(ValueError, match="never"):
        ours.encode("a", special="never")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        ours.encode("a", special=[END])  # type: ignore[arg-type]


# The newer NFC


def test_newer_nfc_is_unicodedata(rng: random.Random) -> None:
    """`nfc="unicode17"` is NFC as `unicodedata` has it, where that knows the characters.

    NFC never changes for characters that are assigned, so an older `unicodedata` is right.
    """
    text = json.dumps(KINDS["as GPT-NeoX"])
    newer = neox_text.Tokenizer.from_str(text, nfc="unicode17")
    # Ids of composed text are the oracle's with no normalizer.
    plain = tokenizers.Tokenizer.from_str(json.dumps({**KINDS["as GPT-NeoX"], "normalizer": None}))
    known = [c for c in SCALARS if is_known(c)]
    marks = [c for c in known if unicodedata.combining(c)]
    texts = [f"e{c}\u0334" for c in known]
    texts += ["".join(rng.choices(marks, k=3)) for _ in range(20_000)]
    texts += [
        rng.choice(hard.HEADS) + "".join(rng.choices(marks, k=rng.randint(1, 5)))
        for _ in range(40_000)
    ]
    texts += filter(is_known, hard.texts(rng, 20_000))
    composed = [unicodedata.normalize("NFC", text) for text in texts]
    got = newer.encode_batch(texts).to_lists()
    due = [e.ids for e in plain.encode_batch_fast(composed)]
    wrong = [text for text, a, b in zip(texts, got, due, strict=True) if a != b]
    assert not wrong, f"{len(wrong)} of {len(texts)}: {min(wrong, key=len)!a}"


def test_the_two_editions_differ_where_they_must() -> None:
    """Marks that combine today and did not in Unicode 9 stay in front of U+0334 in the older."""
    text = json.dumps(KINDS["as GPT-NeoX"])
    older = neox_text.Tokenizer.from_str(text)
    newer = neox_text.Tokenizer.from_str(text, nfc="unicode17")
    assert (older.nfc, newer.nfc) == ("unicode9", "unicode17")
    assert older != newer
    assert older.fingerprint != newer.fingerprint
    for late in "\u07fd\u08d3\u0c3c\u1abf\u1df6":
        assert older.encode(f"a{late}\u0334").ids != newer.encode(f"a{late}\u0334").ids
        assert older.decode(older.encode(f"a{late}\u0334").ids) == f"a{late}\u0334"
        assert newer.decode(newer.encode(f"a{late}\u0334").ids) == f"a\u0334{late}"


# Other ways in


def test_words(rng: random.Random) -> None:
    """Pre-tokenized input."""
    for name in ("as GPT-NeoX", "flags and a template", "add_prefix_space"):
        ours, oracle = both(name)
        for _ in range(300):
            words = list(hard.texts(rng, rng.randint(0, 5), OFTEN, longest=3))
            due = oracle.encode(words, is_pretokenized=True)
            assert ours.encode(words, is_split_into_words=True).ids == due.ids
            assert ours.encode_batch([words], is_split_into_words=True).to_lists() == [due.ids]


def first_bad_byte(data: bytes | bytearray) -> int | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def test_bytes(rng: random.Random) -> None:
    """Bytes are the text they are the UTF-8 of; what is not UTF-8 is refused or replaced."""
    ours, _ = both("as GPT-NeoX")
    for text in hard.texts(rng, 500):
        data = text.encode()
        due = ours.encode(text)
        for given_as in (data, bytearray(data), memoryview(data)):
            assert ours.encode_bytes(given_as).ids == due.ids
            assert ours.encode_to_numpy(given_as).tolist() == due.ids
        assert ours.encode_bytes(data).offsets == due.offsets
    for _ in range(3000):
        broken = bytearray("".join(hard.texts(rng, 2)).encode())
        for _ in range(rng.randint(1, 3)):
            wrong = rng.choice(b"\x80\xbf\xc0\xc1\xed\xf0\xf5\xff")
            broken.insert(rng.randint(0, len(broken)), wrong)
        data = bytes(broken)
        replaced = data.decode("utf-8", "replace")
        assert ours.encode_bytes(data, errors="replace").ids == ours.encode(replaced).ids
        assert ours.encode_to_numpy(data, errors="replace").tolist() == ours.encode(replaced).ids
        if (start := first_bad_byte(data)) is None:
            continue
        for call in (ours.encode_bytes, ours.encode_to_numpy):
            with pytest.raises(neox_text.NeoxTextError) as error:
                call(bytes(data))
            assert error.value.where == f"byte {start}"
            assert str(start) in str(error.value)


def test_bytes_without_an_id_are_never_id_0() -> None:
    """NeoX has no token for C0, C1 and F5..FF, and its id 0 is the end of a text."""
    made = spec()
    gone = [0xC0, 0xC1, *range(0xF5, 0x100)]
    pipeline = Pipeline(made)
    from reference.pipeline import CHARACTERS

    for byte in gone:
        made["model"]["vocab"].pop(CHARACTERS[byte])
    assert pipeline.vocab[END] == 0
    ours = neox_text.Tokenizer.from_str(json.dumps(renumbered(made)))
    for byte in gone:
        with pytest.raises(ValueError, match="byte 1"):
            ours.encode_bytes(b"a" + bytes([byte]))
        assert 0 not in ours.encode_bytes(bytes([byte]), errors="replace").ids


def renumbered(made: dict[str, Any]) -> dict[str, Any]:
    """The file with ids without gaps."""
    vocab = {entry: i for i, entry in enumerate(made["model"]["vocab"])}
    runs = {t["content"]: "normalized" for t in made["added_tokens"] if not t["special"]}
    special = [t for t in made["added_tokens"] if t["special"]]
    model = {**made["model"], "vocab": vocab}
    return with_tokens({**made, "model": model, "added_tokens": special}, runs)


def test_threads_do_not_change_ids(rng: random.Random) -> None:
    ours, _ = both("as GPT-NeoX")
    texts = [*hard.texts(rng, 2000, longest=60), "x" * 300_000, ""]
    due = [ours.encode(text).ids for text in texts]
    for threads in (1, 2, 3, 7, 32, None):
        batch = ours.encode_batch(texts, threads=threads)
        assert batch.to_lists() == due
        assert batch.lengths == [len(row) for row in due]


@pytest.mark.parametrize("name", ["flags", "as GPT-NeoX"])
def test_long_texts(name: str, rng: random.Random) -> None:
    """Long texts of all tokens at once: state is carried over every boundary there is."""
    ours, oracle = both(name)
    for parts in (4000, 4000, 60_000):
        text = "".join(hard.texts(rng, parts, OFTEN))
        assert ours.encode(text).ids == oracle.encode(text).ids
