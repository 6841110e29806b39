"""From a Japanese text to its ids as BPEEncoder V2 has it: rule by rule, slow and plain.

A text is a list of characters, each with the part of the source that it stands for; every rule
replaces some of them by a tag. Written from the behaviour of the two references alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

Span = tuple[int, int]
UNITS = "千円|万円|千万円|円|千ドル|万ドル|千万ドル|ドル|千ユーロ|万ユーロ|千万ユーロ|ユーロ"
PRICED = re.compile(rf"(?:{UNITS})+(?:\(税込\)|\(税抜\)|\+tax)*")
SPACES = (("[ \u3000]", "<SP>"), ("\r\n|\r|\n", "<BR>"), ("\t", "<TAB>"), ("[—−]", "ー"))
CLEANED = (
    (r"(?:https?|ftp)://[-_.!~*'()a-zA-Z0-9;/?:@&=+$,%#]+", "<URL>"),
    (r"[A-Za-z0-9._+]*@[-_0-9A-Za-z]+(?:\.[A-Za-z]+)*", "<EMAIL>"),
    (r"\(?[0-9]{2,4}[)(-]?[0-9]{2,4}[)-]?[0-9]{3,4}", "<TEL>"),
    (
        (
            r"(?:[12]\d{3}[/年-])*(?:0?[1-9]|1[0-2])[/月-](?:(?:0?[1-9]|[12][0-9]|3[01])日?)*"
            r"(?:\d{1,2}|:|\d{1,2}時|\d{1,2}分|\([日月火水木金土]\)|[㈪-㈰])*"
        ),
        "<DATE>",
    ),
)
SHOWN = {"<SP>": " ", "<BR>": "\n", "<TAB>": "\t", "<BLOCK>": "▀", "<KIGOU>": "ǀ"}
SHOWN["<U2000U2BFF>"] = "‖"


class Token(NamedTuple):
    """An id, its part of the text, and what was looked up."""

    id: int
    start: int
    end: int
    surface: str


def prices_hf(text: str) -> Iterator[Span]:
    """As transformers >= 4.50: three repetitions that give nothing back, then units."""
    pieces = [re.compile(rf"(?:\d,\d{{3}}|[\d{sign}])*") for sign in "億万千"]
    at = 0
    while at < len(text):
        front = at
        for piece in pieces:
            found = piece.match(text, front)
            front = found.end() if found else front
        if units := PRICED.match(text, front):
            yield at, units.end()
            at = units.end()
        else:
            at += 1


def prices_py310(text: str) -> Iterator[Span]:
    """As transformers >= 4.50 on Python 3.10."""
    for found in re.finditer(rf"(?:\d,\d{{3}}|[\d億万千])*{PRICED.pattern}", text):
        yield found.span()


def numbers(text: str, at: int) -> set[int]:
    """Where a number that begins here may end: 0, 12, 1,234."""
    if text[at] == "0":
        return {at + 1}
    if text[at] not in "123456789":
        return set()
    digits = re.compile(r"\d+").match(text, at)
    last = digits.end() if digits else at
    ends = set(range(at + 1, last + 1))
    for head in range(at + 1, min(at + 3, last) + 1):
        group = re.compile(r",\d{3}").match(text, head)
        while group:
            ends.add(group.end())
            group = re.compile(r",\d{3}").match(text, group.end())
    return ends


def prices_original(text: str) -> Iterator[Span]:
    """As the original: (N*億)*(N*万)*(N*千)*N*, then units; from the right, what leads to units."""
    size = len(text)
    leads = [[False] * (size + 1) for _ in range(4)]
    for at in reversed(range(size)):
        ends = numbers(text, at)
        for stage in (3, 2, 1, 0):
            leads[stage][at] = (
                (stage == 3 and PRICED.match(text, at) is not None)
                or (stage < 3 and leads[stage + 1][at])
                or (stage < 3 and text[at] == "億万千"[stage] and leads[stage][at + 1])
                or any(leads[stage][end] for end in ends)
            )
    money = re.compile("円|ドル|ユーロ")
    rest = re.compile(PRICED.pattern.replace(")+(", ")*(", 1))
    at = 0
    while at < size:
        unit = money.search(text, at) if leads[0][at] else None
        if unit and (found := rest.match(text, unit.end())):
            yield at, found.end()
            at = found.end()
        else:
            at += 1


PRICES: dict[str, Callable[[str], Iterator[Span]]] = {
    "hf": prices_hf,
    "hf-py310": prices_py310,
    "original": prices_original,
}


class Twin:
    """The profiles "hf" and "original"."""

    def __init__(
        self,
        vocab: str,
        emoji: dict[str, dict[str, str]],
        profile: str = "hf",
        *,
        clean: bool = False,
        price: str | None = None,
    ) -> None:
        lines = vocab.removesuffix("\n").split("\n")
        own = profile == "original"
        self.rows = [[","] if line == "," and own else line.split(",") for line in lines]
        self.ids = {surface: i for i, row in enumerate(self.rows) for surface in row if surface}
        self.longest = max(map(len, self.ids))
        self.emoji, self.shown = emoji["emoji"], SHOWN | emoji["emoji_inv"]
        self.hf, self.clean, self.price = profile == "hf", clean, price or profile

    def rewritten(self, text: str) -> list[tuple[str, int, int]]:
        """The characters after all rules, each with its part of the text."""
        units = [(c, i, i + 1) for i, c in enumerate(text)]

        def swap(spans: Iterable[Span], tag: str) -> None:
            for start, end in reversed(list(spans)):
                first, last = units[start][1], units[end - 1][2]
                units[start:end] = [(c, last if i else first, last) for i, c in enumerate(tag)]

        def each(pattern: str, tag: str) -> None:
            shown = "".join(unit[0] for unit in units)
            swap((found.span() for found in re.finditer(pattern, shown)), tag)

        for pattern, tag in SPACES:
            each(pattern, tag)
        shown = "".join(unit[0] for unit in units)
        for key, tag in self.emoji.items():
            if key in shown:
                each(re.escape(key), tag)
                shown = "".join(unit[0] for unit in units)
        if self.clean:
            for pattern, tag in CLEANED:
                each(pattern, tag)
            swap(PRICES[self.price]("".join(unit[0] for unit in units)), "<PRICE>")
            each("(?:[\u2500-\u259f]|<BLOCK>)+", "<BLOCK>")
        return units

    def best(self, text: str, at: int) -> str | None:
        """The surface that wins at a place."""
        if text[at] == "<":
            for end in range(min(len(text), at + self.longest), at + 2, -1):
                if text[at:end] in self.ids:
                    return text[at:end]
        found = [text[at:end] for end in range(min(len(text), at + 3), at, -1)]
        if text[at] == "<":
            found = [surface for surface in found if len(surface) < 3]
        return min((s for s in found if s in self.ids), key=self.ids.__getitem__, default=None)

    def tokens(self, text: str) -> list[Token]:
        units = self.rewritten(text)
        shown = "".join(unit[0] for unit in units)
        found: list[Token] = []
        at = 0
        while at < len(shown):
            surface = self.best(shown, at)
            size = len(surface) if surface else 1
            start, end = units[at][1], units[at + size - 1][2]
            for name in [surface] if surface else self.fallback(shown[at]):
                found.append(Token(self.ids[name], start, end, name))
                start = end
            at += size
        return found

    @staticmethod
    def fallback(c: str) -> list[str]:
        code = ord(c)
        ranges = ((0xA1, 0xBF), (0x1C0, 0x1C3), (0x2B9, 0x2FF), (0x300, 0x362))
        if any(first <= code <= last for first, last in ranges):
            return ["<KIGOU>"]
        if 0x2000 <= code <= 0x2BFF:
            return ["<U2000U2BFF>"]
        return [f"<|byte{byte}|>" for byte in c.encode()]

    def encode(self, text: str) -> list[int]:
        return [token.id for token in self.tokens(text)]

    def decode(self, ids: Sequence[int]) -> str:
        parts: list[bytes] = []
        for i in ids:
            surface = self.rows[i][0]
            if byte := re.fullmatch(r"<\|byte(\d+)\|>", surface):
                part = bytes([int(byte[1])])
                parts.append(part.decode("utf-8", "replace").encode() if self.hf else part)
            else:
                parts.append(self.shown.get(surface, surface).encode())
        text = b"".join(parts).decode("utf-8", "replace")
        return text.strip() if self.hf else text
