r"""Documents and ids from files, block by block, with the place of what is wrong.

A text file is one document a line; only `\n` ends a line, and it is no part of the document. A
`.jsonl` file is one object a line with the document in `text`. Memory is bounded by a block and
the longest line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from typing import IO, Any, NamedTuple, cast

BLOCK = 1 << 22  # bytes read at a time: large enough for all cores, small enough for any machine


class DataError(ValueError):
    """A file does not hold what it should; the message names the file and the line."""


class Source(NamedTuple):
    """A file to read, or standard input."""

    name: str
    number: int  # among the FILE arguments, from 0
    open: Callable[[], AbstractContextManager[BufferedReader]]
    jsonl: bool


class Block(NamedTuple):
    """Some lines of a file."""

    items: list[Any]  # one a line
    first_line: int  # from 1
    bytes_read: int  # of the file so far
    ended: bool  # whether the last one has its line end


def source(path: str, number: int = 0, input_format: str = "auto") -> Source:
    """The source that a FILE argument names; `-` is standard input."""
    jsonl = path.endswith(".jsonl") if input_format == "auto" else input_format == "jsonl"
    if path == "-":
        stdin = cast(BufferedReader, sys.stdin.buffer)
        return Source("<stdin>", number, lambda: nullcontext(stdin), jsonl)
    return Source(path, number, lambda: open(path, "rb"), jsonl)


REPLACE = "--errors replace reads it as U+FFFD"
CONVERT = "convert the file to UTF-8 first"


def documents(source: Source, errors: str = "strict", advice: str = CONVERT) -> Iterator[Block]:
    """The documents of a source.

    DataError where a line is not UTF-8 (with `errors="strict"`) or no object with `text`.
    """
    for block in source_lines(source, errors, advice):
        if source.jsonl:
            block = block._replace(items=[*_texts(source.name, block)])
        yield block


def source_lines(source: Source, errors: str = "strict", advice: str = CONVERT) -> Iterator[Block]:
    """The lines of a source, whatever they hold; DataError where one is not UTF-8."""
    with source.open() as file:
        yield from lines(source.name, file, errors, advice)


def lines(
    name: str, file: IO[bytes], errors: str = "strict", advice: str = CONVERT
) -> Iterator[Block]:
    """The lines of a file as str, without their ends; `advice` closes the error for no UTF-8."""
    line, at = 1, 0
    for data in whole_lines(file):
        try:
            text = data.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name}:{line + data.count(10, 0, error.start)}: byte {at + error.start} of the"
                f" file, 0x{data[error.start]:02x}, is not UTF-8; {advice}"
            ) from None
        found = text.split("\n")
        ended = not found[-1]
        if ended:
            found.pop()
        at += len(data)
        yield Block(found, line, at, ended)
        line += len(found)


def whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file in blocks that end where a line does; a block is never empty."""
    held: list[bytes] = []
    while data := file.read(BLOCK):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield b"".join((*held, data[:cut]))
            held = []
        if cut < len(data):
            held.append(data[cut:])
    if held:
        yield b"".join(held)


def json_line(name: str, number: int, line: str) -> Any:
    """The value of a line; DataError where it is no JSON."""
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        told = f"column {error.colno}: {error.msg}" if line.strip() else "an empty line"
    except RecursionError:
        told = "nested too deeply"
    raise DataError(f"{name}:{number}: no JSON object: {told}")


def text_object(name: str, number: int, line: str) -> dict[str, Any]:
    """The object of a line; DataError where it is none with a string in `text`."""
    value = json_line(name, number, line)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise DataError(f"{name}:{number}: no object with a string named text")
    return value


def _texts(name: str, block: Block) -> Iterator[str]:
    for number, line in enumerate(block.items, block.first_line):
        yield text_object(name, number, line)["text"]


def id_rows(name: str, block: Block) -> Iterator[list[int]]:
    """The ids of each line: numbers apart, a JSON list, or an object with `ids`."""
    for number, line in enumerate(block.items, block.first_line):
        if line.lstrip()[:1] in ("{", "["):
            value = json_line(name, number, line)
            row = value.get("ids") if isinstance(value, dict) else value
            if not isinstance(row, list) or not set(map(type, row)) <= {int}:
                raise DataError(f"{name}:{number}: no list of ids, nor an object with one in ids")
            yield row
        else:
            yield _numbers(name, number, line)


def _numbers(name: str, number: int, line: str) -> list[int]:
    try:
        return [*map(int, line.split())]
    except ValueError:
        raise DataError(f"{name}:{number}: {_not_a_number(line)!r} is no id") from None


def _not_a_number(line: str) -> str:
    for word in line.split():
        try:
            int(word)
        except ValueError:
            return word if len(word) <= 40 else f"{word[:40]}..."
    return line
