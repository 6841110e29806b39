"""A Japanese tokenizer never changes: shared, copied, pickled, forked, used by any thread."""

from __future__ import annotations

import copy
import functools
import multiprocessing
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import neox_text
import numpy as np
import pytest
from japanese_texts import small, texts, write
from neox_text import JapaneseTokenizer


@functools.cache
def several() -> tuple[JapaneseTokenizer, ...]:
    """Tokenizers of which no two are equal."""
    modern = small("modern")
    return (
        small(), small(do_clean_text=True), small(price="original"), small("original"), modern,
        small(comma=True),
        small(match="longest"), small(emoji="grapheme"), small(dropout=0.2, seed=1),
        small(dropout=0.2, seed=2),
        modern.with_added_tokens(["新語"]), modern.with_added_tokens(["新語", "foo"]),
        small(eos_token="<|separator|>"),
    )  # fmt: skip


def test_pickle_and_copy(rng: random.Random) -> None:
    cases = list(texts(rng, 200))
    for tok in several():
        due = tok.encode_batch(cases).to_lists()
        copies = [pickle.loads(pickle.dumps(tok, level)) for level in range(2, 6)]
        for other in (*copies, copy.copy(tok), copy.deepcopy(tok)):
            assert (other == tok, hash(other) == hash(tok)) == (True, True)
            assert (other.fingerprint, other.options) == (tok.fingerprint, tok.options)
            assert other.encode_batch(cases).to_lists() == due


def test_equality_hash_and_repr() -> None:
    many = several()
    again = [pickle.loads(pickle.dumps(tok)) for tok in many]
    for i, one in enumerate(many):
        for j, other in enumerate(again):
            assert (one == other) == (i == j), (i, j)
    assert len({*many, *again}) == len({tok.fingerprint for tok in many}) == len(many)
    assert many[0] != "x"
    for tok in many:
        assert re.fullmatch("[0-9a-f]{64}", tok.fingerprint)
        assert "\n" not in repr(tok)
        assert len(repr(tok)) < 200


def test_files_of_one_tokenizer(rng: random.Random, tmp_path: Path) -> None:
    cases = list(texts(rng, 50))
    for number, tok in enumerate(several()):
        tok.save(tmp_path / f"{number}.json")
        tok.save_pretrained(tmp_path / str(number))
        for other in (
            JapaneseTokenizer.from_file(tmp_path / f"{number}.json"),
            JapaneseTokenizer.from_pretrained(tmp_path / str(number)),
        ):
            assert other == tok
            assert other.encode_batch(cases).to_lists() == tok.encode_batch(cases).to_lists()
    vocab, emoji = write(tmp_path)
    assert (tmp_path / "0" / "vocab.txt").read_bytes() == vocab.read_bytes()
    assert (tmp_path / "0" / "emoji.json").read_bytes() == emoji.read_bytes()


def test_the_fingerprint_is_the_same_everywhere(tmp_path: Path) -> None:
    vocab, emoji = write(tmp_path)
    code = (
        "import sys, neox_text; "
        "print(neox_text.JapaneseTokenizer.from_files(*sys.argv[1:]).fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, vocab, emoji], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == small().fingerprint


def test_threads(rng: random.Random) -> None:
    cases = list(texts(rng, 300))
    for tok in (small(), small("modern", do_clean_text=True)):
        due = [tok.encode(case).ids for case in cases]
        with ThreadPoolExecutor(16) as pool:
            for found in pool.map(lambda _, t=tok: [t.encode(c).ids for c in cases], range(32)):
                assert found == due
            for rows in pool.map(
                lambda n, t=tok: t.encode_batch(cases * 20, threads=n), (1, 2, 3, 4)
            ):
                assert rows.to_lists() == due * 20


def test_the_gil_is_free_while_encoding() -> None:
    tok, text = small(do_clean_text=True), "1千円は東京で慶應🐯です。" * 400_000
    seen, done = 0, threading.Event()

    def work() -> None:
        tok.encode_to_numpy(text)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.0005):
        seen += 1
    thread.join()
    assert seen > 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forks_after_threads(rng: random.Random) -> None:
    tok, cases = small(), list(texts(rng, 300)) * 20
    due = tok.encode_batch(cases, threads=2).to_lists()
    for _ in range(20):
        child = os.fork()
        if not child:
            signal.alarm(60)
            os._exit(0 if tok.encode_batch(cases, threads=2).to_lists() == due else 1)
        assert os.waitpid(child, 0)[1] == 0


