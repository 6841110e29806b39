"""Byte-level BPE of GPT-NeoX and GPT-2, and the Japanese BPEEncoder V2: exact, and much faster.

    from neox_text import JapaneseTokenizer, Tokenizer

    tok = Tokenizer.default()  # or .from_file("tokenizer.json"), .from_pretrained("owner/name")
    enc = tok.encode("Hello  world")
    enc.ids, enc.tokens, enc.offsets
    tok.decode(enc.ids)

    ja = JapaneseTokenizer.default()  # or .from_files("vocab.txt", "emoji.json")
    ja.encode("吾輩は猫である。").ids

Every name is documented in the type stub, `_core.pyi`, with units, shapes and errors;
`neox_text.japanese` has what works on Japanese text without a tokenizer.
"""

from neox_text._core import (
    AddedToken,
    Batch,
    DecodeStream,
    Encoding,
    InternalError,
    JapaneseTokenizer,
    NeoxTextError,
    Rewrite,
    Tokenizer,
    TrainReport,
    __version__,
    train_bpe,
    train_japanese,
)

__all__ = [
    "AddedToken",
    "AnyTokenizer",
    "Batch",
    "DecodeStream",
    "Encoding",
    "InternalError",
    "JapaneseTokenizer",
    "NeoxTextError",
    "Rewrite",
    "Tokenizer",
    "TrainReport",
    "__version__",
    "japanese",
    "train_bpe",
    "train_japanese",
]

TYPE_CHECKING = False  # as type checkers read it; `typing` is not worth its time at every start
if TYPE_CHECKING:
    from neox_text import japanese
    from neox_text._protocol import AnyTokenizer


def __getattr__(name: str) -> object:
    # The protocol needs `typing`, and both come when they are asked for.
    if name == "AnyTokenizer":
        from neox_text._protocol import AnyTokenizer

        return AnyTokenizer
    if name == "japanese":
        import importlib

        return importlib.import_module("neox_text.japanese")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
