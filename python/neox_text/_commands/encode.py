"""`neox-text encode`: text to ids."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Any

from neox_text._commands.common import (
    Command,
    add_output,
    add_text,
    open_output,
    placed,
    read_blocks,
)
from neox_text._commands.kinds import id_limit, load_tokenizer

if TYPE_CHECKING:
    from neox_text import AnyTokenizer


def _add_encode(parser: argparse.ArgumentParser) -> None:
    add_text(parser)
    parser.add_argument(
        "--format", choices=("ids", "jsonl", "npy"),
        help="the ids of a document on a line (the default), an object with ids on a line,"
        " or one flat array of all ids",
    )  # fmt: skip
    add_output(parser)
    parser.add_argument(
        "--add-special-tokens", action=argparse.BooleanOptionalAction, default=True,
        help="add what the tokenizer's template adds to a text (the default)",
    )  # fmt: skip
    parser.add_argument(
        "--color",
        action="store_true",
        help="show the tokens in colours, spaces and line ends visible",
    )
    parser.add_argument("--ids", action="store_true", help="with --color: the id behind each token")


def _encode(options: argparse.Namespace) -> None:
    if options.color and options.format:
        options.usage_error("--color shows tokens and --format ids: only one of them can be had")
    if options.ids and not options.color:
        options.usage_error("--ids goes with --color; --format ids writes ids alone")
    tok = load_tokenizer(options)
    write = {"jsonl": _write_jsonl, "npy": _write_npy}.get(options.format, _write_ids)
    with open_output(options) as out:
        (_write_colored if options.color else write)(options, tok, out)


def _encoded(options: argparse.Namespace, tok: AnyTokenizer) -> Iterator[Any]:
    """A Batch a block."""
    how: dict[str, Any] = {
        "add_special_tokens": options.add_special_tokens,
        "special": options.special,
    }
    for source, block in read_blocks(options):
        yield placed(
            source,
            block,
            block.items,
            lambda texts: tok.encode_batch(texts, threads=options.threads, **how),
            lambda text: tok.encode(text, **how),
        )


def _numbers(tok: AnyTokenizer) -> list[str]:
    """All ids as text: to look them up is faster than to print them."""
    return [str(id) for id in range(id_limit(tok))]


def _write_ids(options: argparse.Namespace, tok: AnyTokenizer, out: IO[bytes]) -> None:
    number = _numbers(tok).__getitem__
    for batch in _encoded(options, tok):
        rows = (" ".join(map(number, row)) for row in batch.to_lists())
        out.write("".join(f"{row}\n" for row in rows).encode())


def _write_jsonl(options: argparse.Namespace, tok: AnyTokenizer, out: IO[bytes]) -> None:
    number = _numbers(tok).__getitem__
    for batch in _encoded(options, tok):
        rows = (", ".join(map(number, row)) for row in batch.to_lists())
        out.write("".join(f'{{"ids": [{row}]}}\n' for row in rows).encode())


def _write_npy(options: argparse.Namespace, tok: AnyTokenizer, out: IO[bytes]) -> None:
    import shutil
    import tempfile

    from neox_text._commands.npy import NpyWriter

    rewindable = options.output not in (None, "-") and out.seekable()
    with nullcontext(out) if rewindable else tempfile.TemporaryFile() as file:
        writer = NpyWriter(file, id_limit(tok))
        for batch in _encoded(options, tok):
            writer.add(batch.flat_ids)
        writer.close()
        if not rewindable:
            file.seek(0)
            shutil.copyfileobj(file, out)


def _write_colored(options: argparse.Namespace, tok: AnyTokenizer, out: IO[bytes]) -> None:
    from neox_text._commands.color import view

    how: dict[str, Any] = {
        "add_special_tokens": options.add_special_tokens,
        "special": options.special,
    }

    def show(text: str) -> str:
        return view(tok, tok.encode(text, **how), text, ids=options.ids)

    for source, block in read_blocks(options):
        shown = placed(source, block, block.items, lambda texts: [*map(show, texts)], show)
        out.write("".join(f"{line}\n" for line in shown).encode())


COMMAND = Command(
    "encode",
    "text to ids",
    "Encode documents: the lines of a text file or of standard input, the text of the objects\n"
    "of a .jsonl file. Writes the ids of a document on a line, or as --format says.",
    "  echo 'Hello world' | neox-text encode\n"
    "  neox-text encode --tokenizer gpt-neox-20b/ corpus.jsonl --format npy -o ids.npy\n"
    "  neox-text encode --color --ids README.md | less -R\n"
    "  echo '吾輩は猫である🐯' | neox-text encode --kind japanese",
    _add_encode,
    _encode,
)
