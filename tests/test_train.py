"""Training gives the merges and ids of `BpeTrainer`, whatever the number of threads."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import neox_text
import pytest
import tokenizers
from conftest import END, PAD
from hypothesis import given, settings
from hypothesis import strategies as st
from neox_text import NeoxTextError, train_bpe
from reference import hard
from reference.compare import same_ids
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers


def oracle(
    items: Sequence[Any],
    vocab_size: int,
    *,
    special_tokens: Sequence[str] = (),
    min_frequency: int = 0,
    normalizer: str | None = "nfc",
    files: bool = False,
) -> dict[str, Any]:
    """The model that `tokenizers` trains."""
    made = tokenizers.Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC() if normalizer else None
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(special_tokens),
        min_frequency=min_frequency,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    if files:
        made.train([str(path) for path in items], trainer)
    else:
        made.train_from_iterator(items, trainer)
    model: dict[str, Any] = json.loads(made.to_str())["model"]
    return model


def same_model(got: neox_text.Tokenizer, due: dict[str, Any]) -> None:
    model = json.loads(got.to_str())["model"]
    pairs = [
        [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in side["merges"]]
        for side in (model, due)
    ]
    for rank, (mine, theirs) in enumerate(zip(*pairs, strict=False)):
        assert mine == theirs, f"merge {rank} of {len(pairs[1])}"
    assert len(pairs[0]) == len(pairs[1])
    assert model["vocab"] == due["vocab"]


CORPORA = st.lists(
    st.one_of(
        st.text(alphabet="ab ", max_size=40),
        st.text(alphabet="abc'st \n", max_size=40),
        st.text(alphabet="\u3042\u3044e\u0301 ", max_size=20),
        st.sampled_from(("aaaaaaaaaaaa", "abababab", "a" * 33, "", " ", "\n")),
    ),
    max_size=10,
)


@given(CORPORA, st.integers(0, 330), st.integers(0, 4), st.sampled_from(("nfc", None)))
@settings(max_examples=700)
def test_small_corpora(
    corpus: list[str], size: int, least: int, normalizer: Literal["nfc"] | None
) -> None:
    got = train_bpe(iter(corpus), size, min_frequency=least, normalizer=normalizer)
    same_model(got, oracle(corpus, size, min_frequency=least, normalizer=normalizer))


def test_drawn_corpora(rng: random.Random) -> None:
    for _ in range(120):
        corpus = list(hard.texts(rng, rng.randint(1, 30)))
        size, least = 256 + rng.randint(0, 200), rng.choice((0, 0, 1, 2, 3))
        special = rng.choice(((), (END,), (END, PAD), ("a", "the"), ("\u00e9",)))
        got = train_bpe(iter(corpus), size, min_frequency=least, special_tokens=special)
        same_model(got, oracle(corpus, size, min_frequency=least, special_tokens=special))


def test_files_line_by_line(tmp_path: Path, rng: random.Random) -> None:
    """Line ends belong to lines, as `tokenizers` reads files."""
    paths = []
    for i in range(4):
        lines = hard.texts(rng, 200)
        ends = ("\n", "\r\n", "\n\n", "", " \n")
        text = "".join(line + rng.choice(ends) for line in lines)
        path = tmp_path / f"{i}.txt"
        path.write_bytes(text.encode())
        paths.append(path)
    for size, least in ((700, 0), (500, 3)):
        due = oracle(paths, size, min_frequency=least, files=True)
        for given_as in (paths, [str(path) for path in paths], tuple(paths)):
            same_model(train_bpe(given_as, size, min_frequency=least), due)


def test_corpora(shared: Path) -> None:
    """A piece of each corpus, as texts and as `tokenizers` trains on them."""
    texts = []
    for path in sorted((shared / "corpora").glob("*.txt")):
        text = path.read_text(encoding="utf-8")[20_000:120_000]
        texts += [text[at : at + 2000] for at in range(0, len(text), 2000)]
    for size, least in ((4000, 0), (2500, 20)):
        got = train_bpe(iter(texts), size, min_frequency=least, special_tokens=[END, PAD])
        due = oracle(texts, size, min_frequency=least, special_tokens=[END, PAD])
        same_model(got, due)


def test_threads_do_not_matter(sentences: list[str]) -> None:
    texts = sentences * 120
    made = {train_bpe(iter(texts), 900, threads=n).to_str() for n in (None, 1, 2, 3, 8, 32)}
    assert len(made) == 1


def test_what_is_trained_is_a_tokenizer(sentences: list[str], rng: random.Random) -> None:
    """`tokenizers` reads it, with the same ids; special tokens come first, runs of spaces last."""
    got = train_bpe(iter(sentences), 700, special_tokens=[END, PAD], space_runs=24)
    assert len(got) == 700
    assert (got.token_to_id(END), got.token_to_id(PAD)) == (0, 1)
    assert [got.token_to_id(" " * n) for n in range(24, 1, -1)] == list(range(677, 700))
    added = got.added_tokens
    assert {i: t.special for i, t in added.items()} == {i: i < 2 for i in (0, 1, *range(677, 700))}
    same_ids(got, tokenizers.Tokenizer.from_str(got.to_str()), list(hard.texts(rng, 3000, (END,))))
    plain = train_bpe(iter(sentences), 700, normalizer=None)
    assert (got.nfc, plain.nfc, plain.added_tokens) == ("unicode9", None, {})


def test_space_runs_are_cut_out_before_counting() -> None:
    """What an added token takes is never merged."""
    corpus = ["    x = 1\n        y = 2\n"] * 50
    with_runs = train_bpe(iter(corpus), 400, space_runs=8)
    entries = with_runs.get_vocab(with_added_tokens=False)
    assert not [entry for entry in entries if entry.startswith("\u0120\u0120")]
    without = train_bpe(iter(corpus), 400)
    assert [entry for entry in without.get_vocab() if entry.startswith("\u0120\u0120")]


def test_progress(sentences: list[str], tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("".join(sentences * 30), encoding="utf-8")
    for source in ([path], iter(sentences)):
        told: list[tuple[int, int, str]] = []
        train_bpe(source, 500, progress=lambda *args, told=told: told.append(args))
        assert told
        for stage in dict.fromkeys(stage for _, _, stage in told):
            done = [d for d, _, s in told if s == stage]
            assert done == sorted(done)
        assert all(0 <= d <= total for d, total, _ in told)
        assert [s for _, _, s in told] == sorted(s for _, _, s in told)  # count, then merge
        assert told[-1][2] == "merge"


class Stop(Exception):
    pass


def test_exceptions_come_through(sentences: list[str], tmp_path: Path) -> None:
    def broken() -> Iterator[str]:
        yield "a text"
        raise Stop("in the iterator")

    def refuse(done: int, total: int, stage: str) -> None:
        raise Stop(f"in the callback while {stage}")

    def refuse_merging(done: int, total: int, stage: str) -> None:
        if stage == "merge":
            raise Stop("while merging")

    with pytest.raises(Stop, match="iterator"):
        train_bpe(broken(), 500)
    path = tmp_path / "corpus.txt"
    path.write_text("".join(sentences), encoding="utf-8")
    for source in ([path], iter(sentences)):
        with pytest.raises(Stop, match="callback"):
            train_bpe(source, 500, progress=refuse)
    with pytest.raises(Stop, match="while merging"):
        train_bpe(iter(sentences), 500, progress=refuse_merging)


INTERRUPTED = """
import itertools, signal, sys, threading, time, os
import neox_text
kind = sys.argv[1]
def press():
    time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
