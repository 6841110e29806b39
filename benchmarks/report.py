"""Tables of figures, as Markdown and for a JSON file; and what machine they are of."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any, NamedTuple

from race import OURS, REFERENCE


class Cell(NamedTuple):
    """Figures of one contestant in one row, or the reason why there are none."""

    figures: tuple[float, ...] = ()
    note: str = ""
    differs: bool = False

    def shown(self) -> str:
        """As it stands in a table."""
        if self.note:
            return self.note if len(self.note) <= 30 else self.note[:27] + "..."
        return " / ".join(number(figure) for figure in self.figures) + "*" * self.differs


class Table(NamedTuple):
    """One table: a title with its unit, what the figures of a cell are, and the rows."""

    section: str
    title: str
    labels: tuple[str, ...]
    rows: list[tuple[str, dict[str, Cell]]]

    def as_json(self) -> dict[str, Any]:
        """All of it, with figures in full."""
        rows = {
            label: {name: cell._asdict() for name, cell in cells.items()}
            for label, cells in self.rows
        }
        return {**self._asdict(), "rows": rows}


def number(figure: float) -> str:
    """Three digits that count."""
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def ratio(ours: Cell, theirs: Cell) -> str:
    """Each figure of ours over theirs."""
    if not ours.figures or not theirs.figures:
        return ""
    return " / ".join(
        number(a / b) if b else "" for a, b in zip(ours.figures, theirs.figures, strict=True)
    )


def markdown(table: Table, names: list[str]) -> str:
    """The table with a column a contestant, and a column `ours / X` a peer."""
    peers = [name for name in names if name != OURS]
    head = ["", *names, *(f"ours / {name}" for name in peers)]
    lines = [f"### {table.title}", "", "| " + " | ".join(head) + " |"]
    lines.append("|" + "---|" * len(head))
    for label, cells in table.rows:
        shown = [cells[name].shown() for name in names]
        shown += [ratio(cells[OURS], cells[name]) for name in peers]
        lines.append("| " + " | ".join([label, *shown]) + " |")
    if any(cell.differs for _, cells in table.rows for cell in cells.values()):
        lines += ["", f"\\* gives something other than {REFERENCE}"]
    return "\n".join(lines) + "\n"


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }
