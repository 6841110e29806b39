"""The tokenizer that is shipped: trained by `scripts/train_default.py`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neox_text._core import Tokenizer

END = "<|endoftext|>"


@functools.cache
def tokenizer(cls: type[Tokenizer]) -> Tokenizer:
    """Read once: tokenizers never change, so everybody may have the same one."""
    path = Path(__file__).parent / "assets" / "default.json"
    return cls.from_file(path, bos_token=END, eos_token=END, unk_token=END, pad_token="<|padding|>")
