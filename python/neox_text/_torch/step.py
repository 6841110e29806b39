"""One step of a generation: the network for one new id a row, with nothing left to look up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from neox_text._torch.products import Linear, Packed, one_row

if TYPE_CHECKING:
    from neox_text.models.gpt import Network
    from neox_text.models.layers import Cache

PLAIN = (Linear, Packed, nn.LayerNorm, nn.Embedding, nn.ModuleList)


def plain(model: Network) -> bool:
    """Tell whether `Step` computes what the model does: nothing is hooked, put in or trained."""
    return not (model.training or _hooks(model)) and _own(model)


def state(model: Network) -> tuple[Any, ...] | None:
    """Give what keys and values in a cache depend on; None where that cannot be told.

    What is put into a model, as adapters are, may change what it does from call to call. A write
    that goes round the counters of torch (`.data`) is not seen.
    """
    weights = [*model.parameters()]
    if model.training or not _own(model) or any(weight.is_inference() for weight in weights):
        return None
    versions = sum(weight._version for weight in weights)  # noqa: SLF001
    first = weights[0]
    return model, versions, first.dtype, first.device, first.data_ptr(), _hooks(model)


def _own(model: Network) -> bool:
    own = (*PLAIN, type(model), type(model.blocks[0]))
    return all(type(module) in own for module in model.modules())


def _hooks(model: Network) -> list[int]:
    """Give the numbers of the hooks of a model, none of which torch gives twice."""
    each = ((module._forward_hooks, module._forward_pre_hooks) for module in model.modules())  # noqa: SLF001
    return [number for pair in each for hooks in pair for number in hooks]


class Step:
    """What the forward pass of a model does for T = 1, on a cache that has room.

    `Block.forward` says what is computed, and is what this is tested against. Calling modules and
    finding their parameters takes nearly half the time of a step of a small model; here all is
    found once, for a generation of so many rows.
    """

    def __init__(
        self, model: Network, cache: Cache, turn: tuple[Tensor, Tensor], rows: int
    ) -> None:
        blocks: list[Any] = [*model.blocks]
        block = blocks[0]
        self.cache, (self.cos, self.sin) = cache, turn
        self.rows, self.heads, self.size = rows, block.heads, block.size
        self.parallel, self.activation = block.parallel, block.activation
        self.embed, self.norm = model.embed.weight, norm(model.norm)
        exact = self.embed.dtype == torch.float32

        def product(module: Any) -> Any:
            """Find what a product does, without the module around it where that can be."""
            if isinstance(module, Packed) and exact:
                return module.product
            return one_row(module) if isinstance(module, Linear) and rows == 1 else module

        self.head = product(model.head)
        held_of_layers: list[Any] = cache.held
        self.layers = [
            (
                norm(block.ln_1),
                product(block.qkv),
                product(block.out),
                block.ln_2 and norm(block.ln_2),
                product(block.up),
                product(block.down),
                held,
            )
            for block, held in zip(blocks, held_of_layers, strict=True)
        ]

    def __call__(self, ids: Tensor, mask: Tensor | None, positions: Tensor | None) -> Tensor:
        """Give the scores (rows, V) behind ids (rows, 1) and grow the cache by one.

        Masks (rows, seen) and positions (rows, 1) are for rows with pads.
        """
        at, rows, heads, size = self.cache.length, self.rows, self.heads, self.size
        at_each = at if positions is None else positions[:, 0]
        cos, sin = self.cos[at_each], self.sin[at_each]  # (1 or rows, 1, 1, R)
        seen = None if mask is None else mask[:, None, None]
        x = F.embedding(ids[:, 0], self.embed)  # (rows, d)
        for ln_1, qkv, out, ln_2, up, down, (keys, values) in self.layers:
            normed = torch.layer_norm(x, *ln_1)
            parts = qkv(normed).view(rows, 3, heads, 1, -1).transpose(0, 1)
            qk = parts[:2, ..., :size]
            rolled = qk.roll(size // 2, -1)
            qk.mul_(cos).addcmul_(rolled, sin)
            q, k, v = parts  # each (rows, H, 1, D)
            keys[:, :, at : at + 1], values[:, :, at : at + 1] = k, v  # (rows, H, capacity, D)
            k, v = keys[:, :, : at + 1], values[:, :, : at + 1]
            y = F.scaled_dot_product_attention(q, k, v, seen)
            attended = out(y.reshape(rows, -1))
            if not self.parallel:
                x = attended + x
            if ln_2:
                normed = torch.layer_norm(x, *ln_2)
            x = down(self.activation(up(normed))) + x
            if self.parallel:
                x = x + attended
        self.cache.length += 1
        scores: Tensor = self.head(torch.layer_norm(x, *self.norm))
        return scores


def norm(module: Any) -> tuple[Any, ...]:
    """Give what torch.layer_norm takes behind x."""
    return module.normalized_shape, module.weight, module.bias, module.eps
