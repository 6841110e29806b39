"""Texts made by a grammar of what is hard: white space, marks, added tokens, contractions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

WHITE = (
    "\n", "\t", "\r\n", "\r", "\v", "\f", "\x85", "\xa0", "\u1680", "\u2000", "\u2003", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u3000", "\n ", " \n", "\t ", "\x1c", "\u200b", "\u180e",
)  # fmt: skip
MARKS = (
    "\u0300", "\u0301", "\u0308", "\u0323", "\u0327", "\u0331", "\u0334", "\u0338", "\u0340",
    "\u0344", "\u0345", "\u05b0", "\u05c1", "\u064b", "\u0651", "\u093c", "\u0e38", "\u0e48",
    "\u0f71", "\u0f72", "\u1039", "\u1161", "\u11a8", "\u20d0", "\u302a", "\u3099", "\u309a",
    "\ua6f0", "\U0001d165", "\U0001d16e", "\U0001e8d0", "\u0897", "\u1ab0", "\u1ac5", "\u1df6",
)  # fmt: skip
HEADS = tuple("aeiounszAEOUN<=>;19\u03b1\u03c9\u0438\u05d0\u0627\u0915\u304b\u30cf\u1100\uac00")
HEADS += ("\u212b", "\u2126", "\u0958", "\ufb1d", "\u1e69", "\u0344", "\u2adc", "\uf900")
CONTRACTIONS = (
    "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'", "''", "\u2019s", "'r", "'l",
    "'v", " 's", "'s's", "'sa", "'d\u0301", "'\u0301s",
)  # fmt: skip
WORDS = (
    "a", "the", "Hello", "world", "ing", "x", "qz", "na\u00efve", "\u0440\u0443\u0441", "\u05e9",
    "\u0645\u0631", "\u0e44\u0e17\u0e22", "\u65e5\u672c\u8a9e", "\u304b\u306a", "\uff76\uff9e",
    "\ud55c\uae00", "\u0928\u092e", "\U00010400", "\U00020000", "\U0001d400", "\u01c5", "\u02b0",
)  # fmt: skip
NUMBERS = ("0", "1", "42", "2024", "\u0663", "\u00bd", "\u2167", "\u3007", "\U0001d7d9", "\u0e53")
OTHERS = (
    "!", "...", "--", "==", "#!", "();", '"', "<", "<|", "|>", "<|>", "\\", "\u3001", "\u3002",
    "\u00a9", "\u20ac", "\U0001f600", "\U0001f468\u200d\U0001f469", "\u2764\ufe0f", "\0", "\x7f",
    "\x1b[0m", "\ufeff", "\ufffd", "\ufffe", "\ue000", "\U0010ffff", "\u00ad", "\u200d",
)  # fmt: skip


def parts(source: random.Random, often: Sequence[str] = ()) -> str:
    """One part; those in `often` come a quarter of the time."""
    if often and source.random() < 0.25:
        return source.choice(often)
    kind = source.randrange(10)
    if kind == 0:
        return " "
    if kind == 1:
        return " " * source.choice((2, 2, 3, 4, 5, 8, 16, 22, 23, 24, 25, 26, 47, 48, 49, 50, 73))
    if kind in (2, 3):
        marks = source.choices(MARKS, k=source.randint(1, 4))
        return source.choice(HEADS) + "".join(marks)
    if kind == 4:
        return chr(
            source.choice(
                (
                    source.randrange(0x20, 0x800),
                    source.randrange(0x800, 0xD800),
                    source.randrange(0xE000, 0x110000),
                )
            )
        )
    if kind == 5:
        return source.choice(WORDS) * source.choice((1, 1, 1, 2, 5, 20))
    lists: tuple[Sequence[str], ...] = (WHITE, CONTRACTIONS, WORDS, (*NUMBERS, *OTHERS))
    return source.choice(lists[kind - 6])


def texts(
    source: random.Random, count: int, often: Sequence[str] = (), longest: int = 9
) -> Iterator[str]:
    """So many texts of one to `longest` parts."""
    for _ in range(count):
        yield "".join(parts(source, often) for _ in range(source.randint(1, longest)))
