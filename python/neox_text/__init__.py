"""Byte-level BPE of GPT-NeoX and GPT-2: ids equal to `tokenizers`, and much faster.

    from neox_text import Tokenizer

    tok = Tokenizer.default()  # or .from_file("tokenizer.json"), .from_pretrained("owner/name")
    enc = tok.encode("Hello  world")
    enc.ids, enc.tokens, enc.offsets
    tok.decode(enc.ids)

Every name is documented in the type stub, `_core.pyi`, with units, shapes and errors.
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

TYPE_CHECKING = False  # as type checkers read it; `typing` is not worth its time at every start
if TYPE_CHECKING:
    from neox_text._protocol import AnyTokenizer


def __getattr__(name: str) -> object:
    # The protocol needs `typing`, so it comes when it is asked for.
    if name == "AnyTokenizer":
        from neox_text._protocol import AnyTokenizer

        return AnyTokenizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
