"""Generation id by id, with the ids that transformers' `generate` gives for the same seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from neox_text import _fields
from neox_text._torch.output import Output
from neox_text._torch.replay import Replay
from neox_text._torch.step import Step, plain
from neox_text.models.heads import GPT
from neox_text.models.layers import CHANGING, Cache, rotary


@dataclass(frozen=True, kw_only=True)
class Options:
    """How ids are chosen; names and meanings are those of transformers.

    Greedy unless `do_sample`; `seed` or `generator` stand in for torch's own, which is left alone.
    Eos and pad are by default those of config.json; `rope_len` as in `rotary`, for all steps.
    """

    max_new_tokens: int = 256
    min_new_tokens: int = 0
    do_sample: bool = False
    temperature: float = 1.0
    top_k: int = 50
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    eos_token_id: int | Sequence[int] | None = None
    pad_token_id: int | None = None
    num_return_sequences: int = 1
    seed: int | None = None
    generator: torch.Generator | None = None
    return_logprobs: int = 0
    rope_len: int | None = None

    def __post_init__(self) -> None:
        _fields.check(vars(self), _fields.OPTIONS)
        if self.seed is not None and self.generator is not None:
            raise ValueError("give either seed or generator")
        if self.num_return_sequences > 1 and not self.do_sample:
            raise ValueError("num_return_sequences above 1 needs do_sample: greedy gives but one")


class Run:
    """One generation; iterate for the ids (rows) of each step and their log-probabilities.

    Rows are the prompts, each `num_return_sequences` times; `finished` ones, which may be changed
    between steps, get pads, and all finished is the end. `static` steps have one shape.
    """

    def __init__(self, model: GPT, ids: Tensor, mask: Tensor | None, options: Options) -> None:
        check(model, ids)
        if mask is not None and (mask.shape != ids.shape or not mask[:, -1].all()):
            raise ValueError(f"attention_mask has to be {tuple(ids.shape)}, with pads on the left")
        self.model, self.options, self.prompt, config = model, options, ids, model.config
        self.mask = None if mask is None or mask.all() else mask.bool()  # (B, T), then (rows, S)
        eos = config.eos_token_id if options.eos_token_id is None else options.eos_token_id
        self.eos = [] if eos is None else [eos] if isinstance(eos, int) else [*eos]
        pads = (options.pad_token_id, config.pad_token_id, *self.eos, 0)
        self.pad = next(pad for pad in pads if pad is not None)
        if self.pad >= config.vocab_size:
            raise ValueError(f"pad_token_id {self.pad} is beyond the vocabulary")
        self.generator = options.generator
        if options.seed is not None:
            self.generator = torch.Generator(ids.device).manual_seed(options.seed)
        self.rows = [[*row] for row in ids.tolist() for _ in range(options.num_return_sequences)]
        self.finished = [False] * len(self.rows)
        self.cache = Cache(len(model.blocks), ids.shape[1] + options.max_new_tokens)
        self.static, self.replay = ids.is_cuda, Replay(self._static)
        self.quick: Step | None = None

    @torch.inference_mode()
    def __iter__(self) -> Iterator[tuple[list[int], list[dict[int, float]] | None]]:
        best, logprobs, chosen = self.options.return_logprobs, None, self.prompt
        for step in range(self.options.max_new_tokens):
            scores = self._step(chosen[:, None]) if step else self._prefill()
            chosen = self._choose(scores, step)
            ids = chosen.tolist()
            if best:
                values = scores.log_softmax(-1)
                tops = values.topk(min(best, values.shape[1])).indices.tolist()
                each = zip(values, ids, tops, strict=True)
                logprobs = [{id: float(row[id]) for id in (own, *top)} for row, own, top in each]
            if any(self.finished):
                pairs = zip(ids, self.finished, strict=True)
                chosen = chosen.new_tensor(ids := [self.pad if done else id for id, done in pairs])
            for number, id in enumerate(ids):
                self.rows[number].append(id)
                self.finished[number] = self.finished[number] or id in self.eos
            yield ids, logprobs
            if all(self.finished):
                return

    def _prefill(self) -> Tensor:
        """Give the scores (rows, V) behind the prompts; what the cache holds is not computed."""
        cache, mask, rope_len = self.cache, self.mask, self.options.rope_len
        times, config = self.options.num_return_sequences, self.model.config
        cache.place = positions = None
        if mask is not None:
            positions = (mask.cumsum(1) - 1).clamp(min=0)
            self.next = positions[:, -1:].repeat_interleave(times, 0)
            self.mask = F.pad(mask, (0, self.options.max_new_tokens), value=True)
            self.mask = self.mask.repeat_interleave(times, 0)
        scores = self._scores(self.prompt[:, cache.length :], mask, positions)
        if times > 1:
            cache.held = [kv if kv is None else kv.repeat_interleave(times, 1) for kv in cache.held]
        changing = config.rope["rope_type"] in CHANGING and rope_len is None
        if not changing and not self.static and plain(self.model):
            places = torch.arange(cache.capacity, device=self.prompt.device)
            turn = rotary(config, places, self.model.norm.weight.dtype, rope_len)
            self.quick = Step(self.model, cache, turn, len(self.rows))
        return scores.repeat_interleave(times, 0)

    def _step(self, ids: Tensor) -> Tensor:
        """Give the scores (rows, V) behind ids (rows, 1)."""
        seen, mask, positions = self.cache.length + 1, None, None
        if self.mask is not None:
            mask, positions = self.mask[:, :seen], self.next.add_(1)
        if self.quick is not None:
            return self.quick(ids, mask, positions)
        if not self.static:
            return self._scores(ids, mask, positions)
        room = next(kv.shape[3] for kv in self.cache.held if kv is not None)
        places = torch.arange(room, device=ids.device)
        if mask is None or positions is None:
            mask = (places < seen).expand(len(ids), -1)
            positions = places[seen - 1].expand(len(ids), 1)
        mask = F.pad(mask, (0, room - mask.shape[1]))
        scores = self.replay(ids, mask, positions, places[seen - 1 : seen])
        self.cache.length = seen
        return scores

    def _static(self, ids: Tensor, mask: Tensor, positions: Tensor, place: Tensor) -> Tensor:
        self.cache.place, self.cache.length = place, mask.shape[1] - 1
        return self._scores(ids, mask, positions)

    def _scores(self, ids: Tensor, mask: Tensor | None, positions: Tensor | None) -> Tensor:
        out: Output = self.model(
            ids, mask, positions, past_key_values=self.cache, use_cache=True, logits_to_keep=1,
            rope_len=self.options.rope_len,
        )  # fmt: skip
        return out.logits[:, -1].float()

    def _choose(self, scores: Tensor, step: int) -> Tensor:
        """Choose ids (rows,) by scores (rows, V), filtered in the order that transformers has."""
        options, away, n = self.options, -math.inf, self.options.no_repeat_ngram_size
        by, count = options.repetition_penalty, scores.shape[1]
        ids = torch.tensor(self.rows, device=scores.device) if by != 1 or n else scores
        if by != 1:
            pads = ids < 0 if self.mask is None else self.mask[:, : ids.shape[1]].cumsum(1) == 0
            seen = torch.zeros_like(F.pad(scores, (0, 1)), dtype=torch.bool)
            seen.scatter_(1, ids.masked_fill(pads, count), 1)
            less = torch.where(scores < 0, scores * by, scores / by)
            scores = torch.where(seen[:, :count], less, scores)
        if n and ids.shape[1] >= n:
            windows = ids.unfold(1, n, 1)  # (rows, windows, n)
            hits = (windows[..., :-1] == ids[:, None, ids.shape[1] - n + 1 :]).all(-1)
            scores = scores.clone()
            scores[hits.nonzero()[:, 0], windows[..., -1][hits]] = away
        if step < options.min_new_tokens:
            scores = scores.clone()
            scores[:, [id for id in self.eos if id < count]] = away
        if not options.do_sample:
            return scores.max(-1).indices  # quicker than argmax
        scores = scores / options.temperature
        if options.top_k:
            least = scores.topk(min(options.top_k, count)).values[:, -1:]
            scores = scores.masked_fill(scores < least, away)
        if options.top_p < 1:
            kept = int((scores > away).sum(1).max())
            values, places = (each.flip(1) for each in scores.topk(kept))  # ascending
            drop = values.softmax(1).cumsum(1) <= 1 - options.top_p
            drop[:, -1] = False
            scores = scores.scatter(1, places, values.masked_fill(drop, away))
        if options.min_p:
            shares = scores.softmax(1)
            scores = scores.masked_fill(shares < options.min_p * shares.amax(1, keepdim=True), away)
        return torch.multinomial(scores.softmax(1), 1, generator=self.generator)[:, 0]


def generate(
    model: GPT, input_ids: Tensor, *, attention_mask: Tensor | None = None, **options: Any
) -> Any:
    """Give the prompts with what follows them, (B * num_return_sequences, T + new).

    `input_ids` (B, T) have pads on the left, which `attention_mask` (B, T) tells; rows that are
    done get pads; `options` are those of `Options`. `return_logprobs=n` gives (ids, logprobs), for
    each row and new id a dict from id to the natural logarithm of its probability under the model
    itself, of the id chosen and the n best. Raises ValueError for an option out of its range, ids
    beyond the vocabulary, a prompt longer than `max_position_embeddings`.
    """
    run = Run(model, input_ids, attention_mask, Options(**options))
    told = [logprobs for _, logprobs in run]
    ids = input_ids.new_tensor(run.rows)
    if not run.options.return_logprobs:
        return ids
    return ids, [[*row] for row in zip(*told, strict=True)]


def check(model: GPT, ids: Tensor) -> None:
    """Raise ValueError unless ids (B, T) are of the vocabulary and fit into the context."""
    most, count = model.config.max_position_embeddings, model.config.vocab_size
    if ids.dim() != 2 or ids.is_floating_point() or not ids.numel():
        raise ValueError(f"input_ids have the shape {tuple(ids.shape)}, which is no (rows, length)")
    if ids.shape[1] > most:
        raise ValueError(f"a prompt of {ids.shape[1]} ids is longer than the context of {most}")
    for id in (int(ids.min()), int(ids.max())):
        if not 0 <= id < count:
            raise ValueError(f"id {id} is beyond the vocabulary of {count}")
