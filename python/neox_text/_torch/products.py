"""Products with weights, in the form that is fastest on this machine, or packed."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from neox_text._torch.packed import pack


class Linear(nn.Linear):
    """`nn.Linear`, whose product with one row may be cut into `parts` blocks of rows; see `fit`."""

    parts = 0
    bias: Any

    def forward(self, x: Tensor) -> Tensor:
        """Map x (..., in) to (..., out)."""
        if not self.parts or x.numel() != self.in_features or torch.is_grad_enabled():
            return F.linear(x, self.weight, self.bias)
        blocks = self.weight.view(self.parts, -1, self.in_features)
        column = x.view(1, -1).t().expand(self.parts, -1, 1)  # these strides alone are fast
        if self.bias is None:
            y = torch.bmm(blocks, column)
        else:
            y = torch.baddbmm(self.bias.view(self.parts, -1, 1), blocks, column)
        return y.view(*x.shape[:-1], -1)


@torch.inference_mode()
def fit(model: nn.Module) -> None:
    """Cut products with one row as is fastest here, measured on the first of them in some ms.

    Below F.linear, some libraries give such a product to a single thread on some processors.
    """
    linears = [module for module in model.modules() if isinstance(module, Linear)]
    seconds: dict[int, float] = {}
    for parts in (0, 2, 4, 8, 16) * 3:
        start = time.perf_counter()
        for each in linears[:4]:
            each.parts = parts if each.out_features % max(parts, 1) == 0 else 0
            each(each.weight[:1])
        seconds[parts] = min(time.perf_counter() - start, seconds.get(parts, math.inf))
    best = min(seconds, key=seconds.__getitem__)
    for each in linears:
        each.parts = best if each.out_features % max(best, 1) == 0 else 0


class Packed(nn.Module):
    """A product whose weights (out, in) are packed: they are not trained, moved or saved."""

    def __init__(self, weight: Tensor, bias: Tensor | None, kind: str) -> None:
        super().__init__()
        self.kind, self.product = kind, pack(weight, bias, kind)

    def forward(self, x: Tensor) -> Tensor:
        """Map x (..., in) to (..., out)."""
        return self.product(x.float()).to(x.dtype)
