"""The heads: the next id, a class of the row, a class of each id, where an answer lies."""

from __future__ import annotations

import warnings
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from neox_text.models.gpt import Network, need


class GPT(Network):
    """The causal language model: each state gives the logits (B, T, V) of the next id.

    Labels (B, T) are the ids, of which -100 does not count; the loss is their mean, or their sum
    over `num_items_in_batch`.
    """

    families, disk_head = ("gpt_neox", "gpt_neox_japanese", "gptj"), "lm"

    def _answer(self, x: Tensor, _: Any, labels: Any, total: Any) -> dict[str, Any]:
        logits = self.head(x)
        if labels is None:
            return {"loss": None, "logits": logits}
        need("labels", labels, logits.shape[:2])
        return {"loss": entropy(logits[:, :-1], labels[:, 1:], total), "logits": logits}


class GPTForSequenceClassification(Network):
    """One answer (B, labels) for a row, at its rightmost id that is no pad."""

    disk_head = "score"

    def _answer(self, x: Tensor, ids: Any, labels: Any, total: Any) -> dict[str, Any]:
        pad, rows, last = self.config.pad_token_id, torch.arange(len(x), device=x.device), -1
        if pad is None and len(x) > 1:
            raise ValueError("more than one row needs pad_token_id in the configuration")
        if pad is not None and ids is not None:
            last = (torch.arange(ids.shape[1], device=x.device) * (ids != pad)).argmax(-1)
        elif pad is not None:
            warnings.warn("inputs_embeds do not tell pads: the last place is taken", stacklevel=4)
        logits, config = self.head(x[rows, last]), self.config
        if labels is None:
            return {"loss": None, "logits": logits}
        if config.problem_type is None:
            kind = "multi" if labels.is_floating_point() else "single"
            one = config.num_labels == 1
            config.problem_type = "regression" if one else f"{kind}_label_classification"
        if config.problem_type == "regression":
            loss = F.mse_loss(logits.squeeze(), labels.squeeze().to(logits.dtype))
        elif config.problem_type == "single_label_classification":
            loss = entropy(logits, labels.view(-1), total)
        else:
            loss = F.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
        return {"loss": loss, "logits": logits}


class GPTForTokenClassification(Network):
    """One answer (B, T, labels) for an id; labels (B, T) of -100 count for nothing."""

    families, disk_head, bias = ("gpt_neox",), "classifier", True

    def _answer(self, x: Tensor, _: Any, labels: Any, total: Any) -> dict[str, Any]:
        logits = self.head(F.dropout(x, self.config.classifier_dropout, self.training))
        loss = None if labels is None else entropy(logits, labels, total)
        return {"loss": loss, "logits": logits}


class GPTForQuestionAnswering(Network):
    """Where an answer begins and ends, logits (B, T) for each; places past the end do not count."""

    disk_head, bias = "qa_outputs", True

    def _answer(self, x: Tensor, _: Any, places: Any, __: Any) -> dict[str, Any]:
        (start, end), length = self.head(x).unbind(-1), x.shape[1]
        answer = {"loss": None, "start_logits": start, "end_logits": end}
        if places is not None:
            first, last = (place.view(-1).clamp(0, length) for place in places)
            loss = F.cross_entropy(start, first, ignore_index=length)
            answer["loss"] = (loss + F.cross_entropy(end, last, ignore_index=length)) / 2
        return answer


def entropy(logits: Tensor, labels: Tensor, total: Tensor | int | None = None) -> Tensor:
    """Give the mean loss of logits (..., n) for labels (...), or the sum of losses over `total`."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32)).flatten(0, -2)
    loss = F.cross_entropy(logits, labels.flatten(), reduction="mean" if total is None else "sum")
    return loss if total is None else loss / total
