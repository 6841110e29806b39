"""The tokenizer that is shipped: trained by `scripts/train_default.py`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neox_text._core import Tokenizer

NAMES = {f"{name}_token": "<|endoftext|>" for name in ("bos", "eos", "unk")}
NAMES["pad_token"] = "<|padding|>"


@functools.cache
def tokenizer(cls: type[Tokenizer]) -> Tokenizer:
    """Read once: tokenizers never change, so everybody may have the same one."""
    return cls.from_file(Path(__file__).parent / "assets" / "default.json", **NAMES)
