"""What is encoded: pieces of real texts, and families of text made to be slow."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from pathlib import Path

DOCUMENT = 4096  # bytes


def pieces(text: str, size: int, document: int = DOCUMENT) -> list[str]:
    """Pieces of some `document` bytes, taken evenly over the text, `size` bytes in all (UTF-8)."""
    total = len(text.encode())
    step = max(1, document * len(text) // max(1, total))
    starts = range(0, max(1, len(text) - step + 1), step)
    wanted = max(1, min(len(starts), size // document))
    return [
        text[at : at + step] for at in (starts[i * len(starts) // wanted] for i in range(wanted))
    ]


def repeated(text: str, size: int) -> str:
    """The text over and over until it has `size` bytes of UTF-8."""
    length = len(text.encode())
    return text * -(-size // length) if length < size else text[: size * len(text) // length]


def read(path: Path) -> str:
    """The text of a file; it must be UTF-8."""
    return path.read_text(encoding="utf-8")


def _of(letters: str) -> Callable[[random.Random, int], str]:
    size = len("".join(letters).encode()) / len(letters)
    return lambda source, n: "".join(source.choices(letters, k=int(n / size)))


def _again(unit: str) -> Callable[[random.Random, int], str]:
    return lambda _, n: unit * (n // len(unit.encode()))


# About n bytes each, of what makes a careless tokenizer take time that grows faster than the text.
FAMILIES: dict[str, Callable[[random.Random, int], str]] = {
    "one letter": _again("a"),
    "random letters": _of(string.ascii_lowercase),
    "random digits": _of(string.digits),
    "random letters and digits": _of(string.ascii_letters + string.digits + "+/"),
    "spaces": _again(" "),
    "tabs, spaces, line ends": _of(" \t\n\r"),
    "punctuation": _of("!#$%&()*+,-./:;=?"),
    "apostrophes": _of("'stlev"),
    "kana and kanji without a break": _of("あいうえおかきくけこ日本語文字"),
    "letters with marks": _again("e\u0301o\u0323\u0302"),
    "one letter under marks": lambda _, n: "a" + "\u0301\u0323" * (n // 4),
    "openings of an added token": _again("<|endoftex"),
}
