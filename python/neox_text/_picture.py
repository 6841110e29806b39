"""A picture of what each token attends to."""

from __future__ import annotations

import html
from collections.abc import Sequence

STYLE = """<style>
.neox-text-mask {border-collapse: separate; border-spacing: 1px; width: auto}
.neox-text-mask td {width: 1em; height: 1em; padding: 0; background: #8883}
.neox-text-mask td.y {background: #2f7ebc}
.neox-text-mask th {padding: 0 .4em; text-align: left; font-weight: normal; white-space: pre}
.neox-text-mask thead th {padding: .4em 0; text-align: right; writing-mode: vertical-rl}
.neox-text-mask th.n {opacity: .4}
</style>"""


class AttentionMask:
    """Which token sees which: itself and those before it, but for those that a mask hides.

    `.matrix` (n, n) has a row for each token that looks and a column for each that is seen. `str`
    draws a line for each that looks, ■ for those that it sees and · for the others; a notebook
    shows a table. ValueError where the mask has not an entry for each token.
    """

    def __init__(self, tokens: Sequence[str], attention_mask: Sequence[int] | None = None) -> None:
        keep = [True] * len(tokens) if attention_mask is None else [bool(x) for x in attention_mask]
        if len(keep) != len(tokens):
            raise ValueError(f"attention_mask has {len(keep)} entries for {len(tokens)} tokens")
        n = len(keep)
        self.tokens = [str(token) for token in tokens]
        self.matrix = [[j <= i and keep[j] for j in range(n)] for i in range(n)]

    def __str__(self) -> str:
        rows = ("".join("■" if seen else "·" for seen in row) for row in self.matrix)
        return "\n".join(f"{row} {_line(tok)}" for row, tok in zip(rows, self.tokens, strict=True))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heads, rows = [], []
        for i, token in enumerate(self.tokens):
            hidden = "" if self.matrix[i][i] else " class=n"
            heads.append(f"<th{hidden}>{html.escape(_line(token))}</th>")
        for head, row in zip(heads, self.matrix, strict=True):
            cells = "".join("<td class=y></td>" if seen else "<td></td>" for seen in row)
            rows.append(f"<tr>{head}{cells}</tr>")
        top = f"<thead><tr><th></th>{''.join(heads)}</tr></thead>"
        table = f"{top}<tbody>{''.join(rows)}</tbody>"
        return f'{STYLE}<table class="neox-text-mask">{table}</table>'


def _line(token: str) -> str:
    """A token on one line: what does not print is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in token)