def ids(tok: JapaneseTokenizer, text: str) -> list[int]:
    return tok.encode(text).ids


def test_spawn() -> None:
    tok = small("modern").with_added_tokens(["新語"])
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(ids, tok, "新語 🐯").result() == ids(tok, "新語 🐯")


def test_errors() -> None:
    tok = small()
    for bad in (None, 3, b"abc", ["a", 3]):
        with pytest.raises(TypeError):
            tok.encode(bad)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError) as caught:
        tok.encode("あい\ud800う")
    assert (caught.value.start, caught.value.end) == (2, 3)
    with pytest.raises(UnicodeEncodeError):
        tok.encode_batch(["あ", "い\udfff"])
    data = "あ".encode() + b"\xff\xe3\x81" + "い".encode() + b"\xe3"
    with pytest.raises(ValueError, match="3"):
        tok.encode_bytes(data)
    shown = data.decode("utf-8", "replace")
    assert tok.encode_bytes(data, errors="replace").ids == tok.encode(shown).ids
    assert tok.encode_to_numpy(data, errors="replace").tolist() == tok.encode(shown).ids
    for attribute in ("profile", "eos_token", "anything"):
        with pytest.raises(AttributeError):
            setattr(tok, attribute, "x")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory() -> None:
    """Peak memory beyond the text and its ids, in bytes a byte of UTF-8."""
    code = (
        "import sys, neox_text\n"
        "clean = sys.argv[3] == '1'\n"
        "made = neox_text.JapaneseTokenizer.from_files\n"
        "tok = made(*sys.argv[1:3], do_clean_text=clean)\n"
        "text = ('吾輩は猫である。名前はまだ無い🐯。\\n' + 'abc 12/3 ' * 3) * 500_000\n"
        "size = len(text.encode())\n"
        "tok.encode_to_numpy(text[:1000])\n"
        "open('/proc/self/clear_refs', 'w').write('5')\n"
        "def peak():\n"
        "    line = next(l for l in open('/proc/self/status') if 'VmHWM' in l)\n"
        "    return int(line.split()[1]) * 1024\n"
        "before = peak()\n"
        "ids = tok.encode_to_numpy(text)\n"
        "print((peak() - before) / size)\n"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        vocab, emoji = write(Path(folder))
        for clean in "01":
            done = subprocess.run(
                [sys.executable, "-c", code, vocab, emoji, clean],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            # Two bytes an id, and a vector that grows by doubling.
            assert float(done.stdout) < 3.0


def test_what_is_given_is_let_go(rng: random.Random) -> None:
    """Calls leave nothing behind."""
    tok, cases = small("modern", do_clean_text=True), list(texts(rng, 300))

    def once() -> None:
        for case in cases:
            tok.decode(tok.encode(case).ids)
        assert isinstance(tok.encode_batch(cases).flat_ids, np.ndarray)

    once()
    tracemalloc.start()
    try:
        once()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(5):
            once()
        assert tracemalloc.get_traced_memory()[0] - before < 50_000
    finally:
        tracemalloc.stop()


def test_the_protocol() -> None:
    protocol: Any = neox_text.AnyTokenizer
    names = {name for name in [*dir(protocol), *protocol.__annotations__] if name[0] != "_"}
    assert len(names) > 20
    assert not [name for name in names if not hasattr(JapaneseTokenizer, name)]
    assert isinstance(small(), protocol)


def test_default() -> None:
    tok = JapaneseTokenizer.default()
    assert tok == JapaneseTokenizer.default()
    assert tok.profile == "modern"
    assert len(tok) == tok.get_vocab_size() == 32_000
    assert (
        tok.decode(tok.encode("吾輩は猫である。名前はまだ無い。").ids)
        == "吾輩は猫である。名前はまだ無い。"
    )
