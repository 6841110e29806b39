"""A tokenizer never changes: it can be shared, copied, pickled, forked and used by any thread."""

from __future__ import annotations

import copy
import functools
import json
import operator
import os
import pickle
import random
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from conftest import END, PAD
from kinds import spec
from neox_text import AddedToken, JapaneseTokenizer, Tokenizer
from reference import hard
from reference.compare import same_encodings, same_ids
from reference.made import OFTEN, kinds


@pytest.fixture(scope="module")
def tok(tiny_file: Path) -> Tokenizer:
    return Tokenizer.from_file(tiny_file)


@functools.cache
def several() -> tuple[Tokenizer, ...]:
    """Tokenizers of which no two are equal."""
    plain = Tokenizer.from_str(json.dumps(spec()))
    return (
        plain,
        Tokenizer.from_str(json.dumps(spec()), nfc="unicode17"),
        Tokenizer.from_str(json.dumps(spec("gpt2"))),
        Tokenizer.from_str(json.dumps(spec("template"))),
        Tokenizer.from_str(json.dumps(spec("prefix"))),
        plain.with_added_tokens(["<new>"]),
        plain.with_added_tokens([AddedToken("<new>", lstrip=True)]),
        plain.with_added_tokens([AddedToken("<new>", special=True)]),
    )


def test_pickle_and_copy(rng: random.Random) -> None:
    texts = list(hard.texts(rng, 100, ("<new>", END)))
    for tok in several():
        due = tok.encode_batch(texts).to_lists()
        copies = [pickle.loads(pickle.dumps(tok, level)) for level in range(2, 6)]
        for other in [*copies, copy.copy(tok), copy.deepcopy(tok)]:
            assert other == tok
            assert hash(other) == hash(tok)
            assert other.fingerprint == tok.fingerprint
            assert other.nfc == tok.nfc
            assert other.to_str() == tok.to_str()
            assert other.encode_batch(texts).to_lists() == due


def test_names_are_kept(tiny_file: Path, tmp_path: Path) -> None:
    tok = Tokenizer.from_file(tiny_file, eos_token=END, pad_token=PAD)
    tok.compile(tmp_path / "compiled")
    cached = Tokenizer.from_cache(tmp_path / "compiled")
    for other in (pickle.loads(pickle.dumps(tok)), copy.deepcopy(tok), cached):
        assert (other.eos_token, other.pad_token_id, other.bos_token) == (END, 1, None)
        assert other == tok
    assert tok != Tokenizer.from_file(tiny_file)
    # Names decide no ids.
    assert tok.fingerprint == Tokenizer.from_file(tiny_file).fingerprint


def test_equality_and_hash() -> None:
    many = several()
    again = [Tokenizer.from_str(tok.to_str(), nfc=tok.nfc or "unicode9") for tok in many]
    for i, one in enumerate(many):
        for j, other in enumerate(again):
            assert (one == other) == (i == j), (i, j)
            assert (one != other) == (i != j), (i, j)
    assert len({*many, *again}) == len({tok.fingerprint for tok in many}) == len(many)
    assert many[0] != "x"
    assert many[0] != None  # noqa: E711
    assert all(re.fullmatch("[0-9a-f]{64}", tok.fingerprint) for tok in many)


