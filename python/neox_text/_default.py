"""The tokenizers that are shipped: trained by scripts of the repository, read once.

What was read never changes and is shared; the object is new each time, since its `padding_side`
can be set.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neox_text._core import JapaneseTokenizer, Tokenizer

ASSETS = Path(__file__).parent / "assets"
END = "<|endoftext|>"


@functools.cache
def _read(cls: type[Tokenizer]) -> Tokenizer:
    return cls.from_file(ASSETS / "default.json")


def tokenizer(cls: type[Tokenizer]) -> Tokenizer:
    """The byte-level BPE: `scripts/train_default.py` made it."""
    named = {"bos_token": END, "eos_token": END, "unk_token": END, "pad_token": "<|padding|>"}
    return _read(cls)._with_settings(**named)


@functools.cache
def _read_japanese(cls: type[JapaneseTokenizer]) -> JapaneseTokenizer:
    return cls.from_pretrained(ASSETS / "japanese")


def japanese_tokenizer(cls: type[JapaneseTokenizer]) -> JapaneseTokenizer:
    """The Japanese one: a directory as `save_pretrained` writes it."""
    return _read_japanese(cls)._with_settings()
