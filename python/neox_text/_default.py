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
def _bpe() -> Tokenizer:
    from neox_text._core import Tokenizer

    return Tokenizer.from_file(ASSETS / "default.json")


def tokenizer(_: type[Tokenizer]) -> Tokenizer:
    """The byte-level BPE: `scripts/train_default.py` made it."""
    return _bpe()._with_settings(  # noqa: SLF001
        bos_token=END, eos_token=END, unk_token=END, pad_token="<|padding|>"
    )


@functools.cache
def _japanese() -> JapaneseTokenizer:
    from neox_text._core import JapaneseTokenizer

    return JapaneseTokenizer.from_pretrained(ASSETS / "japanese")


def japanese_tokenizer(_: type[JapaneseTokenizer]) -> JapaneseTokenizer:
    """The Japanese one: a directory as `save_pretrained` writes it."""
    return _japanese()._with_settings()  # noqa: SLF001
