"""Byte-level BPE of GPT-NeoX and GPT-2: ids equal to `tokenizers`, and much faster.

from neox_text import Tokenizer

tok = Tokenizer.from_file("tokenizer.json")
ids = tok.encode("Hello  world").ids
"""

from neox_text._core import (
    AddedToken,
    Batch,
    DecodeStream,
    Encoding,
    InternalError,
    NeoxTextError,
    Tokenizer,
    __version__,
    train_bpe,
)

__all__ = [
    "AddedToken",
    "AnyTokenizer",
    "Batch",
    "DecodeStream",
    "Encoding",
    "InternalError",
    "NeoxTextError",
    "Tokenizer",
    "__version__",
    "train_bpe",
]


def __getattr__(name: str) -> object:
    # A protocol is for type checkers: `typing` is not worth its time at every start.
    if name == "AnyTokenizer":
        from neox_text._protocol import AnyTokenizer

        return AnyTokenizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
