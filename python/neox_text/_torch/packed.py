"""Products whose weights are kept in few bits, by torch's own packed operations where it has them.

Torch means to remove some of these operations. This file alone names them; where one is absent or
refuses, full weights are made of the few bits for every product.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

KINDS = ("fp16", "int8", "int4")
GROUP = 32  # int4: as many columns share a scale

Product = Callable[[Tensor], Tensor]


def pack(weight: Tensor, bias: Tensor | None, kind: str) -> Product:
    """Give the product with weights (out, in): from x (..., in) to (..., out), both float32.

    "fp16" rounds weights to half precision, "int8" to 255 steps a row, and the numbers they are
    multiplied with as well, "int4" to 16 steps in every 32 columns of a row.
    """
    weight = weight.detach().float()
    bias = None if bias is None else bias.detach().float()
    packed = {"fp16": _fp16, "int8": _int8, "int4": _int4}[kind]
    if weight.is_cpu:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what will be removed
                product = packed(weight, bias)
                product(weight[:1])
        except (RuntimeError, AttributeError):
            pass
        else:
            return product
    return _unpacked(weight, bias, kind)


def _fp16(weight: Tensor, bias: Tensor | None) -> Product:
    packed = torch.ops.quantized.linear_prepack_fp16(weight, bias)
    return lambda x: torch.ops.quantized.linear_dynamic_fp16(x, packed)


def _int8(weight: Tensor, bias: Tensor | None) -> Product:
    whole, scales = _steps_of_8_bits(weight)
    zeros = torch.zeros(len(weight), dtype=torch.long)
    made = torch._make_per_channel_quantized_tensor(whole, scales.flatten(), zeros, 0)  # noqa: SLF001
    packed = torch.ops.quantized.linear_prepack(made, bias)
    # Without reduce_range, processors without VNNI overflow.
    return lambda x: torch.ops.quantized.linear_dynamic(x, packed, reduce_range=True)


def _int4(weight: Tensor, bias: Tensor | None) -> Product:
    whole, scales, lows = _steps_of_4_bits(weight, GROUP)
    aten = torch.ops.aten
    packed = aten._convert_weight_to_int4pack_for_cpu(whole.flatten(1).int(), 1)  # noqa: SLF001
    # A weight is (whole - 8) * scale + the second number.
    pairs = torch.cat((scales, lows + 8 * scales), -1).transpose(0, 1).bfloat16().contiguous()

    def product(x: Tensor) -> Tensor:
        rows = x.flatten(0, -2).bfloat16()
        y: Tensor = aten._weight_int4pack_mm_for_cpu(rows, packed, GROUP, pairs)  # noqa: SLF001
        y = y.float()
        return (y if bias is None else y + bias).view(*x.shape[:-1], -1)

    return product


def _steps_of_8_bits(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers from -127 to 127 (out, in), and the scale of each row (out, 1)."""
    scales = (weight.abs().amax(1, keepdim=True) / 127).clamp(min=1e-12)
    return (weight / scales).round().to(torch.int8), scales


def _steps_of_4_bits(weight: Tensor, group: int) -> tuple[Tensor, Tensor, Tensor]:
    """Whole numbers from 0 to 15 (out, groups, group), scales and lowest values (..., 1)."""
    columns = weight.reshape(len(weight), -1, group)
    lows = columns.amin(-1, keepdim=True)
    scales = ((columns.amax(-1, keepdim=True) - lows) / 15).clamp(min=1e-12)
    return ((columns - lows) / scales).round().to(torch.uint8), scales, lows


def _unpacked(weight: Tensor, bias: Tensor | None, kind: str) -> Product:
    if kind == "fp16":
        half = weight.half()
        return lambda x: F.linear(x, half.float(), bias)
    if kind == "int8":
        whole, scales = _steps_of_8_bits(weight)
        return lambda x: F.linear(x, whole * scales, bias)
    group = GROUP if weight.shape[1] % GROUP == 0 else weight.shape[1]
    steps, scales, lows = _steps_of_4_bits(weight, group)
    return lambda x: F.linear(x, (steps * scales + lows).flatten(1), bias)
