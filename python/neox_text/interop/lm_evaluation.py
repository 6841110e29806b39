"""A model and its tokenizer as a model of lm-evaluation-harness (lm-eval 0.4)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neox_text.models import TextGenerator

LENGTHS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
DRAWING = ("temperature", "top_k", "top_p", "min_p", "seed")
SHAPING = ("repetition_penalty", "no_repeat_ngram_size")


def for_lm_eval(generator: TextGenerator) -> Any:
    """Give an object that `lm_eval.simple_evaluate(model=...)` takes.

    Its scores and texts are those of lm-eval's own `hf` model over the same weights and ids.

    Raises:
        ImportError: lm-eval is not installed.
    """
    return _kind()(generator)


@functools.cache
def _kind() -> Any:
    import torch
    from lm_eval.api.model import TemplateLM
    from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

    class NeoxTextLM(TemplateLM):  # type: ignore[misc]
        """The three requests that a task makes, one text at a time."""

        def __init__(self, generator: TextGenerator) -> None:
            super().__init__()
            self.generator, self.model = generator, generator.model
            self.tokenizer = generator.tokenizer
            self.limit = int(self.model.config.max_position_embeddings)

        @property
        def eot_token_id(self) -> int:
            told = getattr(self.tokenizer, "eos_token_id", None)
            told = self.model.config.eos_token_id if told is None else told
            ids = told if isinstance(told, (list, tuple)) else [told]
            if not ids or ids[0] is None:
                raise ValueError("neither tokenizer nor configuration has an eos token")
            return int(ids[0])

        @property
        def prefix_token_id(self) -> int:
            first = getattr(self.tokenizer, "bos_token_id", None)
            return self.eot_token_id if first is None else int(first)

        @property
        def tokenizer_name(self) -> str:
            return str(getattr(self.tokenizer, "fingerprint", type(self.tokenizer).__name__))

        def tok_encode(
            self, string: str, add_special_tokens: bool | None = None, **_: Any
        ) -> list[int]:
            told = {"add_special_tokens": add_special_tokens}
            told = {} if add_special_tokens is None else told
            return list(self.tokenizer(string, **told)["input_ids"])

        def _loglikelihood_tokens(
            self, requests: list[tuple[Any, list[int], list[int]]], **_: Any
        ) -> list[tuple[float, bool]]:
            return [self._score(context, more) for _, context, more in requests]

        @torch.inference_mode()
        def _score(self, context: list[int], more: list[int]) -> tuple[float, bool]:
            """The log-probability of ids behind others, and whether greedy would choose them."""
            if len(more) > self.limit:
                raise ValueError(f"{len(more)} ids to score, in a context of {self.limit}")
            ids = torch.tensor([[*context, *more][-self.limit - 1 :]])
            ids = ids.to(self.model.embed.weight.device)
            out = self.model(ids[:, :-1], use_cache=False, logits_to_keep=len(more))
            scores = out.logits[0].float().log_softmax(-1)
            due = ids[0, -len(scores) :]
            found = scores.gather(1, due[:, None]).sum()
            return float(found), bool((scores.argmax(1) == due).all())

        def loglikelihood_rolling(self, requests: list[Any], **_: Any) -> list[float]:
            """The log-probability of whole texts, each id seen once, in windows of the context."""
            totals = []
            for (text,) in (request.args for request in requests):
                windows = get_rolling_token_windows(
                    self.tok_encode(text), self.prefix_token_id, self.limit, context_len=1
                )
                totals.append(sum(self._score(*make_disjoint_window(pair))[0] for pair in windows))
            return totals

        def generate_until(self, requests: list[Any], **_: Any) -> list[str]:
            texts = []
            for prompt, told in (request.args for request in requests):
                count = int(next((told[name] for name in LENGTHS if told.get(name)), 256))
                drawn = bool(told.get("do_sample", False)) and told.get("temperature", 1.0) > 0
                kept = (*SHAPING, *DRAWING) if drawn else SHAPING
                options = {name: told[name] for name in kept if name in told}
                if self.limit <= count:
                    raise ValueError(f"{count} new ids leave no room in a context of {self.limit}")
                (made,) = self.generator(
                    self.tok_encode(prompt)[-(self.limit - count) :],
                    stop=told.get("until") or (),
                    max_new_tokens=count,
                    do_sample=drawn,
                    eos_token_id=self.eot_token_id,
                    **options,
                )
                texts.append(made.text)
            return texts

    return NeoxTextLM
