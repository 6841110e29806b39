"""Time the Japanese tokenizer against transformers and mojimoji, in turns, and print tables.

How it is measured
  * Each library runs in a process of its own, pinned to one core, and in every round all take
    turns in a changing order. Figures are CPU seconds of the whole process, medians over rounds.
  * transformers is the reference for ids; a `*` marks figures for ids that differ. It is given a
    part of the texts, for it would take hours; its megabytes a second are those of that part.
  * mojimoji turns full-width characters into half-width ones: other work, but the fastest that
    users of Japanese text have at hand, and so a scale.
  * `lines` is one call for all lines: `encode_batch(lines,
  threads=1)`; each warm pass is the third
    over the same texts in its process.
  * Columns `ours / X` are the figure of neox-text over that of X.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import race
from race import OURS, Contestant, Failure
from report import Cell, Table, machine, markdown

ROOT = Path(__file__).resolve().parent.parent
TRANSFORMERS, MOJIMOJI = "transformers", "mojimoji"
PEERS = {TRANSFORMERS: "transformers==5.23.0", MOJIMOJI: "mojimoji==0.0.13"}
# Over and over: what makes a careless scanner or pattern take time that grows faster than the text.
FAMILIES = (
    "億a<", "1千", "1999年", "111111億", "1,111", "12:34", "👨‍👩‍👧", "👋🏻", "(^", "<|byte",
    "a@", "http://", "─ ",
    "葛\U000e0100", "ｶﾞ",
)  # fmt: skip
SECTIONS = ("whole", "lines", "calls", "load", "linear")


# What a process does that holds one library


class NeoxText:
    """This project."""

    def __init__(self, vocab: str, emoji: str, clean: bool, profile: str) -> None:
        from neox_text import JapaneseTokenizer

        made: Any = JapaneseTokenizer.from_files
        self.tok: Any = made(vocab, emoji, do_clean_text=clean, profile=profile)

    def ids(self, texts: list[str]) -> Any:
        """Ids of all texts in one call."""
        return self.tok.encode_batch(texts, threads=1).to_lists()

    def many(self, texts: list[str]) -> None:
        """The same in the form that costs least."""
        self.tok.encode_batch(texts, threads=1).flat_ids  # noqa: B018

    def offsets(self, texts: list[str]) -> None:
        """Ids with the offsets of each."""
        self.tok.encode_batch(texts, threads=1).offsets  # noqa: B018

    def calls(self, texts: list[str]) -> None:
        """A call for each text."""
        for text in texts:
            self.tok.encode_to_numpy(text)


class Transformers:
    """GPTNeoXJapaneseTokenizer."""

    def __init__(self, vocab: str, emoji: str, clean: bool, profile: str) -> None:
        if profile != "hf":
            raise NotImplementedError("no such form")
        import transformers

        made: Any = transformers.GPTNeoXJapaneseTokenizer
        self.tok: Any = made(vocab_file=vocab, emoji_file=emoji, do_clean_text=clean)

    def ids(self, texts: list[str]) -> Any:
        return [self.tok(text)["input_ids"] for text in texts]

    def many(self, texts: list[str]) -> None:
        self.ids(texts)

    def offsets(self, texts: list[str]) -> None:
        raise NotImplementedError("no such form")

    def calls(self, texts: list[str]) -> None:
        self.ids(texts)


class Mojimoji:
    """Full width to half width."""

    def __init__(self, vocab: str, emoji: str, clean: bool, profile: str) -> None:  # noqa: ARG002
        if clean or profile != "hf":
            raise NotImplementedError("no such form")
        import mojimoji  # type: ignore[import-not-found,unused-ignore]

        self.convert: Any = mojimoji.zen_to_han

    def ids(self, texts: list[str]) -> Any:  # noqa: ARG002
        return None

    def many(self, texts: list[str]) -> None:
        for text in texts:
            self.convert(text)

    def offsets(self, texts: list[str]) -> None:
        raise NotImplementedError("no such form")

    def calls(self, texts: list[str]) -> None:
        self.many(texts)


class Session:
    """The requests; times are seconds of CPU of this whole process."""

    def __init__(self, kind: Any) -> None:
        self.kind, self.texts = kind, [""]
        self.peer: Any = None

    def open(self, files: list[str], clean: bool, profile: str) -> float:
        """Load a tokenizer."""
        started = time.process_time()
        self.peer = self.kind(*files, clean, profile)
        return time.process_time() - started

    def read(self, file: str) -> None:
        """Take the texts of a file."""
        self.texts = json.loads(Path(file).read_text(encoding="utf-8"))

    def time(self, work: str) -> float:
        """Do the work on all texts."""
        started = time.process_time()
        getattr(self.peer, work)(self.texts)
        return time.process_time() - started

    def digests(self) -> list[int] | None:
        """A checksum of the ids of some texts."""
        rows = self.peer.ids([text[:400] for text in self.texts[:300]])
        return rows and [zlib.crc32(str(row).encode()) for row in rows]


def serve(name: str) -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    session = Session({OURS: NeoxText, TRANSFORMERS: Transformers, MOJIMOJI: Mojimoji}[name])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"good": getattr(session, request["do"])(**request["with"])}
        except BaseException as error:  # noqa: BLE001 - a library may fail with anything
            answer = {"bad": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class Worker(race.Worker):
    """A process that holds one contestant."""

    def __init__(self, contestant: Contestant) -> None:  # its own program, else as its parent
        self.name, self.patience = contestant.name, 600
        self.process = subprocess.Popen(
            [contestant.python, __file__, "--worker", contestant.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **race.ONE_THREAD},
        )


# What is measured


class Plan(NamedTuple):
    """What was asked for on the command line."""

    contestants: list[Contestant]
    missing: dict[str, str]
    files: list[str]
    texts: dict[str, str]
    folder: Path
    rounds: int
    quick: bool

    def saved(self, name: str, texts: list[str]) -> str:
        """The path of a file with these texts, for the workers."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(texts), encoding="utf-8")
        return str(path)

    def row(
        self,
        turn: Callable[[Contestant], dict[str, float]],
        digest: Callable[[Contestant], list[int] | None] = lambda _: None,
    ) -> dict[str, Cell]:
        """A cell for every contestant, also for those that are not here."""
        outcomes = race.take_turns(
            self.contestants, self.rounds, lambda c, first: (turn(c), digest(c) if first else None)
        )
        due = outcomes[TRANSFORMERS].digests if TRANSFORMERS in outcomes else None
        cells = {name: Cell(note="not available") for name in self.missing}
        for name, outcome in outcomes.items():
            differs = None not in (due, outcome.digests) and outcome.digests != due
            figures = tuple(outcome.figures.values())
            cells[name] = Cell(figures, outcome.failure or "", differs)
        return cells