def test_fingerprint_says_what_decides_ids() -> None:
    """The order in a file, and what it spells otherwise, decide none."""
    plain = spec()
    due = Tokenizer.from_str(json.dumps(plain)).fingerprint
    vocab = dict(reversed(plain["model"]["vocab"].items()))
    merges = [m.split(" ") if isinstance(m, str) else m for m in plain["model"]["merges"]]
    model = {**plain["model"], "vocab": vocab, "merges": merges}
    same = {**plain, "model": model, "added_tokens": plain["added_tokens"]}
    assert Tokenizer.from_str(json.dumps(same)).fingerprint == due
    other = {**plain, "model": {**model, "merges": [*merges[1:2], merges[0], *merges[2:]]}}
    assert Tokenizer.from_str(json.dumps(other)).fingerprint != due
    # The same in another process.
    code = (
        "import sys, neox_text; print(neox_text.Tokenizer.from_str(sys.stdin.read()).fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(plain), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == due


def test_repr(tok: Tokenizer) -> None:
    token = AddedToken("<a>\n", lstrip=True)
    for value in (
        tok, tok.encode("a" * 999), tok.encode_batch(["a"] * 99), tok.decode_stream(), token,
    ):  # fmt: skip
        assert "\n" not in repr(value)
        assert len(repr(value)) < 200
    assert repr(len(tok)) in repr(tok)


def test_added_token_is_a_value() -> None:
    token = AddedToken("<a>", lstrip=True, special=True)
    for other in (copy.copy(token), pickle.loads(pickle.dumps(token)), eval(repr(token))):
        assert other == token
        assert hash(other) == hash(token)
    assert token != AddedToken("<a>", lstrip=True)
    assert (AddedToken("<a>").normalized, token.normalized) == (True, False)
    with pytest.raises(AttributeError):
        token.content = "x"  # type: ignore[misc]


@pytest.mark.parametrize("kind", [Tokenizer, JapaneseTokenizer])
def test_the_side_of_padding_can_be_set(kind: type[Any]) -> None:
    """Pipelines of transformers set it; it is of one object, and of what is made from that."""
    tok, other = kind.default(), kind.default()
    assert tok == other
    tok.padding_side = "left"
    assert (tok.padding_side, other.padding_side) == ("left", "right")
    assert tok != other
    assert (hash(tok), tok.fingerprint) == (hash(other), other.fingerprint)
    texts = ["a", "a b c"]
    assert tok(texts, padding=True) == other(texts, padding=True, padding_side="left")
    for made in (pickle.loads(pickle.dumps(tok)), tok.with_added_tokens(["<new>"])):
        assert made.padding_side == "left"
    with pytest.raises(ValueError, match="up"):
        tok.padding_side = "up"
    assert tok.decode([5], clean_up_tokenization_spaces=False) == tok.decode([5])
    with pytest.raises(ValueError, match="clean_up"):
        tok.decode([5], clean_up_tokenization_spaces=True)


def test_nothing_can_be_set(tok: Tokenizer) -> None:
    objects: list[Any] = [tok, tok.encode("a"), tok.encode_batch(["a"])]
    for value in objects:
        for name in [n for n in dir(value) if not n.startswith("_")] + ["new_name"]:
            with pytest.raises((AttributeError, TypeError)):
                setattr(value, name, 1)
    # What is given out is a copy.
    encoding, batch = tok.encode("a text"), tok.encode_batch(["a text"])
    ids = encoding.ids
    encoding.ids.clear()
    encoding.offsets.clear()
    tok.get_vocab().clear()
    tok.added_tokens.clear()
    batch.to_lists().clear()
    batch.row_offsets[:] = 0
    batch.lengths.clear()
    with pytest.raises(ValueError, match="read-only"):
        batch.flat_ids[0] = 7
    assert encoding.ids == ids == batch[0].ids
    assert len(encoding.offsets) == len(ids)
    assert END in tok.get_vocab()


def test_options_of_a_call_do_not_stay(tok: Tokenizer) -> None:
    text = f"Hello  world{END} again"
    before, fingerprint = tok.encode(text), tok.fingerprint
    tok([text], truncation=True, max_length=2)
    tok.encode(text, special="text")
    tok.encode_batch([text] * 4, threads=1)
    tok.with_added_tokens(["Hello", AddedToken(END, lstrip=True)])
    before.truncate(1)
    before.pad(30)
    assert tok.encode(text) == before
    assert tok.fingerprint == fingerprint


def test_with_added_tokens_is_add_tokens(rng: random.Random) -> None:
    """New tokens are numbered on as `tokenizers` numbers them; entries keep their ids."""
    for name, made in kinds():
        ours = Tokenizer.from_str(json.dumps(made))
        oracle = tokenizers.Tokenizer.from_str(json.dumps(made))
        more = ours.with_added_tokens(
            ["<new>", "the", AddedToken(" a", rstrip=True), AddedToken("<s>", special=True)]
        )
        oracle.add_tokens(["<new>", "the", tokenizers.AddedToken(" a", rstrip=True)])
        oracle.add_special_tokens(["<s>"])
        assert more.get_vocab() == oracle.get_vocab(), name
        assert "<new>" not in ours.get_vocab()
        texts = list(hard.texts(rng, 150, ("<new>", "<s>", " a", "the", *OFTEN)))
        same_encodings(more, oracle, texts, name)


# Threads


def test_sixteen_threads(tok: Tokenizer, tiny_file: Path, rng: random.Random) -> None:
    oracle = tokenizers.Tokenizer.from_file(str(tiny_file))
    texts = ["".join(hard.texts(rng, 30)) for _ in range(150)]
    due = [e.ids for e in oracle.encode_batch(texts)]
    decoded = [oracle.decode(row, skip_special_tokens=False) for row in due]
    start = threading.Barrier(16)

    def work(turn: int) -> int:
        start.wait(30)
        for i in range(turn, turn + len(texts)):
            i %= len(texts)
            assert tok.encode(texts[i]).ids == due[i]
            assert tok.decode(due[i]) == decoded[i]
            if i % 30 == turn:
                assert tok.encode_batch(texts, threads=turn % 3 + 1).to_lists() == due
                assert len(tok(texts[:2], truncation=True, max_length=4)["input_ids"][0]) == 4
                assert len(tok.encode(texts[i]).offsets) == len(due[i])
        return turn

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(16), timeout=120)) == list(range(16))


