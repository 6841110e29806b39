"""A model and its tokenizer as a model of lm-evaluation-harness (lm-eval 0.4)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neox_text.models import TextGenerator


def for_lm_eval(generator: TextGenerator) -> Any:
    """Give an object that `lm_eval.simple_evaluate(model=...)` takes.

    Raises:
        ImportError: lm-eval is not installed.
    """
    return _kind()(generator)


@functools.cache
def _kind() -> Any:
    import torch
    from lm_eval.api.model import TemplateLM

    class NeoxTextLM(TemplateLM):  # type: ignore[misc]
        """The three requests that a task makes, one text at a time."""

        def __init__(self, generator: TextGenerator) -> None:
            super().__init__()
            self.generator, self.model = generator, generator.model
            self.tokenizer = generator.tokenizer
            self.limit = int(self.model.config.max_position_embeddings)

        @property
        def eot_token_id(self) -> int:
            eos = self.model.config.eos_token_id
            ids = eos if isinstance(eos, (list, tuple)) else [eos]
            return int(ids[0] if ids[0] is not None else self.tokenizer.eos_token_id)

        @property
        def tokenizer_name(self) -> str:
            return str(getattr(self.tokenizer, "fingerprint", type(self.tokenizer).__name__))

        def tok_encode(self, string: str, **_: Any) -> list[int]:
            return list(self.tokenizer(string)["input_ids"])

        def _loglikelihood_tokens(
            self, requests: list[tuple[Any, list[int], list[int]]], **_: Any
        ) -> list[tuple[float, bool]]:
            return [self._score(context, more) for _, context, more in requests]

        @torch.inference_mode()
        def _score(self, context: list[int], more: list[int]) -> tuple[float, bool]:
            """The log-probability of ids behind others, and whether greedy would choose them."""
            ids = torch.tensor([[*context, *more][-self.limit - 1 :]])
            ids = ids.to(self.model.embed.weight.device)
            out = self.model(ids[:, :-1], use_cache=False, logits_to_keep=len(more))
            scores = out.logits[0].float().log_softmax(-1)
            due = ids[0, -len(scores) :]
            found = scores.gather(1, due[:, None]).sum()
            return float(found), bool((scores.argmax(1) == due).all())

        def loglikelihood_rolling(self, requests: list[Any], **_: Any) -> list[float]:
            """The log-probability of whole texts, cut into windows that do not overlap."""
            totals = []
            for (text,) in (request.args for request in requests):
                ids, total = [self.eot_token_id, *self.tok_encode(text)], 0.0
                for start in range(0, len(ids) - 1, self.limit):
                    part = ids[start : start + self.limit + 1]
                    total += self._score(part[:1], part[1:])[0]
                totals.append(total)
            return totals

        def generate_until(self, requests: list[Any], **_: Any) -> list[str]:
            texts = []
            for prompt, told in (request.args for request in requests):
                until = told.get("until") or []
                drawn = told.get("do_sample", False)
                more = {
                    k: told[k] for k in ("temperature", "top_p", "top_k") if drawn and k in told
                }
                count = int(told.get("max_gen_toks", 256))
                ids = self.tok_encode(prompt)[-max(1, self.limit - count) :]
                options = {"stop": until, "max_new_tokens": count, "do_sample": drawn, **more}
                texts.append(self.generator(ids, **options)[0].text)
            return texts

    return NeoxTextLM
