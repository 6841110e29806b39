"""From text to text: the generator, and what it streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import torch

from neox_text._prompts import ids_of, listed
from neox_text._stops import Tail
from neox_text._torch.step import state
from neox_text.models.generate import Options, Run
from neox_text.models.heads import GPT
from neox_text.models.layers import CHANGING, Cache


class Generation(NamedTuple):
    """What follows a prompt, alone; `finish_reason` is "length", "eos" or "stop"."""

    text: str
    ids: list[int]
    logprobs: list[dict[int, float]] | None
    finish_reason: str


class TextGenerator:
    """A model with its tokenizer: text in, text out.

    Any tokenizer will do that has `decode` and gives `input_ids` when called; with `decode_stream`,
    as ours have, each character leaves the moment it is complete. A prompt is a text or its ids.
    What a prompt alone left in the cache serves the next that begins with the same ids.
    """

    def __init__(self, model: GPT, tokenizer: Any) -> None:
        self.model, self.tokenizer = model, tokenizer
        self._kept: tuple[list[int], Cache, tuple[Any, ...]] | None = None

    @classmethod
    def demo(cls) -> TextGenerator:
        """Give the tiny Japanese model of this package: a demonstration, trained in minutes."""
        from neox_text import JapaneseTokenizer

        folder = Path(__file__).parent.parent / "assets" / "demo"
        return cls(GPT.from_pretrained(folder, dtype=torch.float32), JapaneseTokenizer.default())

    def __call__(
        self, prompts: Any, *, stop: str | Sequence[str] | None = (),
        include_stop: bool = False, **options: Any,
    ) -> list[Generation]:  # fmt: skip
        """Go on from one prompt or several: of each `num_return_sequences` texts, in order.

        The earliest stop string cuts the text, behind itself if `include_stop`; ids end with the
        one that completed it. All else is as in `generate`, ValueError included.
        """
        given, told = listed(prompts), Options(**options)
        count = len(given) * told.num_return_sequences
        tails = [Tail(self.tokenizer, stop, include=include_stop) for _ in range(count)]
        _, asked = [*self._run(given, tails, told)] if tails else [], told.return_logprobs > 0
        return [Generation(t.text, t.ids, t.notes if asked else None, t.reason) for t in tails]

    def stream(
        self, prompt: Any, *, stop: str | Sequence[str] | None = (),
        include_stop: bool = False, **options: Any,
    ) -> Iterator[str]:  # fmt: skip
        """Go on from a prompt piece by piece; the pieces join to the text that a call gives."""
        if options.get("num_return_sequences", 1) != 1:
            raise ValueError("a stream is one text: num_return_sequences has to be 1")
        tail = Tail(self.tokenizer, stop, include=include_stop)
        yield from filter(None, self._run([prompt], [tail], Options(**options)))

    def _run(self, prompts: list[Any], tails: list[Tail], options: Options) -> Iterator[str]:
        """Fill the tails; give what each step, and the end, add to the text of the first."""
        texts = [ids_of(prompt, self.tokenizer) for prompt in prompts]
        longest, device = max(map(len, texts)), self.model.embed.weight.device
        rows = [[0] * (longest - len(row)) + [*row] for row in texts]
        seen = [[0] * (longest - len(row)) + [1] * len(row) for row in texts]
        ids, mask = torch.tensor([rows, seen], device=device)
        run = Run(self.model, ids, mask, options)
        kept, self._kept, now = self._kept, None, state(self.model)
        if kept and kept[2] == now and len(run.rows) == 1:
            pairs = zip(kept[0], rows[0][:-1], strict=False)
            kept[1].length = len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])
            kept[1].capacity, run.cache = run.cache.capacity, kept[1]
        try:
            for chosen, best in run:
                pieces = []
                for i, tail in enumerate(tails):
                    pieces.append("" if tail.reason else tail.add(chosen[i], best and best[i]))
                    pieces[i] += tail.end("eos") if run.finished[i] else ""
                    run.finished[i] = bool(tail.reason)
                yield pieces[0]
            yield from [tail.end("length") for tail in tails][:1]
        finally:
            if now and len(run.rows) == 1 and self.model.config.rope["rope_type"] not in CHANGING:
                self._kept = run.rows[0][: run.cache.length], run.cache, now