def test_one_encoding_in_many_threads(tok: Tokenizer) -> None:
    """Details are computed once, by whichever thread asks first."""
    encoding = tok.encode("some text with  details " * 2000)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: encoding.offsets[-1], range(64)))
    assert len(set(found)) == 1


def test_the_interpreter_runs_on_meanwhile(tok: Tokenizer) -> None:
    """A long call lets other Python threads run: they tick while it works."""
    text = "some words and  spaces\n" * 400_000
    ticks, done = 0, threading.Event()
    started = threading.Event()

    def call() -> None:
        started.set()
        for _ in range(4):
            tok.encode_to_numpy(text)
        done.set()

    thread = threading.Thread(target=call)
    thread.start()
    started.wait()
    while not done.is_set():
        ticks += 1
        time.sleep(0.001)
    thread.join()
    # Four calls without the lock given up would allow a tick between two of them at most.
    assert ticks > 6


# Processes

FORK = """
import os, sys, time
import neox_text
tok = neox_text.Tokenizer.from_file(sys.argv[1])
texts = [f"some text {i} with words and  spaces" * 30 for i in range(1200)]
due = tok.encode_batch(texts, threads=4).to_lists()
for turn in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        good = tok.encode_batch(texts[:600], threads=4).to_lists() == due[:600]
        os._exit(0 if good and tok.encode(texts[7]).offsets else 7)
    deadline = time.monotonic() + 60
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(child, 9)
            sys.exit(f"fork {turn} hangs")
        time.sleep(0.001)
    if ended[1]:
        sys.exit(f"fork {turn} ends with {ended[1]}")
    if turn % 10 == 0 and tok.encode_batch(texts[:60], threads=3).to_lists() != due[:60]:
        sys.exit("the parent's ids changed")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork_after_threads(tiny_file: Path) -> None:
    """No hang and no warning, 40 times; 1,000 under the long profile."""
    count = "1000" if os.environ.get("HYPOTHESIS_PROFILE") == "long" else "40"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", FORK, str(tiny_file), count],
        capture_output=True, text=True, check=False, timeout=1800,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


FORK_AT_FIRST = """
import os, sys, threading, time
import numpy  # an import that is under way while a process forks hangs by a lock of Python's own
from neox_text import Tokenizer
text = "\u65e5\u672c\u8a9e\u306e\u30c6\u30b9\u30c8" * 500
file = open(sys.argv[1], encoding="utf-8").read()
for turn in range(40):
    tok = Tokenizer.from_str(file)
    thread = threading.Thread(target=tok.encode_to_numpy, args=(text,))
    thread.start()
    time.sleep(turn % 10 * 0.0005)
    child = os.fork()
    if not child:
        tok.encode_to_numpy(text)
        tok.fingerprint
        os._exit(0)
    deadline = time.monotonic() + 30
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(child, 9)
            sys.exit(f"fork {turn} hangs")
        time.sleep(0.001)
    thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork_while_tables_are_made() -> None:
    """A table that is made at its first use is made without a lock that a child would inherit."""
    default = Path(sys.modules["neox_text"].__file__ or "").parent / "assets" / "default.json"
    done = subprocess.run(
        [sys.executable, "-c", FORK_AT_FIRST, str(default)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_spawn(tok: Tokenizer, rng: random.Random) -> None:
    texts = list(hard.texts(rng, 10))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(operator.methodcaller("encode_ordinary", t), tok) for t in texts]
        assert [job.result(120) for job in jobs] == [tok.encode_ordinary(t) for t in texts]


def test_a_copy_after_pickling_has_the_oracles_ids(tiny_file: Path, rng: random.Random) -> None:
    tok = pickle.loads(pickle.dumps(Tokenizer.from_file(tiny_file)))
    same_ids(tok, tokenizers.Tokenizer.from_file(str(tiny_file)), list(hard.texts(rng, 2000)))
