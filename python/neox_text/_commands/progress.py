"""One line of progress on standard error, where a person looks at it.

Our own and not tqdm: it is short, and a tool that asks for nothing else should not need a package
for one line.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

PATIENCE = 1.0  # seconds before the line shows: short work stays silent
PAUSE = 0.2  # seconds between two drawings
WIDTH = 30  # characters of the bar


class Progress:
    """`progress(done, total, stage)` draws; total 0 is unknown. As a context it clears the line."""

    def __init__(self, unit: str = "", scale: float = 1.0, *, wanted: bool = True) -> None:
        """Count in `unit`s of `scale`; without `wanted`, or a terminal on stderr, draw nothing."""
        self._shown = wanted and sys.stderr is not None and sys.stderr.isatty()
        self._unit, self._scale = unit, scale
        self._start = time.monotonic()
        self._next = self._start + PATIENCE
        self._stage, self._stage_start = "", self._start
        self._drawn = False

    def __call__(self, done: int, total: int, stage: str) -> None:
        """Tell how far the work is."""
        if not self._shown:
            return
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_start = stage, now
        if now >= self._next:
            self._next, self._drawn = now + PAUSE, True
            sys.stderr.write(f"\r{self.line(done, total, now - self._stage_start)}\x1b[K")
            sys.stderr.flush()

    def line(self, done: int, total: int, seconds: float) -> str:
        """What is drawn when a stage has run for `seconds`."""
        rate = done / self._scale / max(seconds, 1e-9)
        if not total:
            return f"{self._stage}: {done / self._scale:.1f}{self._unit}, {rate:.1f}{self._unit}/s"
        part = min(done / total, 1.0)
        bar = "#" * round(part * WIDTH)
        left = seconds * (1 - part) / part if part else 0.0
        rate_left = f"{rate:.1f}{self._unit}/s, {left:.0f} s left"
        return f"{self._stage}: {part:4.0%} [{bar:.<{WIDTH}}] {rate_left}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
