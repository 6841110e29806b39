"""`neox-text train`: train byte-level BPE."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from neox_text._commands.common import (
    Command,
    add_files,
    add_output,
    list_sources,
    natural,
    open_output,
    positive,
)

if TYPE_CHECKING:
    from neox_text._commands.documents import Source


def _add_train(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument(
        "--vocab-size", type=positive, required=True, help="entries, those added among them"
    )
    add_output(parser, required=True)
    parser.add_argument(
        "--special-token", action="append", default=[], metavar="TOKEN",
        help="a special token; the first has id 0, and so on; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--min-frequency", type=natural, default=0, help="merge no pair that is rarer (default: 0)"
    )
    parser.add_argument(
        "--space-runs", type=natural, default=0, metavar="N",
        help="add tokens for runs of 2 to N spaces, as GPT-NeoX has them up to 24",
    )  # fmt: skip
    parser.add_argument(
        "--normalizer", choices=("nfc", "none"), default="nfc",
        help="NFC as GPT-NeoX has it (the default), or none as in GPT-2",
    )  # fmt: skip
    parser.add_argument("--threads", type=positive, help="threads to use; all cores without")


def _train(options: argparse.Namespace) -> None:
    from neox_text import train_bpe
    from neox_text._commands.progress import Progress

    sources = list_sources(options)
    files = "-" not in options.files and not any(source.jsonl for source in sources)
    with open_output(options) as out, Progress() as progress:
        tok = train_bpe(
            options.files if files else _training_texts(sources),
            options.vocab_size,
            special_tokens=options.special_token,
            min_frequency=options.min_frequency,
            normalizer=None if options.normalizer == "none" else options.normalizer,
            space_runs=options.space_runs,
            threads=options.threads,
            progress=progress,
        )
        out.write(tok.to_str().encode())


def _training_texts(sources: list[Source]) -> Iterator[str]:
    """Lines with their ends, as a training on files has them, and the documents of .jsonl files."""
    from neox_text._commands.documents import documents

    for source in sources:
        for block in documents(source):
            end = "" if source.jsonl else "\n"
            yield from (f"{text}{end}" for text in block.items)


COMMAND = Command(
    "train",
    "train a tokenizer",
    "Train byte-level BPE on text files or .jsonl files, with the merges that tokenizers'\n"
    "trainer finds, and write a tokenizer.json.",
    "  neox-text train corpus.txt --vocab-size 32000 -o tokenizer.json\n"
    "  neox-text train a.jsonl b.txt --vocab-size 50000 --space-runs 24 \\\n"
    "      --special-token '<|endoftext|>' --special-token '<|padding|>' -o tokenizer.json",
    _add_train,
    _train,
)
