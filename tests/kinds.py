"""Small tokenizers of several kinds, and texts that are hard for them."""

from __future__ import annotations

import functools
import json
import random
from typing import Any

from conftest import END, PAD, SENTENCES, trained
from tokenizers import processors

WORDS = SENTENCES.read_text(encoding="utf-8").split()
ODD = ["  ", "   ", "\n", " ", "e\u0301", "\U0001f600", END, f" {PAD}", "\u3000", "zzz", "'ll"]


@functools.cache
def _trained(neox: bool) -> str:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines(keepends=True)
    return json.dumps(trained(lines, neox=neox, vocab_size=600))


def spec(kind: str = "plain") -> dict[str, Any]:
    """A tokenizer.json as a value that may be changed.

    plain: as GPT-NeoX; template: with special tokens around a text; prefix: add_prefix_space;
    gpt2: as GPT-2.
    """
    made: dict[str, Any] = json.loads(_trained(kind != "gpt2"))
    if kind == "prefix":
        made["pre_tokenizer"]["add_prefix_space"] = True
    if kind == "template":
        template = processors.TemplateProcessing(
            single=f"{END} $A {PAD}",
            pair=f"{END} $A {PAD} $B:1 {PAD}:1",
            special_tokens=[(END, 0), (PAD, 1)],
        )
        made["post_processor"] = json.loads(template.__getstate__())
    return made


def draw_text(source: random.Random) -> str:
    """A short text of words, runs of spaces, marks, special tokens and odd characters."""
    drawn = [
        source.choice(WORDS if source.random() < 0.6 else ODD) for _ in range(source.randint(0, 8))
    ]
    return source.choice(("", " ")).join(drawn)
