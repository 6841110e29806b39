"""One tokenizer library in a process of its own, asked over standard input and output.

Run by `race.py` as `python contestants.py NAME`, with the Python of the environment that holds the
library. A request is one line of JSON with the name of a method of `Session`, the answer another.
Each class below says how its library is asked for the same thing in the form that costs it least.
"""

# mypy: disable-error-code="no-any-return"
# The libraries are Any here: they are not in the environment that is checked.

from __future__ import annotations

import ctypes
import importlib
import json
import os
import sys
import time
import zlib
from collections import deque
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


class NeoxText:
    """This project."""

    module = "neox_text"

    def __init__(self, path: str) -> None:
        from neox_text import Tokenizer

        self.tok: Any = (
            Tokenizer.from_cache(path) if path.endswith(".cache") else Tokenizer.from_file(path)
        )

    def many(self, texts: list[str]) -> Any:
        """Ids of all texts, whatever the form."""
        batch = self.tok.encode_batch(texts, threads=1)
        return batch.flat_ids, batch.row_offsets

    def rows(self, result: Any) -> list[Any]:
        """What `many` gave, as ids text by text; not timed."""
        flat, offsets = result
        return [flat[a:b] for a, b in pairwise(offsets.tolist())]

    def array(self, text: str) -> Any:
        """Ids of one text: an array where the library has such a call."""
        return self.tok.encode_to_numpy(text)

    def ids(self, text: str) -> list[int]:
        """Ids of one text as a list."""
        return self.tok.encode(text).ids

    def count(self, text: str) -> int:
        """The number of ids."""
        return self.tok.count(text)

    def decodable(self, ids: Any) -> Any:
        """An array of ids in the form that `decode` takes best; not timed."""
        return ids

    def decode(self, ids: Any) -> str:
        """The text of ids, special tokens kept."""
        return self.tok.decode(ids)

    @staticmethod
    def train(texts: list[str], vocab_size: int) -> list[list[str]] | None:
        """Train without a normalizer; the merges learnt, where the library tells them."""
        from neox_text import train_bpe

        made = train_bpe(iter(texts), vocab_size, normalizer=None, threads=1)
        return _merges(json.loads(made.to_str()))


class HuggingFace:
    """PyPI `tokenizers` 0.x."""

    module = "tokenizers"

    def __init__(self, path: str) -> None:
        from tokenizers import Tokenizer

        self.tok: Any = Tokenizer.from_file(path)

    def many(self, texts: list[str]) -> Any:
        return [encoding.ids for encoding in self.tok.encode_batch_fast(texts)]

    def rows(self, result: Any) -> list[Any]:
        return list(result)

    def array(self, text: str) -> Any:
        return self.tok.encode_batch_fast([text])[0].ids

    def ids(self, text: str) -> list[int]:
        return self.tok.encode(text).ids

    def count(self, text: str) -> int:
        return len(self.tok.encode(text))

    def decodable(self, ids: Any) -> Any:
        return ids.tolist()

    def decode(self, ids: Any) -> str:
        return self.tok.decode(ids, skip_special_tokens=False)

    @staticmethod
    def train(texts: list[str], vocab_size: int) -> list[list[str]] | None:
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers

        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        made.train_from_iterator(texts, trainer)
        return _merges(json.loads(made.to_str()))


class HuggingFaceNext(HuggingFace):
    """PyPI `tokenizers` 1.0, whose encodings hold arrays and which has no trainer."""

    def many(self, texts: list[str]) -> Any:
        return [encoding.ids_array for encoding in self.tok.encode_batch(texts)]

    def array(self, text: str) -> Any:
        return self.tok.encode(text).ids_array

    def count(self, text: str) -> int:
        return len(self.array(text))

    def decodable(self, ids: Any) -> Any:
        return ids

    @staticmethod
    def train(texts: list[str], vocab_size: int) -> list[list[str]] | None:
        raise NotImplementedError("no trainer")


class Tiktoken:
    """PyPI `tiktoken` with the ids of the vocabulary as ranks: no added tokens and no NFC."""

    module = "tiktoken"

    def __init__(self, path: str) -> None:
        import tiktoken

        vocab = json.loads(Path(path).read_text(encoding="utf-8"))["model"]["vocab"]
        byte_of = _byte_alphabet()
        ranks = {
            bytes(byte_of[c] for c in token): i
            for token, i in vocab.items()
            if all(c in byte_of for c in token)
        }
        self.tok: Any = tiktoken.Encoding(
            "ranks", pat_str=GPT2_PATTERN, mergeable_ranks=ranks, special_tokens={}
        )

    def many(self, texts: list[str]) -> Any:
        return [self.tok.encode_ordinary(text) for text in texts]

    def rows(self, result: Any) -> list[Any]:
        return list(result)

    def array(self, text: str) -> Any:
        # Its `encode_to_numpy` would look for special tokens first; the list is its quicker call.
        return self.tok.encode_ordinary(text)

    def ids(self, text: str) -> list[int]:
        return self.tok.encode_ordinary(text)

    def count(self, text: str) -> int:
        return len(self.tok.encode_ordinary(text))

    def decodable(self, ids: Any) -> Any:
        return ids.tolist()

    def decode(self, ids: Any) -> str:
        return self.tok.decode(ids)

    @staticmethod
    def train(texts: list[str], vocab_size: int) -> list[list[str]] | None:
        raise NotImplementedError("no trainer")


