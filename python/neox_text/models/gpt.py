"""GPT-NeoX, GPT-NeoX-Japanese and GPT-J as one network; `heads` has what stands on it.

Shapes: B rows, T new ids, S ids seen with those of the cache, d hidden, H heads of D numbers, of
which R turn with their position, V vocabulary. What differs between the families:

                 gpt_neox                 gpt_neox_japanese         gptj
    residual     parallel or sequential   sequential                parallel, one norm for both
    biases       all (attention's: told)  of the last layer's out   of up, down and the head

As `weights` reads, q, k and v become one product (3, H, D), and (j, j + R / 2) the pairs that turn.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from neox_text._torch.output import Output
from neox_text._torch.products import Linear
from neox_text.models.config import GPTConfig
from neox_text.models.layers import ACTIVATIONS, Cache, rotary

if TYPE_CHECKING:
    from typing_extensions import Self


class Block(nn.Module):
    """Attention and feed-forward part, each behind its norm and added to what comes in."""

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        d, family, eps = config.hidden_size, config.model_type, config.layer_norm_eps
        japanese = family == "gpt_neox_japanese"
        inner = d * config.intermediate_multiple_size if japanese else config.intermediate_size
        bias = family == "gpt_neox" and config.attention_bias
        self.layer, self.heads, self.size = layer, config.num_attention_heads, config.rope["size"]
        self.parallel = family == "gptj" or (family == "gpt_neox" and config.use_parallel_residual)
        self.dropout, self.attention_dropout = config.hidden_dropout, config.attention_dropout
        self.activation = ACTIVATIONS[config.hidden_act]
        self.ln_1 = nn.LayerNorm(d, eps)
        self.ln_2 = None if family == "gptj" else nn.LayerNorm(d, eps)
        self.qkv = Linear(d, 3 * d, bias=bias)
        self.out = Linear(d, d, bias or (japanese and layer == config.num_hidden_layers - 1))
        self.up = Linear(d, inner or 4 * d, bias=not japanese)
        self.down = Linear(inner or 4 * d, d, bias=not japanese)

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | None, cache: Cache | None,
        factors: Tensor | None, eager: bool,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """Map x (B, T, d) to the same shape; mask (B or 1, 1, T, S) is true where ids may look.

        If `eager`, the probabilities (B, H, T, S) come too, multiplied by `factors` (H,).
        """
        rows, length, d = x.shape
        normed = self.ln_1(x)
        qkv = self.qkv(normed).view(rows, length, 3, self.heads, d // self.heads)
        qkv = rotate(qkv, *turn, self.size)
        q, kv = qkv[:, :, 0].transpose(1, 2), qkv[:, :, 1:].permute(2, 0, 3, 1, 4)
        k, v = kv if cache is None else cache.extend(self.layer, kv)  # each (B, H, S, D)
        rate, weights = self.attention_dropout if self.training else 0.0, None
        if eager:
            y, weights = attend(q, k, v, mask, rate, factors)
        else:
            causal = mask is None and length > 1
            y = F.scaled_dot_product_attention(q, k, v, mask, rate, causal)  # (B, H, T, D)
        attended = self.out(y.transpose(1, 2).reshape(rows, length, d))
        attended = F.dropout(attended, self.dropout, self.training)
        if not self.parallel:
            x = attended + x
        if self.ln_2 is not None:
            normed = self.ln_2(x)
        x = F.dropout(self.down(self.activation(self.up(normed))), self.dropout, self.training) + x
        return x + attended if self.parallel else x, weights


def rotate(qkv: Tensor, cos: Tensor, sin: Tensor, size: int) -> Tensor:
    """Turn q and k of (B, T, 3, H, D) by cosines and signed sines (B or 1, T, 1, 1, R)."""
    qk = qkv[:, :, :2, :, :size]
    rolled = qk.roll(size // 2, -1)
    if not torch.is_grad_enabled():
        qk.mul_(cos).addcmul_(rolled, sin)
        return qkv
    qk = torch.cat((qk * cos + rolled * sin, qkv[:, :, :2, :, size:]), -1)
    return torch.cat((qk, qkv[:, :, 2:]), 2)


def attend(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, rate: float, factors: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Attend in steps, for those who want the probabilities or multiply them by heads (H,)."""
    exact = torch.promote_types(q.dtype, torch.float32)
    scores = q.to(exact) @ k.to(exact).transpose(2, 3) / math.sqrt(q.shape[3])  # (B, H, T, S)
    mask = triangle(q.shape[2], k.shape[2], q.device) if mask is None else mask
    weights = F.dropout(scores.masked_fill(~mask, -math.inf).softmax(-1).to(v.dtype), rate)
    weights = weights if factors is None else weights * factors.to(v.dtype)[:, None, None]
    return weights @ v, weights


