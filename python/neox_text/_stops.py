"""Text that grows piece by piece until a stop string is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Tail:
    """The text that a tokenizer makes of ids as they come, held back where a stop may begin.

    `ids` were added, each with a note of its own in `notes`, and `text` was given so far. `reason`
    is "stop" once a stop string is complete, else what `end` was told. The earliest stop string
    counts; it stays in the text if `include`.

    Raises:
        ValueError: a stop string is empty.
    """

    def __init__(self, tokenizer: Any, stop: str | Sequence[str] | None, *, include: bool) -> None:
        self.stops = [stop] if isinstance(stop, str) else [*(stop or ())]
        if not all(self.stops):
            raise ValueError("a stop string is empty")
        stream = getattr(tokenizer, "decode_stream", None)
        self.stream = stream(skip_special_tokens=True) if stream else _Stream(tokenizer)
        self.include, self.text, self.held, self.reason = include, "", "", ""
        self.ids: list[int] = []
        self.notes: list[Any] = []

    def add(self, id: int, note: Any = None) -> str:
        """Add an id; give the text that is certain now."""
        self.ids.append(id)
        self.notes.append(note)
        return self._release(self.stream.step(id))

    def end(self, reason: str) -> str:
        """Give what was held back, now that no more comes; nothing if it has ended before."""
        if self.reason:
            return ""
        piece = self._release(self.stream.finish())
        if not self.reason:
            piece, self.text, self.reason = piece + self.held, self.text + self.held, reason
        return piece

    def _release(self, piece: str) -> str:
        held = self.held + piece
        found = [(held.index(stop), stop) for stop in self.stops if stop in held]
        if found:
            at, stop = min(found)
            free, self.held, self.reason = held[: at + len(stop) * self.include], "", "stop"
        else:
            begun = (n for stop in self.stops for n in range(len(stop)) if held.endswith(stop[:n]))
            cut = len(held) - max(begun, default=0)
            free, self.held = held[:cut], held[cut:]
        self.text += free
        return free


class _Stream:
    """The stream of a tokenizer that has none: decode all again, hold what may be half of one."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.ids: list[int] = []
        self.given = 0

    def step(self, id: int) -> str:
        self.ids.append(id)
        text = self._text()
        return "" if text.endswith("\ufffd") else self._new(text)

    def finish(self) -> str:
        return self._new(self._text())

    def _text(self) -> str:
        return str(self.tokenizer.decode(self.ids, skip_special_tokens=True))

    def _new(self, text: str) -> str:
        piece, self.given = text[self.given :], len(text)
        return piece