def bytes_of(texts: list[str]) -> int:
    """Of UTF-8."""
    return sum(len(text.encode()) for text in texts)


def megabytes(plan: Plan, name: str, texts: list[str], few: list[str]) -> Table:
    """MB/s of one call for all texts; transformers has but the few."""
    files = {True: plan.saved(f"{name}-few", few), False: plan.saved(name, texts)}
    sizes = {True: bytes_of(few), False: bytes_of(texts)}
    rows = []
    for form, clean, work in (
        (name, False, "many"),
        (f"{name}, cleaned", True, "many"),
        (f"{name}, with offsets", False, "offsets"),
    ):

        def turn(contestant: Contestant, clean: bool = clean, work: str = work) -> dict[str, float]:
            slow = contestant.name == TRANSFORMERS
            with closing(Worker(contestant)) as worker:
                worker.ask("open", files=plan.files, clean=clean, profile="hf")
                worker.ask("read", file=files[slow])
                taken = [worker.ask("time", work=work) for _ in range(1 if slow else 3)]
            return {"warm": sizes[slow] / taken[-1] / 1e6}

        def digest(contestant: Contestant, clean: bool = clean) -> list[int] | None:
            with closing(Worker(contestant)) as worker:
                worker.ask("open", files=plan.files, clean=clean, profile="hf")
                worker.ask("read", file=files[True])
                found: list[int] | None = worker.ask("digests")
            return found

        rows.append((form, plan.row(turn, digest)))
    return Table(name, f"Encoding {name}, MB/s of UTF-8", ("warm",), rows)


