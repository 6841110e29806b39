"""Products with weights, in the form that is fastest on this machine, or packed."""

from __future__ import annotations

import functools
import math
import time
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from neox_text._torch.memory import empty
from neox_text._torch.packed import Product, pack

TURNED = -1  # of the forms that `fastest` compares; the others are numbers of blocks, 0 for none
FORMS = (0, TURNED, 4, 16)
FEW, MANY = 1 << 18, 1 << 22  # weights: fewer are quick in any form; about so many are tried


class Linear(nn.Linear):
    """`nn.Linear`, whose product with one row may be cut into `parts` blocks of rows."""

    parts = 0
    bias: Any

    def forward(self, x: Tensor) -> Tensor:
        """Map x (..., in) to (..., out)."""
        if not self.parts or x.numel() != self.in_features or torch.is_grad_enabled():
            return F.linear(x, self.weight, self.bias)
        return one_row(self)(x.view(1, -1)).view(*x.shape[:-1], -1)


class Packed(nn.Module):
    """A product whose weights (out, in) are packed: they are not trained, moved or saved."""

    def __init__(self, weight: Tensor, bias: Tensor | None, kind: str) -> None:
        super().__init__()
        self.kind, self.product = kind, pack(weight, bias, kind)

    def forward(self, x: Tensor) -> Tensor:
        """Map x (..., in) to (..., out)."""
        return self.product(x.float()).to(x.dtype)


def one_row(linear: Linear) -> Product:
    """Give the product with x (1, in), with all that it needs looked up beforehand."""
    weight, bias, parts = linear.weight, linear.bias, linear.parts
    if not parts:
        return lambda x: F.linear(x, weight, bias)
    blocks = weight.view(parts, -1, linear.in_features)
    if bias is None:  # the strides of x.t() alone are fast
        return lambda x: torch.bmm(blocks, x.t().expand(parts, -1, 1)).view(1, -1)
    bias = bias.view(parts, -1, 1)
    return lambda x: torch.baddbmm(bias, blocks, x.t().expand(parts, -1, 1)).view(1, -1)


def lay(linear: Linear, form: int) -> None:
    """Lay weights out in memory, or have them cut, as a form asks for; what they are stays."""
    if form == TURNED:
        weight = linear.weight.detach().t()
        linear.weight = nn.Parameter(empty(weight.shape, weight.dtype).copy_(weight).t())
    elif form and linear.out_features % form == 0:
        linear.parts = form


@functools.cache
@torch.inference_mode()
def fastest(rows: int, columns: int) -> int:
    """Measure, in some 20 ms, the form in which float32 weights of this shape meet one row of x.

    What is fastest differs by processor: on some, F.linear runs on a single thread. A step reads
    each weight once, so what is tried here comes from memory too: many weights in turn.
    """
    if rows * columns < FEW:
        return 0
    whole, rows = rows, max(min(rows, MANY // columns) // 16 * 16, 16)  # in whole blocks
    count = max(1, MANY // (rows * columns))
    memory = empty(torch.Size([count, rows, columns]), torch.float32).fill_(1.0)
    x = torch.ones(1, columns)
    with torch.device("meta"):
        trial = Linear(columns, rows, bias=False)
    products: dict[int, list[Product]] = {}
    for form in FORMS:
        trial.parts = max(form, 0)
        products[form] = []
        for weight in memory:
            laid = weight.view(columns, rows).t() if form == TURNED else weight
            trial.weight = nn.Parameter(laid)
            products[form].append(one_row(trial))
    seconds = dict.fromkeys(FORMS, math.inf)
    for form in FORMS * 3:
        start = time.perf_counter()
        for product in products[form]:
            product(x)
        seconds[form] = min(time.perf_counter() - start, seconds[form])
    # Another form has to be worth it, so that noise does not decide. But a vocabulary is larger
    # than what is tried: there a turned one was faster by 30 to 45 % where both were equal here.
    handicap = dict.fromkeys(FORMS, 1.05) | {0: 1.0}
    handicap[TURNED] = 0.75 if whole * columns > 4 * MANY else 1.05
    return min(FORMS, key=lambda form: seconds[form] * handicap[form])
