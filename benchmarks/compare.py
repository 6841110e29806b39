"""Time neox-text against other tokenizers, in turns, and print tables.

How it is measured
  * Each library runs in a virtual environment of its own, made on first use under --envs.
  * A worker process is pinned to one core, and libraries are told to use one thread. Figures are
    CPU seconds of the whole process, but for `import`, and medians over rounds in which all take
    turns in a changing order.
  * A library is asked for ids in the form that costs it least: neox-text and gigatoken give
    arrays, tokenizers 0.23.3 and tiktoken give lists.
  * `cold` is the first pass over the texts in a fresh process, after loading and one short call;
    `warm` is the third pass over the same texts in that process.
  * What is given is compared with tokenizers 0.23.3; a `*` marks figures for ids that differ.
    tiktoken holds the vocabulary as ranks: it knows no added tokens and no NFC.
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
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import race
import texts as made
from race import OURS, REFERENCE, Contestant, Failure, Outcome
from report import Cell, Table, machine, markdown

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_TEXTS = (
    "english.txt",
    "code_python.txt",
    "japanese_wikipedia.txt",
    "multilingual_udhr.txt",
)
SECTIONS = ("throughput", "adversarial", "load", "import", "memory", "decode", "small", "training")


class Plan(NamedTuple):
    """What was asked for on the command line."""

    contestants: list[Contestant]
    missing: dict[str, str]
    tokenizer: Path
    texts: dict[str, str]
    folder: Path
    rounds: int
    quick: bool

    @property
    def size(self) -> int:
        """Bytes of each text that are encoded in a pass."""
        return 500_000 if self.quick else 3_000_000

    def saved(self, name: str, content: list[str] | str) -> str:
        """The path of a file with these texts, for the workers."""
        path = self.folder / (name + (".json" if isinstance(content, list) else ".txt"))
        path.write_text(
            json.dumps(content) if isinstance(content, list) else content, encoding="utf-8"
        )
        return str(path)

    def cells(
        self, outcomes: dict[str, Outcome], figures: Callable[[dict[str, float]], tuple[float, ...]]
    ) -> dict[str, Cell]:
        """A cell for every contestant, also for those that are not here."""
        due = outcomes[REFERENCE].digests if REFERENCE in outcomes else None
        found = {name: Cell(note="not available") for name in self.missing}
        for name, outcome in outcomes.items():
            if outcome.failure:
                found[name] = Cell(note=outcome.failure)
                continue
            differs = None not in (due, outcome.digests) and outcome.digests != due
            found[name] = Cell(figures(outcome.figures), differs=differs)
        return found


# Sections


def throughput(plan: Plan) -> list[Table]:
    """MB/s of encoding, for many documents of 4 KB and for one text."""
    rows = []
    for name, text in plan.texts.items():
        documents = made.pieces(text, plan.size)
        for form, work, content in (
            ("documents of 4 KB", "many", documents),
            ("one text", "array", ["".join(documents)]),
        ):
            file = plan.saved("throughput", content)
            size = sum(len(part.encode()) for part in content) / 1e6

            def turn(
                contestant: Contestant, first: bool, file: str = file, work: str = work
            ) -> tuple[dict[str, float], list[int] | None]:
                with race.worker(contestant) as worker:
                    worker.ask("open", path=str(plan.tokenizer))
                    worker.ask("read", file=plan.saved("short", ["Hello world"]))
                    worker.ask("time", work=work)
                    worker.ask("read", file=file)
                    passes = [worker.ask("time", work=work)["cpu"] for _ in range(3)]
                    digests = worker.ask("digests", work=work) if first else None
                return {"cold": passes[0], "warm": passes[2]}, digests

            outcomes = race.take_turns(plan.contestants, plan.rounds, turn)
            cells = plan.cells(outcomes, lambda f, size=size: (size / f["cold"], size / f["warm"]))  # type: ignore[misc]
            rows.append((f"{name}, {form}", cells))
    return [Table("throughput", "Encoding, MB/s, cold / warm", ("cold", "warm"), rows)]


def adversarial(plan: Plan) -> list[Table]:
    """Nanoseconds a byte on texts made to be slow, short and long."""
    short, long = 10_000, 1_000_000 if plan.quick else 10_000_000
    rows = []
    for name, family in made.FAMILIES.items():
        text = family(random.Random(f"compare/{name}"), long)
        cut = short * len(text) // len(text.encode())
        # Of unequal lengths, so that no two are the same text that a cache could hold.
        parts = [text[i * cut : (i + 1) * cut - i] for i in range(min(100, len(text) // cut))]
        files = {"short": plan.saved("parts", parts), "long": plan.saved("whole", [text])}
        sizes = {"short": sum(len(p.encode()) for p in parts), "long": len(text.encode())}

        def turn(
            contestant: Contestant,
            first: bool,
            files: dict[str, str] = files,
            sizes: dict[str, int] = sizes,
        ) -> tuple[dict[str, float], list[int] | None]:
            found, digests = {}, None
            with race.worker(contestant, patience=60) as worker:
                worker.ask("open", path=str(plan.tokenizer))
                worker.ask("read", file=plan.saved("short", ["Hello world"]))
                worker.ask("time", work="array")
                for form, file in files.items():
                    worker.ask("read", file=file)
                    passed = worker.ask("time", work="array")["cpu"]
                    found[form] = passed * 1e9 / sizes[form]
                if first:
                    digests = worker.ask("digests", work="array")
            return found, digests

        outcomes = race.take_turns(plan.contestants, 1 if plan.quick else 3, turn)
        cells = plan.cells(outcomes, lambda f: (f["short"], f["long"], f["long"] / f["short"]))
        rows.append((name, cells))
    title = f"Hard texts, ns a byte in texts of 10 KB / of {long // 1_000_000} MB / long over short"
    return [Table("adversarial", title, ("short", "long", "long over short"), rows)]


def load(plan: Plan) -> list[Table]:
    """Milliseconds to load the tokenizer in a fresh process, and to the end of the first call."""
    short = plan.saved("short", ["Hello world"])
    paths = {"tokenizer.json": str(plan.tokenizer)}
    if any(contestant.name == OURS for contestant in plan.contestants):
        compiled = plan.folder / "compiled.cache"
        code = (
            "import sys, neox_text; neox_text.Tokenizer.from_file(sys.argv[1]).compile(sys.argv[2])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(plan.tokenizer), str(compiled)],
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            paths["compiled file"] = str(compiled)
    rows = []
    for form, path in paths.items():

        def turn(
            contestant: Contestant, first: bool, path: str = path
        ) -> tuple[dict[str, float], list[int] | None]:
            if path.endswith(".cache") and contestant.name != OURS:
                raise Failure("no such form")
            with race.worker(contestant) as worker:
                worker.ask("read", file=short)
                worker.ask("load_module")
                opened = worker.ask("open", path=path)["cpu"]
                called = worker.ask("time", work="array")["cpu"]
                digests = worker.ask("digests", work="array") if first else None
            return {"load": opened * 1e3, "call": (opened + called) * 1e3}, digests

        outcomes = race.take_turns(plan.contestants, plan.rounds, turn)
        rows.append((form, plan.cells(outcomes, lambda f: (f["load"], f["call"]))))
    size = plan.tokenizer.stat().st_size / 1e6
    title = f"Loading a file of {size:.2g} MB, ms, load / with the first call"
    return [Table("load", title, ("load", "load and first call"), rows)]


def imports(plan: Plan) -> list[Table]:
    """Milliseconds to import the module, wall time in a fresh process."""

    def turn(contestant: Contestant, first: bool) -> tuple[dict[str, float], list[int] | None]:  # noqa: ARG001
        code = (
            "import time; s = time.perf_counter(); "
            f"import {race.module(contestant.name)}; print(time.perf_counter() - s)"
        )
        done = subprocess.run(
            [contestant.python, "-c", code], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Failure("cannot be imported")
        return {"import": float(done.stdout.split()[-1]) * 1e3}, None

    outcomes = race.take_turns(plan.contestants, 5 if plan.quick else 15, turn)
    rows = [("import", plan.cells(outcomes, lambda f: (f["import"],)))]
    return [Table("import", "Importing, ms", ("import",), rows)]


def memory(plan: Plan) -> list[Table]:
    """Bytes at the peak for each byte of text while ids of one text are made."""
    size = 5_000_000 if plan.quick else 20_000_000
    rows = []
    for name, text in plan.texts.items():
        file = plan.saved("memory", made.repeated(text, size))

        def turn(
            contestant: Contestant,
            first: bool,  # noqa: ARG001
            file: str = file,
        ) -> tuple[dict[str, float], list[int] | None]:
            with race.worker(contestant) as worker:
                worker.ask("open", path=str(plan.tokenizer))
                worker.ask("read", file=file)
                return worker.ask("memory"), None

        outcomes = race.take_turns(plan.contestants, 1, turn)
        rows.append((name, plan.cells(outcomes, lambda f: (f["peak"], f["given"]))))
    title = (
        f"Memory for ids of {size // 1_000_000} MB, bytes a byte of text, peak / of that the ids"
    )
    return [Table("memory", title, ("peak", "ids"), rows)]


def decode(plan: Plan) -> list[Table]:
    """MB/s of text given by decoding documents of 4 KB."""
    rows = []
    for name, text in plan.texts.items():
        documents = made.pieces(text, plan.size)
        file = plan.saved("decode", documents)
        size = sum(len(part.encode()) for part in documents) / 1e6

        def turn(
            contestant: Contestant, first: bool, file: str = file
        ) -> tuple[dict[str, float], list[int] | None]:
            with race.worker(contestant) as worker:
                worker.ask("open", path=str(plan.tokenizer))
                worker.ask("read", file=file)
                worker.ask("make_ids")
                passes = [worker.ask("time", work="decode")["cpu"] for _ in range(2)]
                digests = worker.ask("digests", work="decode") if first else None
            return {"warm": passes[1]}, digests

        outcomes = race.take_turns(plan.contestants, plan.rounds, turn)
        rows.append((name, plan.cells(outcomes, lambda f, size=size: (size / f["warm"],))))  # type: ignore[misc]
    return [Table("decode", "Decoding documents of 4 KB to str, MB/s of text", ("warm",), rows)]


def small(plan: Plan) -> list[Table]:
    """Microseconds a call for texts of 16 characters, of the first text."""
    text = next(iter(plan.texts.values()))
    source = random.Random("compare/small")
    calls = [text[at : at + 16] for at in (source.randrange(len(text) - 16) for _ in range(20_000))]
    file = plan.saved("small", calls)
    rows = []
    for form, work in (("array", "array"), ("list", "ids"), ("count", "count")):

        def turn(
            contestant: Contestant, first: bool, work: str = work
        ) -> tuple[dict[str, float], list[int] | None]:
            digests = None
            with race.worker(contestant) as worker:
                worker.ask("open", path=str(plan.tokenizer))
                worker.ask("read", file=file)
                passes = [worker.ask("time", work=f"small {work}")["cpu"] for _ in range(3)]
                if first and work != "count":
                    worker.ask("time", work=work)
                    digests = worker.ask("digests", work=work)
            return {"warm": passes[2] * 1e6 / len(calls)}, digests

        outcomes = race.take_turns(plan.contestants, plan.rounds, turn)
        rows.append((form, plan.cells(outcomes, lambda f: (f["warm"],))))
    return [Table("small", "Calls with 16 characters, microseconds", ("warm",), rows)]


def training(plan: Plan) -> list[Table]:
    """Seconds to train on 8 MB: half of the first text, half of the second."""
    size, vocab_size = (1_000_000, 3_000) if plan.quick else (8_000_000, 20_000)
    chosen = list(plan.texts.values())[:2]
    documents = [
        piece.replace("\0", "")
        for text in chosen
        for piece in made.pieces(text, size // len(chosen))
    ]
    file = plan.saved("training", documents)

    def turn(contestant: Contestant, first: bool) -> tuple[dict[str, float], list[int] | None]:
        with race.worker(contestant) as worker:
            worker.ask("read", file=file)
            passed = worker.ask("time", work="train", vocab_size=vocab_size)["cpu"]
            return {"train": passed}, worker.ask("digests", work="train") if first else None

    outcomes = race.take_turns(plan.contestants, 1 if plan.quick else 3, turn)
    megabytes = sum(len(part.encode()) for part in documents) / 1e6
    title = f"Training, {megabytes:.1f} MB to {vocab_size} entries, seconds"
    rows = [("training", plan.cells(outcomes, lambda f: (f["train"],)))]
    return [Table("training", title, ("train",), rows)]


MEASURES: dict[str, Callable[[Plan], list[Table]]] = dict(
    zip(
        SECTIONS,
        (throughput, adversarial, load, imports, memory, decode, small, training),
        strict=True,
    )
)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", nargs="+", type=Path, metavar="FILE", help="texts in UTF-8")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="a tokenizer.json")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION",
        help=f"of {', '.join(SECTIONS)}",
    )  # fmt: skip
    parser.add_argument("--peers", nargs="+", choices=race.PACKAGES, default=list(race.PACKAGES))
    parser.add_argument("--rounds", type=int, help="rounds of turns (default 7, quick 3)")
    parser.add_argument("--quick", action="store_true", help="less text and fewer rounds")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures there too")
    parser.add_argument(
        "--envs", type=Path, metavar="DIR", default=Path.home() / ".cache" / "neox-text-peers",
        help="where the peers' environments are (default: %(default)s)",
    )  # fmt: skip
    options = parser.parse_args()
    shared = Path(os.environ.get("NEOX_TEXT_SHARED") or ROOT.parent / "shared")
    if not options.text:
        options.text = [shared / "corpora" / name for name in DEFAULT_TEXTS]
    if not options.tokenizer:
        options.tokenizer = shared / "tokenizers" / "gpt-neox-20b.json"
    absent = [str(path) for path in [options.tokenizer, *options.text] if not path.is_file()]
    if absent:
        parser.error(f"no such file: {', '.join(absent)}; give --tokenizer FILE and --text FILE...")
    return options


def main() -> None:
    """Measure what was asked for and print it."""
    options = arguments()
    names = [OURS, *options.peers]
    contestants, missing = [], {}
    for name in names:
        try:
            contestants.append(race.find(name, options.envs))
        except Failure as failure:
            missing[name] = str(failure)
    about = machine()
    print("# Figures\n")
    print(f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']};")
    print(f"load average at the start {about['load']:.2f}.\n")
    for contestant in contestants:
        print(f"* {contestant.name}: version {contestant.version}")
    for name, reason in missing.items():
        print(f"* {name}: NOT AVAILABLE ({reason})")
    rounds = options.rounds or (3 if options.quick else 7)
    named = ", ".join(path.name for path in options.text)
    print(f"\n{options.tokenizer.name}; {named}; {rounds} rounds", end="")
    print(", --quick: not for quoting.\n" if options.quick else ".\n", flush=True)
    tables: list[Table] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(
            contestants,
            missing,
            options.tokenizer.resolve(),
            {path.stem: made.read(path) for path in options.text},
            Path(folder),
            rounds,
            options.quick,
        )
        for section in options.only:
            for table in MEASURES[section](plan):
                tables.append(table)
                print(markdown(table, names), flush=True)
    print(f"Took {time.monotonic() - began:.0f} s.")
    if options.json:
        content = {
            "machine": about,
            "versions": {c.name: c.version for c in contestants},
            "missing": missing,
            "tokenizer": options.tokenizer.name,
            "rounds": rounds,
            "quick": options.quick,
            "tables": [table.as_json() for table in tables],
        }
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if OURS in missing:
        sys.exit("neox-text is not installed for this Python: `make bench` builds it first")


if __name__ == "__main__":
    main()
