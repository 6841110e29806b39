"""What may be given as a prompt: a text, or ids as a list, an array or a tensor."""

from __future__ import annotations

import operator
from typing import Any


def listed(prompts: Any) -> list[Any]:
    """Give one prompt or several as a list."""
    if isinstance(prompts, (str, bytes, dict)) or not hasattr(prompts, "__len__"):
        return [prompts]
    first = prompts[0] if len(prompts) else None
    one = first is not None and not isinstance(first, (str, bytes)) and not _several(first)
    return [prompts] if one else [*prompts]


def ids_of(prompt: Any, tokenizer: Any) -> list[int]:
    """Give the ids of a prompt.

    Raises:
        TypeError: it is neither text nor whole numbers.
        ValueError: it has no ids.
    """
    if isinstance(prompt, str):
        prompt = tokenizer(prompt)["input_ids"]
    elif isinstance(prompt, (bytes, dict)) or not hasattr(prompt, "__len__"):
        raise TypeError(f"a prompt is a text or its ids, not {type(prompt).__name__}")
    numbers = prompt.tolist() if hasattr(prompt, "tolist") else prompt
    try:
        ids = [operator.index(id) for id in numbers if not isinstance(id, bool)]
    except TypeError:
        ids = []
    if len(ids) < len(prompt):
        raise TypeError("the ids of a prompt have to be whole numbers in one row")
    if not ids:
        raise ValueError("a prompt has no ids")
    return ids


def _several(first: Any) -> bool:
    """Whether what begins so is many prompts: numbers of no dimension are those of one."""
    return getattr(first, "ndim", None) != 0 and hasattr(first, "__len__")
