"""`neox-text count`: how many tokens files have."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from neox_text._commands.common import Command, add_text, placed, read_blocks
from neox_text._commands.kinds import load_tokenizer


def _count(options: argparse.Namespace) -> None:
    tok = load_tokenizer(options)
    how: dict[str, Any] = {"add_special_tokens": False, "special": options.special}
    counts = [0] * len(options.files)
    for source, block in read_blocks(options):
        counts[source.number] += placed(
            source,
            block,
            block.items,
            lambda texts: sum(tok.encode_batch(texts, threads=options.threads, **how).lengths),
            lambda text: tok.encode(text, **how),
        )
    for path, count in zip(options.files, counts, strict=True):
        sys.stdout.write(f"{count}\n" if options.files == ["-"] else f"{count}\t{path}\n")
    if len(counts) > 1:
        sys.stdout.write(f"{sum(counts)}\ttotal\n")


COMMAND = Command(
    "count",
    "how many tokens files have",
    "Count the tokens of each file, and of all when there are several. Special tokens are not\n"
    "added, and line ends are not counted, as in encode.",
    "  neox-text count README.md src/*.py\n"
    "  neox-text count --tokenizer gpt-neox-20b/tokenizer.json corpus.jsonl\n"
    "  neox-text count --kind japanese novel.txt",
    add_text,
    _count,
)
