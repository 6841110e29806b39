"""Environments of the peers, processes that hold them, and rounds in which they take turns."""

from __future__ import annotations

import json
import os
import select
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

OURS = "neox-text"
REFERENCE = "tokenizers 0.23.3"
PACKAGES = {
    REFERENCE: "tokenizers==0.23.3",
    "tokenizers 1.0.0rc3": "tokenizers==1.0.0rc3",
    "tiktoken": "tiktoken==0.14.0",
    "gigatoken": "gigatoken==0.10.0",
}
MODULES = {OURS: "neox_text", REFERENCE: "tokenizers", "tokenizers 1.0.0rc3": "tokenizers"}
ONE_THREAD = {
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "",
}


class Failure(Exception):
    """A contestant that cannot do what is asked; the message goes where its figure would stand."""


class Contestant(NamedTuple):
    """A library and the Python that has it."""

    name: str
    python: str
    version: str


def module(name: str) -> str:
    """The module that a contestant is imported as."""
    return MODULES.get(name, name)


def find(name: str, folder: Path) -> Contestant:
    """A contestant ready to run; its environment is made in `folder` on first use.

    Raises:
        Failure: it cannot be installed, or not be imported.
    """
    if name == OURS:
        python, distribution = sys.executable, "neox-text"
    else:
        requirements = [PACKAGES[name], "numpy"]
        place = folder / f"compare-{PACKAGES[name].replace('==', '-')}-py{sys.version_info.minor}"
        python, mark = str(place / "bin" / "python"), place / "requirements.txt"
        if not mark.exists() or mark.read_text() != "\n".join(requirements):
            print(f"making the environment of {name} in {folder}", file=sys.stderr)
            _do([sys.executable, "-m", "venv", "--clear", str(place)])
            _do(
                [python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *requirements]
            )
            mark.write_text("\n".join(requirements))
        distribution = PACKAGES[name].partition("==")[0]
    code = (
        f"import importlib.metadata, {module(name)}; "
        f"print(importlib.metadata.version({distribution!r}))"
    )
    version = _do([python, "-c", code])
    return Contestant(name, python, version.strip())


def _do(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise Failure(lines[-1])
    return done.stdout


class Worker:
    """A process that holds one contestant; see `contestants.Session` for what it can be asked."""

    def __init__(self, contestant: Contestant, *, patience: float = 600) -> None:
        self.name = contestant.name
        self.patience = patience
        self.process = subprocess.Popen(
            [contestant.python, str(Path(__file__).with_name("contestants.py")), contestant.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        """The answer to one request.

        Raises:
            Failure: the library raised, the process died, or `patience` seconds passed.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise Failure("no pipes")
        try:
            stdin.write(json.dumps({"do": do, "with": arguments}).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise Failure(f"died with exit {self.process.wait()}") from None
        if not select.select([stdout], [], [], self.patience)[0]:
            self.process.kill()
            raise Failure(f"over {self.patience:.0f} s")
        line = stdout.readline()
        if not line:
            raise Failure(f"died with exit {self.process.wait()}")
        answer = json.loads(line)
        if "bad" in answer:
            raise Failure(answer["bad"].removeprefix("NotImplementedError: ")[:120])
        return answer["good"]

    def close(self) -> None:
        """End the process."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def worker(contestant: Contestant, *, patience: float = 600) -> Iterator[Worker]:
    """A worker that is closed at the end of the block."""
    made = Worker(contestant, patience=patience)
    try:
        yield made
    finally:
        made.close()


class Outcome(NamedTuple):
    """Medians by name of what was measured, or why there are none; checksums of what was given."""

    figures: dict[str, float]
    failure: str | None
    digests: list[int] | None


Turn = Callable[[Contestant, bool], tuple[dict[str, float], list[int] | None]]


def take_turns(contestants: list[Contestant], rounds: int, turn: Turn) -> dict[str, Outcome]:
    """Each contestant has a turn in every round, in an order that moves on by one each round.

    `turn(contestant, first)` gives figures and, where `first`, checksums. One that fails is out.
    """
    figures: dict[str, list[dict[str, float]]] = {c.name: [] for c in contestants}
    failures: dict[str, str] = {}
    digests: dict[str, list[int] | None] = {}
    for number in range(rounds):
        start = number % len(contestants)
        for contestant in contestants[start:] + contestants[:start]:
            name = contestant.name
            if name in failures:
                continue
            try:
                measured, found = turn(contestant, not figures[name])
            except Failure as failure:
                failures[name] = str(failure)
                continue
            digests.setdefault(name, found)
            figures[name].append(measured)
    return {
        name: Outcome(_medians(rows), failures.get(name), digests.get(name))
        for name, rows in figures.items()
    }


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(row[key] for row in rows) for key in (rows[0] if rows else {})}
