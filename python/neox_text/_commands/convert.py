"""`neox-text convert`: a checkpoint of .bin files as safetensors."""

from __future__ import annotations

import argparse
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neox_text._commands.common import Command

if TYPE_CHECKING:
    from torch import Tensor

INDEX = "pytorch_model.bin.index.json"
INDICES = {INDEX, "model.safetensors.index.json"}
BESIDE = {".json", ".txt", ".model", ".jinja"}  # configuration and tokenizer
OLDEST = (2, 10)  # of torch: weights_only of older ones can be made to run code


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FROM", type=Path, help="a directory with .bin files")
    parser.add_argument("target", metavar="TO", type=Path, help="the directory to write")
    parser.add_argument(
        "--max-shard-size", default="5GB", metavar="SIZE", help="of a file, such as 500MB (5GB)"
    )


def _convert(options: argparse.Namespace) -> None:
    source, target = options.source, options.target
    try:
        import torch

        from neox_text._torch.safetensors import JUNK, write
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        raise ImportError(f"convert needs {error.name}: pip install neox-text[torch]") from None
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < OLDEST:
        raise ImportError(f"convert needs torch 2.10 or newer; this is {torch.__version__}")
    if not (source / "config.json").is_file():
        raise FileNotFoundError(f"{source / 'config.json'}: no such file")
    weights: dict[str, Tensor] = {}
    for path in _files(source):
        weights |= _read(path)
    for name in [*weights]:
        tensor = weights.pop(name)
        if not name.endswith(JUNK):  # safetensors has no views, and tied weights twice
            weights[name] = tensor.clone(memory_format=torch.contiguous_format)
    write(target, weights, options.max_shard_size)
    if target.resolve() == source.resolve():
        return
    for path in source.iterdir():
        if path.is_file() and path.suffix in BESIDE and path.name not in INDICES:
            shutil.copyfile(path, target / path.name)


def _files(source: Path) -> list[Path]:
    from neox_text._torch.safetensors import shard_names

    index = source / INDEX
    if not index.is_file():
        return [source / "pytorch_model.bin"]
    return [source / name for name in shard_names(index)]


def _read(path: Path) -> dict[str, Tensor]:
    """Read weights and nothing else: what a pickle would call is refused."""
    import pickle

    import torch

    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old protocols, which are what these files have
            found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        told = str(error).strip().partition("\n")[0].partition(". ")[0]  # advice to run it follows
        raise ValueError(f"{path} holds more than weights, or is damaged: {told}") from None
    if not isinstance(found, dict) or not all(torch.is_tensor(each) for each in found.values()):
        raise ValueError(f"{path} holds no table of weights")
    return found


COMMAND = Command(
    "convert",
    "a .bin checkpoint as safetensors",
    "Write the weights of .bin files as safetensors, with the configuration and the tokenizer\n"
    "beside them. Nothing else that a .bin file may hold is run or read.",
    "  neox-text convert old-model/ model/",
    _add_convert,
    _convert,
)