words = (f"{i * 2654435761 % 4294967296:x} some words " * 50 for i in itertools.count())
if kind == "merge":
    words = itertools.islice(words, 4000)
try:
    while True:
        neox_text.train_bpe(words if kind == "iterator" else list(words).__iter__(), 60000)
        words = (f"{i * 2654435761 % 4294967296:x} some words " * 50 for i in range(4000))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("kind", ["iterator", "merge"])
def test_interrupted(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, kind],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "interrupted", "")


def test_errors(tmp_path: Path) -> None:
    missing = tmp_path / "missing.txt"
    with pytest.raises(FileNotFoundError) as error:
        train_bpe([missing], 500)
    assert str(error.value.filename) == str(missing)
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"good\nbad \xff byte\n")
    with pytest.raises(NeoxTextError) as invalid:
        train_bpe([broken], 500)
    assert invalid.value.path == str(broken)
    assert invalid.value.where == "byte 9"
    for corpus in ("one text", 5, None):
        with pytest.raises(TypeError):
            train_bpe(corpus, 500)  # type: ignore[arg-type]
    for text in (b"bytes", 5, None):
        with pytest.raises(TypeError):
            train_bpe(iter([text]), 500)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError) as surrogate:
        train_bpe(iter(["ab\ud800"]), 500)
    assert surrogate.value.start == 2
    with pytest.raises(ValueError, match="vocab_size"):
        train_bpe(iter(["a"]), 2**24 + 1)
    with pytest.raises(ValueError, match="space_runs"):
        train_bpe(iter(["a"]), 500, space_runs=2**16 + 1)
    with pytest.raises(ValueError, match=r"special_tokens\[1\]"):
        train_bpe(iter(["a"]), 500, special_tokens=[END, ""])
    with pytest.raises(ValueError, match="normalizer"):
        train_bpe(iter(["a"]), 500, normalizer="nfd")  # type: ignore[arg-type]


def test_nothing_to_train_on() -> None:
    for corpus in ([], [""], ["a"]):
        got = train_bpe(iter(corpus), 300)
        assert (len(got), got.num_merges) == (256, 0)
        assert got.decode(got.encode("any \u65e5\u672c text").ids) == "any \u65e5\u672c text"
    assert len(train_bpe([], 300)) == 256
