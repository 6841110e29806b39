"""`neox-text clean`: Japanese text with addresses, numbers, dates, prices and boxes as tags."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from neox_text._commands.common import (
    Command,
    add_files,
    add_output,
    add_reading,
    open_output,
    read_blocks,
)
from neox_text._commands.diff import Diff
from neox_text._commands.kinds import JAPANESE

if TYPE_CHECKING:
    from neox_text._commands.documents import Source

PROFILES = ("hf", "original", "modern")
TAGS = {
    "URL": "<URL>",
    "e-mail": "<EMAIL>",
    "telephone": "<TEL>",
    "date": "<DATE>",
    "price": "<PRICE>",
    "block": "<BLOCK>",
}
BOX, TAG = "\u2500", "\u2501"  # stand for every box character, and for a tag in the text
BOXES = dict.fromkeys(range(0x2500, 0x25A0), BOX)


class Line(NamedTuple):
    """A line before and after."""

    old: str
    new: str
    end: str


def _add_clean(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument(
        "--kind", choices=(JAPANESE,), default=JAPANESE, help="whose cleaning; there is one kind"
    )
    parser.add_argument(
        "--profile", choices=PROFILES, default=PROFILES[0],
        help="whose rules: of transformers (hf, the default), of the original, or our own, which"
        " know dates of eras, grouped prices and full-width digits (modern)",
    )  # fmt: skip
    parser.add_argument(
        "--diff", action="store_true", help="what changes, as a unified diff, and not the text"
    )
    add_reading(parser)
    add_output(parser)


def _clean(options: argparse.Namespace) -> None:
    counts = dict.fromkeys(TAGS, 0)
    colored = options.output is None and sys.stdout.isatty()
    with open_output(options) as out:
        last, diff = None, Diff("")
        for source, lines in _lines(options, counts):
            if not options.diff:
                out.write("".join(f"{line.new}{line.end}" for line in lines).encode())
                continue
            if source is not last:
                out.write(diff.close().encode())
                last, diff = source, Diff(source.name, colored=colored)
            out.write("".join(diff.add(*line) for line in lines).encode())
        out.write(diff.close().encode())
    for name, count in counts.items():
        sys.stderr.write(f"{name:9} {count:>10}\n")


def _lines(
    options: argparse.Namespace, counts: dict[str, int]
) -> Iterator[tuple[Source, list[Line]]]:
    """The lines of each block, cleaned; what is found is added to `counts`."""
    from neox_text._commands.documents import DataError, text_object
    from neox_text.japanese import clean_text

    for source, block in read_blocks(options, whole=True):
        lines = []
        for number, line in enumerate(block.items, block.first_line):
            held = text_object(source.name, number, line) if source.jsonl else {"text": line}
            text: str = held["text"]
            try:
                cleaned = clean_text(text, profile=options.profile)
            except ValueError as error:
                raise DataError(f"{source.name}:{number}: {error}") from error
            new = line
            if cleaned != text:
                _count(text, cleaned, counts)
                new = _object(line, held | {"text": cleaned}) if source.jsonl else cleaned
            lines.append(Line(line, new, "\n"))
        if not block.ended:
            lines[-1] = lines[-1]._replace(end="")
        yield source, lines


def _object(line: str, value: dict[str, object]) -> str:
    """An object on a line, escaped where the line that it replaces was."""
    return json.dumps(value, ensure_ascii=line.isascii())


def _count(text: str, cleaned: str, counts: dict[str, int]) -> None:
    """Add what became tags; tags that stood in the text do not count."""
    for name, tag in TAGS.items():
        counts[name] += cleaned.count(tag) - text.count(tag)
    # A run of boxes is one tag, and takes in tags that stand in it.
    marked = text.translate(BOXES).replace(TAGS["block"], TAG)
    runs = [run for run in re.findall(f"[{BOX}{TAG}]+", marked) if BOX in run]
    counts["block"] += len(runs) - (cleaned.count(TAGS["block"]) - text.count(TAGS["block"]))


COMMAND = Command(
    "clean",
    "Japanese text with URLs, numbers, dates and prices as tags",
    "Replace what carries no language by tags: <URL>, <EMAIL>, <TEL>, <DATE>, <PRICE>, and\n"
    "<BLOCK> for box drawing. All else stays as it is, line ends too; of a .jsonl file, the text\n"
    "of each object is cleaned. Standard error gets how many there were of each.",
    "  echo '1月2日に https://a.jp/x で' | neox-text clean\n"
    "  neox-text clean --profile modern corpus.txt -o cleaned.txt\n"
    "  neox-text clean --diff corpus.txt | less",
    _add_clean,
    _clean,
)
