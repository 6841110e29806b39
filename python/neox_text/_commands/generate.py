"""`neox-text generate`: what a model says after a prompt."""

from __future__ import annotations

import argparse
import math
import sys
from typing import TYPE_CHECKING, Any

from neox_text._commands.common import Command, natural
from neox_text._commands.kinds import KINDS

if TYPE_CHECKING:
    from neox_text.models import TextGenerator

WANTED = ["*.json", "*.safetensors", "vocab.txt", "merges.txt"]
DTYPES = ("auto", "float32", "float16", "bfloat16")
PACKINGS = ("fp16", "int8", "int4")


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", help="a directory with a model and its tokenizer, or a repository"
    )
    parser.add_argument(
        "--tokenizer", metavar="PATH", help="the tokenizer, where it is not in MODEL"
    )
    parser.add_argument("--kind", choices=KINDS, help="of the tokenizer; as it looks, without")
    parser.add_argument(
        "--dtype", choices=DTYPES, default="auto", help="of the weights; the file's own without"
    )
    parser.add_argument("--device", help="cpu, cuda, cuda:1 ...; the processor without")
    parser.add_argument(
        "--quantize", choices=PACKINGS, help="pack the weights in fewer bits: faster, less exact"
    )


def load_generator(options: argparse.Namespace) -> TextGenerator:
    """Read model and tokenizer; ImportError where torch is not installed."""
    from neox_text._commands.kinds import load_tokenizer
    from neox_text._repository import find

    try:
        import torch

        from neox_text.models import GPT, TextGenerator
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        raise ImportError(f"a model needs {error.name}: pip install neox-text[torch]") from None
    try:
        torch.empty(0, device=options.device)
    except (RuntimeError, AssertionError) as error:  # an unknown name, no such processor, no driver
        told = str(error).strip().partition("\n")[0]
        raise ValueError(f"--device {options.device}: {told}") from None
    folder = str(find(options.model, WANTED))
    options.tokenizer = options.tokenizer or folder
    tokenizer = load_tokenizer(options)
    model = GPT.from_pretrained(
        folder, device=options.device, dtype=options.dtype, quantize=options.quantize
    )
    return TextGenerator(model, tokenizer)


def as_text(data: bytes, name: str) -> str:
    """UTF-8 as text; ValueError with the place of what is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: byte {error.start} is not UTF-8") from None


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0; greedy is without it")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return number


_above_zero.__name__ = _share.__name__ = "number"  # argparse names the type in its message


def _add_generate(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("-p", "--prompt", metavar="TEXT", help="the prompt; standard input without")
    parser.add_argument(
        "--max-new-tokens", type=natural, default=256, metavar="N", help="end after so many (256)"
    )
    parser.add_argument(
        "--temperature", type=_above_zero, metavar="X",
        help="draw ids; below 1 the likely ones more often, above 1 less",
    )  # fmt: skip
    parser.add_argument(
        "--top-p", type=_share, metavar="X",
        help="draw among the likeliest ids that have this share together",
    )  # fmt: skip
    parser.add_argument(
        "--top-k", type=natural, default=50, metavar="N",
        help="where ids are drawn, among the N likeliest alone (50; 0: all)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, metavar="N", help="where ids are drawn, the same seed, the same text"
    )
    parser.add_argument(
        "--stop", action="append", default=[], metavar="TEXT",
        help="end before this text; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--stream", action="store_true", help="write each character the moment it is complete"
    )


def _generate(options: argparse.Namespace) -> None:
    prompt = options.prompt
    if prompt is None:
        prompt = as_text(sys.stdin.buffer.read(), "standard input").removesuffix("\n")
    told: dict[str, Any] = {"max_new_tokens": options.max_new_tokens, "stop": options.stop}
    drawn = {"temperature": options.temperature, "top_p": options.top_p}
    drawn = {name: value for name, value in drawn.items() if value is not None}
    if drawn:
        told |= {"do_sample": True, "seed": options.seed, **drawn}
    write = load_generator(options)
    if options.stream:
        for piece in write.stream(prompt, **told):
            _out(piece)
    else:
        _out(write(prompt, **told)[0].text)
    _out("\n")


def _out(text: str) -> None:
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


COMMAND = Command(
    "generate",
    "what a model says after a prompt",
    "Go on from a prompt, greedy unless --temperature or --top-p is given, and write the new text\n"
    "and a line end. All of standard input is one prompt, without its last line end.",
    "  neox-text generate model/ -p '吾輩は' --max-new-tokens 100 --temperature 0.8 --stream\n"
    "  neox-text generate EleutherAI/pythia-70m --quantize fp16 < prompt.txt",
    _add_generate,
    _generate,
)
