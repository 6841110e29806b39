"""How surprising a text is to a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812

if TYPE_CHECKING:
    from torch import Tensor

    from neox_text.models import GPT


@torch.inference_mode()
def perplexity(
    model: GPT, text: str | Sequence[int] | Tensor, *, tokenizer: Any = None,
    window: int | None = None, stride: int | None = None,
) -> float:  # fmt: skip
    """Give the exponential of the mean negative log-likelihood of all ids but the first.

    Windows of `window` ids (all of the context) begin `stride` (half a window) apart, and an id
    counts in the first that holds it. Raises ValueError for fewer than two ids, a text without a
    tokenizer, and a stride that leaves an id with nothing before it.
    """
    from neox_text.models.generate import check

    if isinstance(text, str):
        if tokenizer is None:
            raise ValueError("the perplexity of a text needs its tokenizer")
        text = tokenizer(text)["input_ids"]
    ids = torch.as_tensor(text, device=model.embed.weight.device)
    ids = ids[0] if ids.dim() == 2 and len(ids) == 1 else ids
    if ids.dim() != 1:
        raise ValueError(f"ids of the shape {tuple(ids.shape)} are not those of one text")
    window = model.config.max_position_embeddings if window is None else window
    stride, total, done = max(1, window // 2) if stride is None else stride, 0.0, 1
    if len(ids) < 2:
        raise ValueError(f"{len(ids)} ids have no perplexity: the first has nothing before it")
    if window < 2:
        raise ValueError(f"window is {window}; it has to hold two ids")
    if not 0 < stride < window:
        raise ValueError(f"stride is {stride}; it has to be above 0 and below the window, {window}")
    for start in range(0, max(1, len(ids) - window + stride), stride):
        part = ids[start : start + window]
        check(model, part[None])
        fresh = start + len(part) - done
        logits = model(part[None], use_cache=False, logits_to_keep=fresh + 1).logits[0, :-1]
        total += F.cross_entropy(logits.float(), part[-fresh:], reduction="sum").item()
        done += fresh
    return math.exp(total / (len(ids) - 1))
