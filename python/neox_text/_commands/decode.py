"""`neox-text decode`: ids to text."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from neox_text._commands.common import (
    Command,
    add_files,
    add_output,
    add_tokenizer,
    list_sources,
    open_output,
    placed,
)
from neox_text._commands.kinds import id_limit, load_tokenizer

if TYPE_CHECKING:
    from io import BufferedReader

    import numpy as np
    from numpy.typing import NDArray

    from neox_text import AnyTokenizer
    from neox_text._commands.documents import Source


def _add_decode(parser: argparse.ArgumentParser) -> None:
    add_files(parser, "what encode writes: lines of ids, .jsonl or .npy, told by the content")
    add_tokenizer(parser)
    parser.add_argument(
        "--format", choices=("text", "jsonl"), default="text",
        help="the text of a document on a line (the default), or an object with text on a line",
    )  # fmt: skip
    add_output(parser)
    parser.add_argument(
        "--skip-special-tokens", action="store_true", help="leave special tokens out of the text"
    )


def _decode(options: argparse.Namespace) -> None:
    from neox_text._commands.npy import MAGIC

    tok = load_tokenizer(options)
    with open_output(options) as out:
        for source in list_sources(options):
            with source.open() as file:
                if file.peek(len(MAGIC)).startswith(MAGIC):
                    _write_array_text(options, tok, source, file, out)
                    continue
                for texts in _line_texts(options, tok, source, file):
                    if options.format == "jsonl":
                        texts = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
                    out.write("".join(f"{text}\n" for text in texts).encode())


def _line_texts(
    options: argparse.Namespace, tok: AnyTokenizer, source: Source, file: BufferedReader
) -> Iterator[list[str]]:
    """The texts of lines of ids, block by block."""
    from neox_text._commands.documents import id_rows, lines

    skip = options.skip_special_tokens
    for block in lines(source.name, file):
        yield placed(
            source,
            block,
            [*id_rows(source.name, block)],
            lambda rows: tok.decode_batch(rows, skip_special_tokens=skip),
            lambda row: tok.decode(row, skip_special_tokens=skip),
        )


def _write_array_text(
    options: argparse.Namespace,
    tok: AnyTokenizer,
    source: Source,
    file: BufferedReader,
    out: IO[bytes],
) -> None:
    """Write the one text of an array, piece by piece where the format lets it."""
    pieces = _array_pieces(options, tok, source, file)
    if options.format == "jsonl":
        pieces = iter([json.dumps({"text": "".join(pieces)}, ensure_ascii=False)])
    for piece in pieces:
        out.write(piece.encode())
    out.write(b"\n")


def _array_pieces(
    options: argparse.Namespace, tok: AnyTokenizer, source: Source, file: BufferedReader
) -> Iterator[str]:
    import codecs

    import numpy as np

    blocks = _checked_blocks(tok, source, file)
    if not _decodes_bytes(tok, options.skip_special_tokens):
        ids = np.concatenate([np.zeros(0, dtype=np.uint16), *blocks])
        yield tok.decode(ids, skip_special_tokens=options.skip_special_tokens)
        return
    special = [id for id, token in tok.added_tokens.items() if token.special]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for ids in blocks:
        kept = ids[~np.isin(ids, special)] if options.skip_special_tokens else ids
        yield decoder.decode(tok.decode_bytes(kept))
    yield decoder.decode(b"", final=True)


def _decodes_bytes(tok: AnyTokenizer, skip_special_tokens: bool) -> bool:
    """Whether the text of ids is that of their bytes, so that an array need not be held whole."""
    from neox_text import Tokenizer

    if isinstance(tok, Tokenizer):
        return True
    made: dict[str, object] = getattr(tok, "options", {})
    return made.get("lossless") is True and made.get("strip") is False and not skip_special_tokens


def _checked_blocks(
    tok: AnyTokenizer, source: Source, file: BufferedReader
) -> Iterator[NDArray[np.integer[Any]]]:
    """The ids of an array, block by block; DataError where one is out of range."""
    import numpy as np

    from neox_text._commands.documents import DataError
    from neox_text._commands.npy import npy_blocks

    at, limit = 0, id_limit(tok)
    for ids in npy_blocks(source.name, file):
        wrong = np.flatnonzero((ids < 0) | (ids >= limit))
        if len(wrong):
            raise DataError(
                f"{source.name}: id {ids[wrong[0]]} at index {at + wrong[0]} is out of range,"
                f" the vocabulary has {limit}"
            )
        at += len(ids)
        yield ids


COMMAND = Command(
    "decode",
    "ids to text",
    "Decode what encode writes: ids on lines, objects with ids, or an .npy array.\n"
    "Writes the text of a document on a line; an array is one document.",
    "  echo '5 42 7' | neox-text decode\n"
    "  neox-text decode ids.jsonl --format jsonl -o texts.jsonl\n"
    "  neox-text decode --kind japanese ids.npy",
    _add_decode,
    _decode,
)
