"""What the network is built of: activations, the cache, rotary positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from neox_text.models.config import GPTConfig

TANH = partial(F.gelu, approximate="tanh")
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu, "gelu_new": TANH, "gelu_fast": TANH, "gelu_pytorch_tanh": TANH,
    "relu": F.relu, "silu": F.silu, "swish": F.silu, "tanh": torch.tanh,
}  # fmt: skip
CHANGING = ("dynamic", "longrope")  # ropes whose angles change with the length


class Cache:
    """Keys and values of the ids seen so far, (2, B, H, capacity, D) a layer, `length` of them.

    Memory is for `capacity` ids, doubled when full, and written in place unless gradients are
    recorded. `place` (1,) is where a step of one shape writes.
    """

    def __init__(self, layers: int, capacity: int = 0) -> None:
        self.held: list[Tensor | None] = [None] * layers
        self.capacity, self.length = capacity, 0
        self.place: Tensor | None = None

    def extend(self, layer: int, kv: Tensor) -> Tensor:
        """Add keys and values (2, B, H, T, D) and give all, (2, B, H, length + T, D)."""
        held, end, grad = self.held[layer], self.length + kv.shape[3], torch.is_grad_enabled()
        if held is not None and self.place is not None:
            return held.index_copy_(3, self.place, kv)
        if held is None or grad or held.shape[3] < max(end, self.capacity):
            most = end if grad else max(self.capacity, end if held is None else 2 * end)
            room = kv.new_zeros((*kv.shape[:3], most - end, kv.shape[4]))
            parts = (kv, room) if held is None else (held[..., : self.length, :], kv, room)
            self.held[layer] = held = torch.cat(parts, 3)
        else:
            held[..., self.length : end, :] = kv
        return held[..., :end, :]


def rotary(
    config: GPTConfig, positions: Tensor, dtype: torch.dtype, rope_len: int | None = None
) -> tuple[Tensor, Tensor]:
    """Give cosines and sines (..., 1, 1, R) of positions (...), as transformers 5.23 has them.

    What turns is `x * cos + x.roll(R // 2) * sin`: the first half of the sines is negative. The
    types dynamic and longrope go by the greatest position of the call, or by `rope_len`. All is
    float32 from the configuration, for a buffer of frequencies is rounded by `model.half()`.
    """
    rope, most = config.rope, config.max_position_embeddings
    kind, size, base = rope["rope_type"], rope["size"], float(rope["rope_theta"])
    factor, original = rope.get("factor", 0), rope.get("original", 0)
    pairs = torch.arange(0, size, 2, dtype=torch.float, device=positions.device)  # (R / 2,)
    inverse, scale = 1 / base ** (pairs / size), 1.0
    if kind in CHANGING:
        length = positions.max() + 1 if rope_len is None else positions.new_tensor(rope_len)
    if kind in ("yarn", "longrope"):
        factor = factor or most / original
    if kind == "linear":
        inverse = inverse / factor
    elif kind == "dynamic":
        stretch = factor * length.clamp(min=most) / most - (factor - 1)
        inverse = 1 / (base * stretch ** (size / (size - 2))) ** (pairs / size)
    elif kind == "longrope":
        long, short = (pairs.new_tensor(rope[key]) for key in ("long_factor", "short_factor"))
        inverse = inverse / torch.where(length > original, long, short)
        scale = math.sqrt(1 + math.log(factor) / math.log(original)) if factor > 1 else 1.0
    elif kind == "llama3":
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        share = ((original * inverse / (2 * math.pi) - low) / (high - low)).clamp(0, 1)
        inverse = (1 - share) * inverse / factor + share * inverse
    elif kind == "yarn":
        betas = {"beta_fast": 32, "beta_slow": 1}
        turns = (original / (2 * math.pi * (rope.get(key) or by)) for key, by in betas.items())
        low, high = (size * math.log(each) / (2 * math.log(base)) for each in turns)
        if rope.get("truncate", True):
            low, high = math.floor(low), math.ceil(high)
        low, high = max(low, 0), min(high, size - 1)
        share = ((pairs / 2 - low) / ((high - low) or 0.001)).clamp(0, 1)
        inverse = inverse / factor * share + inverse * (1 - share)
        told = rope.get("mscale") or 0, rope.get("mscale_all_dim") or 0
        grown = [0.1 * by * math.log(max(factor, 1)) + 1 for by in (told if all(told) else (1, 0))]
        scale = grown[0] / grown[1]
    if kind in ("yarn", "longrope") and rope.get("attention_factor") is not None:
        scale = rope["attention_factor"]
    angles = positions[..., None, None, None].float() * inverse
    cos, sin = angles.cos() * scale, angles.sin() * scale
    return torch.cat((cos, cos), -1).to(dtype), torch.cat((-sin, sin), -1).to(dtype)
