"""What the values of a model's configuration may be, by the kind that `families.json` says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def _number(value: Any) -> bool:
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return real and abs(value) < 2**63 and not math.isnan(value)


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**31


KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "count": ("a whole number of at least 0", lambda value: _whole(value, 0)),
    "seed": (
        "a whole number of 64 bits",
        lambda value: isinstance(value, int) and -(2**63) <= value < 2**64,
    ),
    "size": ("a whole number above 0", lambda value: _whole(value, 1)),
    "length": ("a whole number above 1", lambda value: _whole(value, 2)),
    "id": ("an id or a list of ids", lambda v: all(_whole(i, 0) for i in _listed(v))),
    "share": ("a number from 0 to 1", lambda value: _number(value) and 0 <= value <= 1),
    "amount": ("a number of at least 0", lambda value: _number(value) and value >= 0),
    "positive": ("a number above 0", lambda value: _number(value) and value > 0),
    "base": ("a number above 1", lambda value: _number(value) and value > 1),
    "factors": (
        "a list of numbers above 0",
        lambda value: isinstance(value, list) and all(_number(x) and x > 0 for x in value),
    ),
    "flag": ("true or false", lambda value: isinstance(value, bool)),
    "name": ("a string", lambda value: isinstance(value, str)),
    "table": ("an object", lambda value: isinstance(value, dict)),
}


def _listed(value: Any) -> list[Any]:
    return [*value] if isinstance(value, (list, tuple)) else [value]


def check(fields: dict[str, Any], kinds: dict[str, str]) -> None:
    """Raise ValueError by name for a value that is not of its kind, in objects within too.

    A kind that ends in `?` allows None; fields without a kind may be anything.
    """
    for name, value in fields.items():
        kind = kinds.get(name)
        if kind is None or (value is None and kind.endswith("?")):
            continue
        told, holds = KINDS[kind.removesuffix("?")]
        if not holds(value):
            raise ValueError(f"{name} is {value!r:.60}; it has to be {told}")
        if isinstance(value, dict):
            check(value, kinds)


OPTIONS = {
    "max_new_tokens": "count", "min_new_tokens": "count", "do_sample": "flag",
    "temperature": "positive", "top_k": "count?", "top_p": "share", "min_p": "share",
    "repetition_penalty": "positive", "no_repeat_ngram_size": "count", "eos_token_id": "id?",
    "pad_token_id": "id?", "num_return_sequences": "size", "seed": "seed?",
    "return_logprobs": "count", "rope_len": "size?",
}  # fmt: skip
