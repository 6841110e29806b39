"""The command `neox-text`: text to ids and back, counts, tokenizers, training, cleaning, models.

A command is one file of `_commands` and one entry of COMMANDS. What it needs is imported when it
runs, so that `--help` and errors are quick.
"""

from __future__ import annotations

import argparse
import os
import sys

from neox_text._commands import (
    clean,
    convert,
    count,
    decode,
    encode,
    generate,
    info,
    perplexity,
    train,
)

COMMANDS = (
    encode.COMMAND,
    decode.COMMAND,
    count.COMMAND,
    info.COMMAND,
    train.COMMAND,
    clean.COMMAND,
    generate.COMMAND,
    perplexity.COMMAND,
    convert.COMMAND,
)

EXIT_CODES = """exit codes:
  0  done            1  bad data, or a file that cannot be read or written
  2  wrong usage   130  interrupted"""


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; wrong usage ends in SystemExit(2)."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has enough. Python flushes once more at its end, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if options.debug:
            raise
        print(f"neox-text {options.command}: {_told(error)}", file=sys.stderr)
        return 1
    return 0


def _told(error: Exception) -> str:
    """An error as one line."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    elif isinstance(error, MemoryError):
        text = "out of memory"
    elif not isinstance(error, (OSError, ValueError, ImportError)):
        text = f"{type(error).__name__}: {text} (a defect; --debug shows where)"
    return " ".join(text.split())


def _parser() -> argparse.ArgumentParser:
    from neox_text import __version__

    parser = argparse.ArgumentParser(
        prog="neox-text",
        description="Tokenizers of GPT-NeoX: byte-level BPE, with ids equal to those of\n"
        "tokenizers, and Japanese BPEEncoder V2, with ids equal to those of transformers.\n"
        "Models of both families, and GPT-J, in torch.",
        epilog=f"neox-text COMMAND --help has options and examples.\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"neox-text {__version__}")
    choices = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        made = choices.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            epilog=f"examples:\n{command.examples}\n\n{EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_options(made)
        made.add_argument("--debug", action="store_true", help="show a traceback with an error")
        made.set_defaults(run=command.run, usage_error=made.error)
    return parser
