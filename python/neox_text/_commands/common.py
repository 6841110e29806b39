"""What commands share: their shape, options, and how they read and write."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TYPE_CHECKING, NamedTuple, TypeVar

from neox_text._commands.kinds import KINDS

if TYPE_CHECKING:
    from neox_text._commands.documents import Block, Source

    _Item = TypeVar("_Item")
    _Found = TypeVar("_Found")


class Command(NamedTuple):
    """A command: its name, texts for `--help`, its options, and what runs it."""

    name: str
    summary: str
    description: str
    examples: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]


def add_files(parser: argparse.ArgumentParser, what: str = "text or .jsonl files") -> None:
    parser.add_argument(
        "files",
        nargs="*",
        default=["-"],
        metavar="FILE",
        help=f"{what}; standard input without, or as -",
    )


def add_text(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    add_tokenizer(parser)
    add_reading(parser)
    parser.add_argument(
        "--special", choices=("parse", "text", "error"), default="parse",
        help="special tokens in the text: their ids (parse, the default), plain text, or an error",
    )  # fmt: skip
    parser.add_argument("--threads", type=positive, help="threads to use; all cores without")


def add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input-format", choices=("auto", "text", "jsonl"), default="auto",
        help="one document a line, or one JSON object a line with the document in text;"
        " auto (the default) goes by the name",
    )  # fmt: skip
    parser.add_argument(
        "--errors", choices=("strict", "replace"), default="strict",
        help="what is not UTF-8: stop there (strict, the default), or read it as U+FFFD",
    )  # fmt: skip


def add_tokenizer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tokenizer", metavar="PATH",
        help="a tokenizer.json, a vocab.txt beside an emoji.json, or a directory that holds the one"
        " or the others; the default tokenizer of its kind without",
    )  # fmt: skip
    parser.add_argument(
        "--kind", choices=KINDS,
        help="byte-level BPE or Japanese BPEEncoder V2; as the tokenizer is, or bpe, without",
    )  # fmt: skip


def add_output(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument(
        "-o", "--output", metavar="FILE", required=required,
        help="the file to write, which appears when it is whole"
        + ("" if required else "; standard output without"),
    )  # fmt: skip


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is below 1")
    return number


def natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is below 0")
    return number


positive.__name__ = natural.__name__ = "number"  # argparse names the type in its message


def list_sources(options: argparse.Namespace) -> list[Source]:
    from neox_text._commands.documents import source

    kind = getattr(options, "input_format", "auto")
    return [source(path, number, kind) for number, path in enumerate(options.files)]


def open_output(options: argparse.Namespace) -> AbstractContextManager[IO[bytes]]:
    if options.output in (None, "-"):
        return nullcontext(sys.stdout.buffer)
    from neox_text._files import written_whole

    return written_whole(options.output)


def read_blocks(
    options: argparse.Namespace, *, whole: bool = False
) -> Iterator[tuple[Source, Block]]:
    """All documents in blocks, with the source of each; shows how much was read.

    With `whole`, the lines that hold them in their place.
    """
    from neox_text._commands.documents import REPLACE, documents, source_lines
    from neox_text._commands.progress import Progress

    to_terminal = getattr(options, "output", None) is None and sys.stdout.isatty()
    files = [path for path in options.files if path != "-"]
    sizes = [os.path.getsize(path) for path in files] if "-" not in options.files else []
    before, read_source = 0, source_lines if whole else documents
    with Progress(" MB", 1e6, wanted=not to_terminal) as progress:
        for source in list_sources(options):
            read = 0
            for block in read_source(source, options.errors, REPLACE):
                yield source, block
                read = block.bytes_read
                progress(before + read, sum(sizes), options.command)
            before += read


def placed(
    source: Source,
    block: Block,
    items: list[_Item],
    all_at_once: Callable[[list[_Item]], _Found],
    one: Callable[[_Item], object],
) -> _Found:
    """Work on a block at once; where that fails, find the line and name it in a DataError."""
    from neox_text._commands.documents import DataError

    try:
        return all_at_once(items)
    except ValueError:
        for number, item in enumerate(items, block.first_line):
            try:
                one(item)
            except ValueError as error:
                raise DataError(f"{source.name}:{number}: {error}") from error
        raise
