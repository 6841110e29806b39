"""A picture of what each token attends to."""

from __future__ import annotations

import html
from collections.abc import Sequence


class AttentionMask:
    """Which token sees which: itself and those before it, but for those that a mask hides.

    `.matrix` (n, n) has a row for each token that looks and a column for each that is seen; `str`
    draws it as text, a notebook as a table.
    """

    def __init__(self, tokens: Sequence[str], attention_mask: Sequence[int] | None = None) -> None:
        keep = [1] * len(tokens) if attention_mask is None else [int(x) for x in attention_mask]
        if len(keep) != len(tokens):
            raise ValueError(f"attention_mask has {len(keep)} entries for {len(tokens)} tokens")
        self.tokens = list(tokens)
        n = len(keep)
        self.matrix = [[j <= i and keep[j] != 0 for j in range(n)] for i in range(n)]

    def __str__(self) -> str:
        rows = ("".join("■" if seen else "·" for seen in row) for row in self.matrix)
        return "\n".join(f"{row} {token}" for row, token in zip(rows, self.tokens, strict=True))

    def _repr_html_(self) -> str:
        cell = '<td style="width:1em;background:{}"></td>'
        rows = (
            "".join(cell.format("#468" if seen else "#eee") for seen in row)
            + f'<td style="text-align:left">{html.escape(token)}</td>'
            for row, token in zip(self.matrix, self.tokens, strict=True)
        )
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