def whole(plan: Plan) -> Table:
    """Whole texts."""
    size = 1_000_000 if plan.quick else 5_000_000
    texts = [text[:size] for text in plan.texts.values()]
    return megabytes(plan, "whole texts", texts, [text[:20_000] for text in texts])


def short_lines(plan: Plan) -> list[str]:
    """Lines of five to sixty characters, of all texts."""
    every = [line for text in plan.texts.values() for line in text.split("\n")]
    every = [line[:60] for line in every if 5 <= len(line) <= 60]
    count = min(len(every), 10_000 if plan.quick else 50_000)
    return random.Random("japanese/lines").sample(every, count)


def lines(plan: Plan) -> Table:
    """Lines of five to sixty characters."""
    every = short_lines(plan)
    return megabytes(plan, "short lines", every, every[:1000])


def calls(plan: Plan) -> Table:
    """Microseconds a call."""
    texts = [line[:20] for line in short_lines(plan) if len(line) >= 20][:10_000]
    rows = []
    for form, some in (("20 characters", texts), ("1 character", [text[0] for text in texts])):
        files = {
            True: (plan.saved("calls-few", some[:500]), len(some[:500])),
            False: (plan.saved(f"calls {form}", some), len(some)),
        }

        def turn(
            contestant: Contestant, files: dict[bool, tuple[str, int]] = files
        ) -> dict[str, float]:
            file, count = files[contestant.name == TRANSFORMERS]
            with closing(Worker(contestant)) as worker:
                worker.ask("open", files=plan.files, clean=False, profile="hf")
                worker.ask("read", file=file)
                taken = [worker.ask("time", work="calls") for _ in range(3)]
            return {"warm": taken[-1] * 1e6 / count}

        rows.append((form, plan.row(turn)))
    return Table("calls", "A call for each text, microseconds", ("warm",), rows)


def load(plan: Plan) -> Table:
    """Milliseconds to load both files, in a fresh process."""
    short = plan.saved("short", ["吾輩は猫である🐯。"])

    def turn(contestant: Contestant) -> dict[str, float]:
        with closing(Worker(contestant)) as worker:
            worker.ask("read", file=short)
            opened = worker.ask("open", files=plan.files, clean=False, profile="hf")
            called = worker.ask("time", work="calls")
        return {"load": opened * 1e3, "call": (opened + called) * 1e3}

    title = "Loading, import included, ms, load / with the first call"
    return Table("load", title, ("load", "load and first call"), [("load", plan.row(turn))])


