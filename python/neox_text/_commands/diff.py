"""A unified diff of lines of which each has its counterpart, so that it is known line by line.

The format: https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

CONTEXT = 3  # unchanged lines shown around changes
LIMIT = 10_000  # changes in a hunk, which is held until its length is known
COLORS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
RESET = "\x1b[0m"
NO_END = "\\ No newline at end of file\n"


class Entry(NamedTuple):
    """A line of a hunk."""

    sign: str
    line: str
    end: str


class Diff:
    """The diff of one file: `add` and `close` give what is ready to be written."""

    def __init__(self, name: str, *, colored: bool = False) -> None:
        self._head = f"--- {name}\n+++ {name} (cleaned)\n"
        self._colored = colored
        self._number = 0  # of lines so far
        self._before: deque[Entry] = deque(maxlen=CONTEXT)
        self._hunk: list[Entry] = []
        self._added: list[Entry] = []  # behind what is removed in their place
        self._changes = 0
        self._same = 0  # unchanged lines at the end of the hunk

    def add(self, old: str, new: str, end: str = "\n") -> str:
        """Take the next line, before and after; `end` is empty where it has no line end."""
        self._number += 1
        if old != new:
            self._hunk += [*self._before, Entry("-", old, end)]
            self._before.clear()
            self._added.append(Entry("+", new, end))
            self._changes, self._same = self._changes + 1, 0
            return self.close() if self._changes == LIMIT else ""
        if not self._changes:
            self._before.append(Entry(" ", old, end))
            return ""
        self._hunk += [*self._added, Entry(" ", old, end)]
        self._added, self._same = [], self._same + 1
        return self.close() if self._same > 2 * CONTEXT else ""

    def close(self) -> str:
        """End the hunk, if there is one; unchanged lines beyond its context are the next one's."""
        if not self._changes:
            return ""
        entries = self._hunk + self._added
        spare = max(0, self._same - CONTEXT)
        shown = entries[: len(entries) - spare]
        length = sum(entry.sign != "+" for entry in shown)
        first = self._number - spare - length + 1
        place = self._painted("@", f"@@ -{first},{length} +{first},{length} @@") + "\n"
        told = self._head + place + "".join(map(self._entry, shown))
        self._before.extend(entries[len(shown) :])
        self._head, self._hunk, self._added, self._changes, self._same = "", [], [], 0, 0
        return told

    def _entry(self, entry: Entry) -> str:
        line = entry.line
        if self._colored:
            line = "".join(map(_visible, line))
        return self._painted(entry.sign, entry.sign + line) + (entry.end or f"\n{NO_END}")

    def _painted(self, sign: str, text: str) -> str:
        if self._colored and sign in COLORS:
            return f"{COLORS[sign]}{text}{RESET}"
        return text


def _visible(character: str) -> str:
    """A character that does not control the terminal."""
    harmless = character.isprintable() or character in "\t\u3000"
    return character if harmless else ascii(character)[1:-1]