def triangle(length: int, seen: int, device: torch.device) -> Tensor:
    """Give what the last `length` of `seen` ids may see (T, S): themselves and all before them."""
    return torch.ones(length, seen, dtype=torch.bool, device=device).tril(seen - length)


class Network(nn.Module):
    """What the heads share; each says which families have it, and its name on disk."""

    families: tuple[str, ...] = ("gpt_neox", "gptj")
    disk_head: str
    bias = False
    prepare_inputs_for_generation = None  # peft asks for the name
    _answer: Any  # of each head: from states, ids and targets to logits and loss

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        d, family, causal = config.hidden_size, config.model_type, self.disk_head == "lm"
        if family not in self.families:
            raise ValueError(f"there is no {type(self).__name__} of {family}")
        if config.hidden_act not in ACTIVATIONS:
            raise ValueError(f"hidden_act {config.hidden_act!r} is none of {[*ACTIVATIONS]}")
        self.config, self.saving = config, False
        self.dropout = {"gpt_neox": "hidden_dropout", "gptj": "embd_pdrop"}.get(family)
        answers = {"lm": config.vocab_size, "qa_outputs": 2}.get(self.disk_head, config.num_labels)
        self.embed = nn.Embedding(config.vocab_size, d)
        self.blocks = nn.ModuleList(Block(config, i) for i in range(config.num_hidden_layers))
        self.norm = nn.LayerNorm(d, config.layer_norm_eps)
        self.head = Linear(d, answers, bias=self.bias or (causal and family == "gptj"))
        if causal and config.tie_word_embeddings:
            self.head.weight = self.embed.weight
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, 0.0, config.initializer_range)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(
        self, input_ids: Tensor | None = None, attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None, head_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None, past_key_values: Cache | None = None,
        labels: Tensor | None = None, start_positions: Tensor | None = None,
        end_positions: Tensor | None = None, use_cache: bool | None = None,
        output_attentions: bool | None = None, output_hidden_states: bool | None = None,
        logits_to_keep: int = 0, num_items_in_batch: Tensor | int | None = None,
        rope_len: int | None = None, return_dict: bool | None = None,  # noqa: ARG002
    ) -> Output:  # fmt: skip
        """Map ids (B, T) or embeddings (B, T, d) to what the head answers, with a loss for labels.

        `attention_mask` (B, S) is 0 where no id looks, those of the cache included; `position_ids`
        (B or 1, T) go on from the cache; `head_mask` (H,) or (layers, H) multiplies probabilities;
        `rope_len` as in `rotary`; the head sees the last `logits_to_keep` states, or all for 0.
        Raises ValueError for a wrong shape or type, IndexError for an id beyond the vocabulary.
        """
        x = self._embedded(input_ids, inputs_embeds)
        (rows, length, _), saving = x.shape, self.saving and self.training
        keep = (self.config.use_cache if use_cache is None else use_cache) and not saving
        cache = Cache(len(self.blocks)) if keep and past_key_values is None else past_key_values
        past = 0 if cache is None else cache.length
        if position_ids is None:
            position_ids = torch.arange(past, past + length, device=x.device)[None]
        need("position_ids", position_ids, (rows, length), (1, length))
        turn = rotary(self.config, position_ids, x.dtype, rope_len)
        factors: Any = [None] * len(self.blocks)
        if head_mask is not None:
            shape = (len(self.blocks), self.config.num_attention_heads)
            need("head_mask", head_mask, shape[1:], shape)
            factors = head_mask.expand(shape)
        mask = self._mask(attention_mask, rows, length, past + length, x.device)
        states, weights, eager = [], [], bool(output_attentions) or head_mask is not None
        if self.training and self.dropout:
            x = F.dropout(x, getattr(self.config, self.dropout))
        for block, factor in zip(self.blocks, factors, strict=True):
            states.append(x)
            given = (x, turn, mask, cache, factor, eager)
            x, seen = checkpoint(block, *given, use_reentrant=False) if saving else block(*given)
            weights.append(seen)
        if cache is not None:
            cache.length += length
        x = self.norm(x)
        targets = labels if start_positions is None else (start_positions, end_positions)
        return Output(
            **self._answer(x[:, -logits_to_keep:], input_ids, targets, num_items_in_batch),
            past_key_values=cache if keep else None,
            hidden_states=(*states, x) if output_hidden_states else None,
            attentions=tuple(weights) if output_attentions else None,
        )

    def _embedded(self, ids: Tensor | None, embeds: Tensor | None) -> Tensor:
        if embeds is not None and ids is None:
            need("inputs_embeds", embeds, (*embeds.shape[:2], self.config.hidden_size))
            return embeds
        if ids is None or embeds is not None:
            raise ValueError("give either input_ids or inputs_embeds")
        if ids.dim() != 2 or not ids.numel() or ids.dtype not in (torch.int64, torch.int32):
            raise ValueError(f"input_ids of {ids.dtype} {tuple(ids.shape)} are no int64 (B, T)")
        found: Tensor = self.embed(ids)
        return found

    def _mask(
        self, given: Tensor | None, rows: int, length: int, seen: int, device: torch.device
    ) -> Tensor | None:
        """Give what each id sees, (B or 1, 1, T, S); None where that is all before it."""
        if given is None:
            return None if length in (1, seen) else triangle(length, seen, device)
        need("attention_mask", given, (rows, seen))
        mask = given.bool()[:, None, None]
        if length > 1:  # an id that is hidden sees itself: a row with nothing to see is NaN
            before = triangle(length, seen, device)
            mask = (mask | before.triu(seen - length)) & before
        return mask

    def gradient_checkpointing_enable(self, *_: Any, **__: Any) -> None:
        """While training, keep what enters each block and compute the rest twice."""
        self.saving = True

    def gradient_checkpointing_disable(self) -> None:
        """Keep everything again."""
        self.saving = False

    @classmethod
    def from_pretrained(
        cls, path: str | os.PathLike[str], *, device: Any = None, dtype: Any = "auto",
        quantize: str | None = None, new_head: bool = False,
    ) -> Self:  # fmt: skip
        """Read a directory or repository of safetensors, in eval mode; see `weights.load`."""
        from neox_text.models.weights import load

        device = torch.get_default_device() if device is None else torch.device(device)
        with torch.device("cpu"):
            return load(cls, path, device, dtype, quantize, new_head)

    def save_pretrained(self, path: str | os.PathLike[str], max_shard_size: Any = "5GB") -> None:
        """Write config.json and safetensors as transformers does; see `weights.save`."""
        from neox_text.models.weights import save

        save(self, path, max_shard_size)


def need(name: str, given: Tensor, *shapes: tuple[int, ...]) -> None:
    """Raise ValueError unless a tensor has one of the shapes."""
    if given.shape not in shapes:
        due = " or ".join(str(tuple(shape)) for shape in shapes)
        raise ValueError(f"{name} has the shape {tuple(given.shape)}; it has to be {due}")
