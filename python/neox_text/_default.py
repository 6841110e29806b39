"""The tokenizers that are shipped: trained by scripts of the repository, read once.

Tokenizers never change, so everybody may have the same one.
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
def tokenizer(cls: type[Tokenizer]) -> Tokenizer:
    """The byte-level BPE: `scripts/train_default.py` made it."""
    path = ASSETS / "default.json"
    return cls.from_file(path, bos_token=END, eos_token=END, unk_token=END, pad_token="<|padding|>")


@functools.cache
def japanese_tokenizer(cls: type[JapaneseTokenizer]) -> JapaneseTokenizer:
    """The Japanese one: a directory as `save_pretrained` writes it."""
    return cls.from_pretrained(ASSETS / "japanese")