class Gigatoken:
    """PyPI `gigatoken`; its `backend` is the shorter way in for one text."""

    module = "gigatoken"

    def __init__(self, path: str) -> None:
        from gigatoken import Tokenizer

        self.tok: Any = Tokenizer(path)

    def many(self, texts: list[str]) -> Any:
        return self.tok.encode_batch(texts, parallel=False)

    def rows(self, result: Any) -> list[Any]:
        return [np.asarray(row) for row in result]

    def array(self, text: str) -> Any:
        return self.tok.backend.encode(text)

    def ids(self, text: str) -> list[int]:
        return self.tok.backend.encode(text).tolist()

    def count(self, text: str) -> int:
        return len(self.tok.backend.encode(text))

    def decodable(self, ids: Any) -> Any:
        return ids.astype(np.uint32)

    def decode(self, ids: Any) -> str:
        return self.tok.backend.decode(ids).decode("utf-8", "replace")

    @staticmethod
    def train(texts: list[str], vocab_size: int) -> list[list[str]] | None:
        import gigatoken

        data = b"\0".join(text.encode() for text in texts)
        gigatoken.train_bpe(data, vocab_size, [], separator=b"\0")
        return None


CONTESTANTS: dict[str, Any] = {
    "neox-text": NeoxText,
    "tokenizers 0.23.3": HuggingFace,
    "tokenizers 1.0.0rc3": HuggingFaceNext,
    "tiktoken": Tiktoken,
    "gigatoken": Gigatoken,
}


def _byte_alphabet() -> dict[str, int]:
    """The byte of each character of GPT-2's byte alphabet (`bytes_to_unicode` of its encoder)."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + i): b for i, b in enumerate(hidden)}


def _merges(file: dict[str, Any]) -> list[list[str]]:
    merges = file["model"]["merges"]
    return [merge.split(" ") if isinstance(merge, str) else list(merge) for merge in merges]


class Session:
    """The requests; `cpu` is seconds of CPU of this whole process, `wall` seconds passed."""

    def __init__(self, contestant: Any) -> None:
        self.contestant = contestant
        self.texts: list[Any] = []
        self.result: Any = None

    def load_module(self) -> None:
        """Import the library, so that this is no part of the time of `open`."""
        importlib.import_module(self.contestant.module)

    def open(self, path: str) -> dict[str, float]:
        """Load a tokenizer; the time it takes."""
        started = time.process_time(), time.perf_counter()
        self.peer = self.contestant(path)
        return _passed(started)

    def read(self, file: str) -> None:
        """Take the texts of a file: a JSON list, or one text where it is not `.json`."""
        content = Path(file).read_text(encoding="utf-8")
        self.texts = json.loads(content) if file.endswith(".json") else [content]

    def make_ids(self) -> None:
        """Replace the texts by their ids, for decoding."""
        rows = self.peer.rows(self.peer.many(self.texts))
        self.texts = [self.peer.decodable(np.asarray(row, np.uint32)) for row in rows]

    def time(self, work: str, vocab_size: int = 0) -> dict[str, float]:
        """Do the work once on all texts, keep what it gives, and tell the time it took."""
        texts, peer = self.texts, getattr(self, "peer", None)
        self.result = None
        started = time.process_time(), time.perf_counter()
        if work == "many":
            self.result = peer.many(texts)  # type: ignore[union-attr]
        elif work == "train":
            self.result = self.contestant.train(texts, vocab_size)
        elif work.startswith("small "):
            deque(map(getattr(peer, work.removeprefix("small ")), texts), maxlen=0)
        else:
            self.result = [*map(getattr(peer, work), texts)]
        return _passed(started)

    def digests(self, work: str) -> list[int] | None:
        """A checksum of each part of the last result; None where there is nothing to compare."""
        if self.result is None:
            return None
        rows = self.peer.rows(self.result) if work == "many" else self.result
        return [
            zlib.crc32(
                row.encode()
                if isinstance(row, str)
                else " ".join(row).encode()
                if work == "train"
                else np.asarray(row, np.uint32).tobytes()
            )
            for row in rows
        ]

    def memory(self) -> dict[str, float]:
        """Bytes that ids of the one text read add to the process at the peak, and bytes given."""
        (text,) = self.texts
        size = len(text.encode())
        self.peer.array(text[:1_000_000])
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # the peak becomes what is held now
        before = _status("VmRSS")
        ids = self.peer.array(text)
        peak = _status("VmHWM") - before
        given = getattr(ids, "nbytes", 0) or sys.getsizeof(ids) + 28 * len(ids)
        return {"peak": peak / size, "given": given / size}


def _passed(started: tuple[float, float]) -> dict[str, float]:
    return {"cpu": time.process_time() - started[0], "wall": time.perf_counter() - started[1]}


def _status(field: str) -> int:
    """A size of this process in bytes (Linux, proc(5))."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def main() -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # what a library prints must not mix with the answers
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    session = Session(CONTESTANTS[sys.argv[1]])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"good": getattr(session, request["do"])(**request["with"])}
        except BaseException as error:  # noqa: BLE001 - a library may panic with anything
            answer = {"bad": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
