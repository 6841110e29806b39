"""What a model gives, as transformers gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from typing_extensions import Self


class Output(tuple[Any, ...]):  # noqa: SLOT001  names are in its __dict__
    """A tuple whose entries have names too; what is None has a name alone, as in transformers."""

    loss: Tensor | None
    logits: Tensor
    start_logits: Tensor
    end_logits: Tensor
    past_key_values: Any
    hidden_states: tuple[Tensor, ...] | None
    attentions: tuple[Tensor, ...] | None

    def __new__(cls, **fields: Any) -> Self:
        """Make an output of these fields, in this order."""
        made = super().__new__(cls, [value for value in fields.values() if value is not None])
        made.__dict__.update(fields)
        return made
