"""`neox-text train`: train a tokenizer."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from neox_text._commands.common import (
    Command,
    add_files,
    list_sources,
    natural,
    open_output,
    positive,
)
from neox_text._commands.kinds import BPE, JAPANESE, KINDS

if TYPE_CHECKING:
    from neox_text._commands.documents import Source


LONGEST = {"hiragana": 3, "katakana": 3, "kanji": 2}
ONLY = {  # options that one kind has alone
    BPE: ("special_token", "min_frequency", "space_runs", "normalizer"),
    JAPANESE: tuple(f"max_{script}" for script in LONGEST),
}


def _add_train(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument(
        "--kind", choices=KINDS, default=BPE,
        help="byte-level BPE (bpe, the default) or Japanese BPEEncoder V2 (japanese)",
    )  # fmt: skip
    parser.add_argument(
        "--vocab-size", type=positive, required=True, help="entries, those added among them"
    )
    parser.add_argument(
        "-o", "--output", metavar="PATH", required=True,
        help="the tokenizer.json to write, or with --kind japanese the directory for vocab.txt,"
        " emoji.json and tokenizer_config.json; they appear when they are whole",
    )  # fmt: skip
    parser.add_argument("--threads", type=positive, help="threads to use; all cores without")
    bpe = parser.add_argument_group("with --kind bpe")
    bpe.add_argument(
        "--special-token", action="append", metavar="TOKEN",
        help="a special token; the first has id 0, and so on; may be given again",
    )  # fmt: skip
    bpe.add_argument(
        "--min-frequency", type=natural, help="merge no pair that is rarer (default: 0)"
    )
    bpe.add_argument(
        "--space-runs", type=natural, metavar="N",
        help="add tokens for runs of 2 to N spaces, as GPT-NeoX has them up to 24",
    )  # fmt: skip
    bpe.add_argument(
        "--normalizer", choices=("nfc", "none"),
        help="NFC as GPT-NeoX has it (the default), or none as in GPT-2",
    )  # fmt: skip
    japanese = parser.add_argument_group("with --kind japanese")
    for script, most in LONGEST.items():
        japanese.add_argument(
            f"--max-{script}", type=positive, metavar="N",
            help=f"the longest entry of {script}, in characters (default: {most})",
        )  # fmt: skip


def _train(options: argparse.Namespace) -> None:
    for kind, names in ONLY.items():
        for name in names:
            if options.kind != kind and getattr(options, name) is not None:
                options.usage_error(f"--{name.replace('_', '-')} goes with --kind {kind}")
    (_train_japanese if options.kind == JAPANESE else _train_bpe)(options)


def _train_bpe(options: argparse.Namespace) -> None:
    from neox_text import train_bpe
    from neox_text._commands.progress import Progress

    with open_output(options) as out, Progress() as progress:
        tok = train_bpe(
            _texts(options, "\n"),
            options.vocab_size,
            special_tokens=options.special_token or (),
            min_frequency=options.min_frequency or 0,
            normalizer=None if options.normalizer == "none" else "nfc",
            space_runs=options.space_runs or 0,
            threads=options.threads,
            progress=progress,
        )
        out.write(tok.to_str().encode())


def _train_japanese(options: argparse.Namespace) -> None:
    from neox_text import train_japanese
    from neox_text._commands.progress import Progress

    if os.path.lexists(options.output) and not os.path.isdir(options.output):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), options.output)
    asked = {script: getattr(options, f"max_{script}") or most for script, most in LONGEST.items()}
    with Progress() as progress:
        tok, report = train_japanese(
            _texts(options, ""),
            options.vocab_size,
            max_length=asked,
            threads=options.threads,
            progress=progress,
        )
    tok.save_pretrained(options.output)
    for name, value in (
        ("ids", len(tok)),
        ("dead ids", len(report.dead_ids)),
        ("characters per token", f"{report.chars_per_token:.3f}"),
        ("lines that survive a round trip", f"{report.round_trip_rate:.2%}"),
    ):
        sys.stderr.write(f"{name:31} {value:>8}\n")


def _texts(options: argparse.Namespace, end: str) -> list[str] | Iterator[str]:
    """What to train on: the names of files, or texts where some are not read line by line."""
    sources = list_sources(options)
    if "-" in options.files or any(source.jsonl for source in sources):
        return _training_texts(sources, end)
    return list(options.files)


def _training_texts(sources: list[Source], line_end: str) -> Iterator[str]:
    """Lines with such ends, as a training on files has them, and the documents of .jsonl files."""
    from neox_text._commands.documents import documents

    for source in sources:
        end = "" if source.jsonl else line_end
        for block in documents(source):
            yield from (f"{text}{end}" for text in block.items)


COMMAND = Command(
    "train",
    "train a tokenizer",
    "Train on text files or .jsonl files. Byte-level BPE has the merges that tokenizers' trainer\n"
    "finds, and is written as a tokenizer.json. A Japanese vocabulary has n-grams of each script,\n"
    "and is written to a directory; standard error gets how many of its ids no text can produce,\n"
    "characters per token, and how many lines are the same after encoding and decoding.",
    "  neox-text train corpus.txt --vocab-size 32000 -o tokenizer.json\n"
    "  neox-text train a.jsonl b.txt --vocab-size 50000 --space-runs 24 \\\n"
    "      --special-token '<|endoftext|>' --special-token '<|padding|>' -o tokenizer.json\n"
    "  neox-text train --kind japanese novels.txt --vocab-size 32000 -o ja/",
    _add_train,
    _train,
)