def linear(plan: Plan) -> Table:
    """Nanoseconds a byte of ours with cleaning, for short and for long texts."""
    short, long = 10_000, 1_000_000 if plan.quick else 10_000_000
    ours = plan._replace(contestants=[c for c in plan.contestants if c.name == OURS])
    rows = []
    for profile in ("hf", "original", "modern"):
        for unit in FAMILIES:
            parts = [unit * (short // len(unit.encode()))] * 20
            files = {
                "short": (plan.saved("parts", parts), bytes_of(parts)),
                "long": (plan.saved("one", [unit * (long // len(unit.encode()))]), long),
            }

            def turn(
                contestant: Contestant,
                files: dict[str, tuple[str, int]] = files,
                profile: str = profile,
            ) -> dict[str, float]:
                found = {}
                with closing(Worker(contestant)) as worker:
                    worker.ask("open", files=plan.files, clean=True, profile=profile)
                    for form, (file, size) in files.items():
                        worker.ask("read", file=file)
                        taken = [worker.ask("time", work="calls") for _ in range(3)]
                        found[form] = min(taken) * 1e9 / size
                return {**found, "ratio": found["long"] / found["short"]}

            shown = unit if unit < "\ud800" else ascii(unit)[1:-1]
            shown = shown.replace("|", "\\|")  # a bar ends a cell
            cells = ours._replace(rounds=1 if plan.quick else 3).row(turn)
            absent = {c.name: Cell(note="-") for c in plan.contestants if c.name != OURS}
            rows.append((f"{profile}, `{shown}`", {**absent, **cells}))
    title = f"The same over and over, cleaned, ns a byte at 10 KB / {long // 1_000_000} MB / ratio"
    return Table("linear", title, ("short", "long", "ratio"), rows)


MEASURES: dict[str, Callable[[Plan], Table]] = dict(
    zip(SECTIONS, (whole, lines, calls, load, linear), strict=True)
)


def find(name: str, envs: Path) -> Contestant:
    """A contestant ready to run; transformers may be in the Python that runs this."""
    if name == TRANSFORMERS:
        try:
            import transformers

            return Contestant(name, sys.executable, transformers.__version__)
        except ImportError:
            pass
    return race.find(name, envs)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", nargs="+", type=Path, metavar="FILE", help="texts in UTF-8")
    parser.add_argument("--vocab", type=Path, metavar="FILE", help="a vocab.txt")
    parser.add_argument("--emoji", type=Path, metavar="FILE", help="an emoji.json")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--rounds", type=int, help="rounds of turns (default 5, quick 1)")
    parser.add_argument("--quick", action="store_true", help="less text and one round")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures there too")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument(
        "--envs", type=Path, metavar="DIR", default=Path.home() / ".cache" / "neox-text-peers",
        help="where the peers' environments are (default: %(default)s)",
    )  # fmt: skip
    options = parser.parse_args()
    shared = Path(os.environ.get("NEOX_TEXT_SHARED") or ROOT.parent / "shared")
    options.text = options.text or sorted((shared / "corpora").glob("japanese_*"))
    options.vocab = options.vocab or shared / "tokenizers" / "ja-swe32k.txt"
    options.emoji = options.emoji or shared / "tokenizers" / "emoji.json"
    files = [options.vocab, options.emoji, *options.text]
    absent = [str(path) for path in files if not path.is_file()]
    if not options.worker and (absent or not options.text):
        parser.error(f"no such file: {', '.join(absent)}; give --vocab, --emoji and --text")
    return options


def main() -> None:
    """Measure what was asked for and print it."""
    options = arguments()
    if options.worker:
        return serve(options.worker)
    race.PACKAGES.update(PEERS)
    names, contestants, missing = [OURS, *options.peers], [], {}
    for name in names:
        try:
            contestants.append(find(name, options.envs))
        except Failure as failure:
            missing[name] = str(failure)
    about = machine()
    print("# Figures, Japanese\n")
    print(f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']};")
    print(f"load average at the start {about['load']:.2f}.\n")
    for contestant in contestants:
        print(f"* {contestant.name}: version {contestant.version}")
    for name, reason in missing.items():
        print(f"* {name}: NOT AVAILABLE ({reason})")
    rounds = options.rounds or (1 if options.quick else 5)
    named = ", ".join(path.name for path in options.text)
    print(f"\n{options.vocab.name}; {named}; {rounds} rounds", end="")
    print(", --quick: not for quoting.\n" if options.quick else ".\n", flush=True)
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(
            contestants,
            missing,
            [str(options.vocab.resolve()), str(options.emoji.resolve())],
            {path.stem: path.read_text(encoding="utf-8") for path in options.text},
            Path(folder),
            rounds,
            options.quick,
        )
        for section in options.only:
            tables.append(MEASURES[section](plan))
            print(markdown(tables[-1], names), flush=True)
    if options.json:
        versions = {c.name: c.version for c in contestants}
        content = {"machine": about, "versions": versions, "missing": missing, "rounds": rounds,
                   "quick": options.quick,
                   "tables": [table.as_json() for table in tables]}  # fmt: skip
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
