"""`neox-text perplexity`: how surprising a text is to a model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neox_text._commands.common import Command, positive
from neox_text._commands.generate import add_model, as_text, load_generator


def _add_perplexity(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="one text; standard input without"
    )
    parser.add_argument(
        "--window", type=positive, metavar="N", help="ids seen at once; the model's context without"
    )
    parser.add_argument(
        "--stride", type=positive, metavar="N", help="ids between windows; half a window without"
    )


def _perplexity(options: argparse.Namespace) -> None:
    stdin = options.file == "-"
    data = sys.stdin.buffer.read() if stdin else Path(options.file).read_bytes()
    text = as_text(data, "standard input" if stdin else options.file)
    write = load_generator(options)
    from neox_text.models import perplexity

    figure = perplexity(
        write.model,
        text,
        tokenizer=write.tokenizer,
        window=options.window,
        stride=options.stride,
    )
    sys.stdout.write(f"{figure:.6g}\n")


COMMAND = Command(
    "perplexity",
    "how surprising a text is to a model",
    "Write the perplexity of a text, the exponential of the mean negative log-likelihood of its\n"
    "ids but the first.",
    "  neox-text perplexity model/ book.txt\n  neox-text perplexity model/ --stride 512 < book.txt",
    _add_perplexity,
    _perplexity,
)
