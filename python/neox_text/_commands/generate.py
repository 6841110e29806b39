"""`neox-text generate`: what a model says after a prompt."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from neox_text._commands.common import Command, natural

if TYPE_CHECKING:
    from neox_text.models import TextGenerator

WANTED = ["*.json", "*.safetensors", "vocab.txt", "merges.txt"]


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", help="a directory with a model and its tokenizer, or a repository"
    )
    parser.add_argument(
        "--tokenizer", metavar="PATH", help="the tokenizer, where it is not in MODEL"
    )
    parser.add_argument(
        "--kind", choices=("bpe", "japanese"), help="of the tokenizer; without, as it looks"
    )
    parser.add_argument(
        "--dtype", default="auto", help="float32, float16, bfloat16; the file's without"
    )
    parser.add_argument("--device", help="cpu, cuda, cuda:1 ...; the processor without")
    parser.add_argument("--quantize", help="fp16, int8 or int4: weights in fewer bits")


def load_generator(options: argparse.Namespace) -> TextGenerator:
    """Read model and tokenizer; ImportError where torch is not installed."""
    from neox_text._commands.kinds import load_tokenizer
    from neox_text._repository import find

    try:
        from neox_text.models import GPT, TextGenerator
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError("a model needs torch: pip install neox-text[torch]") from None
    folder = str(find(options.model, WANTED))
    options.tokenizer = options.tokenizer or folder
    tokenizer = load_tokenizer(options)
    model = GPT.from_pretrained(
        folder, device=options.device, dtype=options.dtype, quantize=options.quantize
    )
    return TextGenerator(model, tokenizer)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("-p", "--prompt", metavar="TEXT", help="the prompt; standard input without")
    parser.add_argument("--max-new-tokens", type=natural, default=256, metavar="N", help="(256)")
    parser.add_argument("--temperature", type=float, help="draw ids; below 1 the likely ones more")
    parser.add_argument("--top-p", type=float, help="draw among the likeliest that have this share")
    parser.add_argument("--seed", type=int, help="the same seed gives the same text")
    parser.add_argument(
        "--stop",
        action="append",
        default=[],
        metavar="TEXT",
        help="end before this text; may be given again",
    )
    parser.add_argument(
        "--stream", action="store_true", help="write each character when it is there"
    )


def _generate(options: argparse.Namespace) -> None:
    prompt = options.prompt
    if prompt is None:
        prompt = sys.stdin.buffer.read().decode("utf-8").removesuffix("\n")
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
    "and a line end.",
    "  neox-text generate model/ -p '吾輩は' --max-new-tokens 100 --temperature 0.8 --stream\n"
    "  neox-text generate EleutherAI/pythia-70m --quantize fp16 < prompt.txt",
    _add_generate,
    _generate,
)
