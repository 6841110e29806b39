"""Files of safetensors: where the tensors of a checkpoint lie, and writing one in shards."""

from __future__ import annotations

import ctypes
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch
    from torch import Tensor

ONE = "model.safetensors"
INDEX = "model.safetensors.index.json"
DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
# Tables that older versions of transformers wrote; `.attention.dense.bias` is none of them.
JUNK = (
    ".attention.bias", ".attention.masked_bias", ".attn.bias", ".attn.masked_bias",
    ".rotary_emb.inv_freq", ".embed_positions",
)  # fmt: skip


class Entry(NamedTuple):
    """A tensor in a file, `start` bytes from its beginning."""

    name: str
    file: Path
    dtype: torch.dtype
    shape: list[int]
    start: int

    def read(self) -> Tensor:
        """Read into aligned memory of its own: a map would show what becomes of the file.

        A map would also count twice in memory where rows are put into another order.
        """
        import torch

        tensor = torch.empty(self.shape, dtype=self.dtype)
        memory = (ctypes.c_char * tensor.nbytes).from_address(tensor.data_ptr())
        with self.file.open("rb") as file:
            file.seek(self.start)
            if file.readinto(memory) != tensor.nbytes:
                raise ValueError(f"{self.file} was cut while it was read")
        return tensor


def entries(folder: Path) -> dict[str, Entry]:
    """List the tensors of a directory by their names, but for junk.

    Raises:
        FileNotFoundError: there are no weights, or a shard is absent.
        ValueError: a file that is damaged or something else, or weights in `.bin` files alone.
    """
    found: dict[str, Entry] = {}
    for file in _files(folder):
        found.update(_header(file))
    return found


def read(parts: list[Entry], shape: list[int]) -> Tensor:
    """Read tensors as one, row behind row; ValueError unless that has the shape."""
    import torch

    there = [len(parts) * size for size in parts[0].shape[:1]] + parts[0].shape[1:]
    if there != shape:
        told = f"{parts[0].name} has the shape {there}, not {shape}"
        raise ValueError(f"{parts[0].file}: {told}")
    return torch.cat([part.read() for part in parts]) if parts[1:] else parts[0].read()


def _files(folder: Path) -> list[Path]:
    index = folder / INDEX
    if (folder / ONE).is_file() or not index.is_file():
        if not (folder / ONE).is_file() and any(folder.glob("*.bin")):
            raise ValueError(
                f"{folder} has its weights in .bin files, which can hold code;"
                " `neox-text convert FROM TO` makes safetensors of them"
            )
        return [folder / ONE]
    return [folder / name for name in shard_names(index)]


def shard_names(index: Path) -> list[str]:
    """Read the names of files in an index; ValueError where one lies outside of its directory."""
    try:
        names = {*json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()}
        outside = names - {os.path.basename(name) for name in names}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{index} is no index of files: {error!r}") from None
    if outside:
        raise ValueError(f"{index}: {min(outside)!r} lies outside of the directory")
    return sorted(names)


def _header(file: Path) -> dict[str, Entry]:
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with file.open("rb") as stream, safe_open(file, "pt"):  # which checks the whole header
            start = 8 + int.from_bytes(stream.read(8), "little")
            header: dict[str, Any] = json.loads(stream.read(start - 8))
    except SafetensorError as error:
        raise ValueError(f"{file} is no whole file of safetensors: {error}") from None
    header.pop("__metadata__", None)
    found = {}
    for name, told in header.items():
        if name.endswith(JUNK):
            continue
        if told["dtype"] not in DTYPES:
            raise ValueError(f"{file}: {name} has numbers of type {told['dtype']}")
        dtype = getattr(torch, DTYPES[told["dtype"]])
        found[name] = Entry(name, file, dtype, told["shape"], start + told["data_offsets"][0])
    return found


def write(
    directory: str | os.PathLike[str], tensors: dict[str, Tensor], max_shard_size: int | str
) -> None:
    """Write tensors that share no memory, in files up to a size such as "5GB".

    Files that an earlier model left in the directory, and that would be read with or in place of
    these, are removed.

    Raises:
        ValueError: a size that is none.
    """
    from safetensors.torch import save_file

    most = _bytes(max_shard_size)
    shards: list[list[str]] = [[]]
    held = 0
    for name, tensor in tensors.items():
        if shards[-1] and held + tensor.nbytes > most:
            shards.append([])
            held = 0
        shards[-1].append(name)
        held += tensor.nbytes
    names = [f"model-{i:05}-of-{len(shards):05}.safetensors" for i in range(1, len(shards) + 1)]
    names = names if len(names) > 1 else [ONE]
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    for file, shard in zip(names, shards, strict=True):
        new = folder / f"{file}.new"
        new.touch()
        mode = new.stat().st_mode  # safetensors lets nobody else read what it writes
        save_file({name: tensors[name] for name in shard}, new, {"format": "pt"})
        new.chmod(mode)
        new.replace(folder / file)
    for old in folder.glob("model*.safetensors*"):
        if old.name not in names and re.match(r"model(-\d{5}-of-\d{5})?\.", old.name):
            old.unlink()
    if len(names) > 1:
        places = {name: file for file, shard in zip(names, shards, strict=True) for name in shard}
        size = {"total_size": sum(tensor.nbytes for tensor in tensors.values())}
        told = json.dumps({"metadata": size, "weight_map": places}, indent=2)
        (folder / INDEX).write_text(f"{told}\n", encoding="utf-8")


def _bytes(size: int | str) -> int:
    told = re.fullmatch(r"(\d+) *(|[KMGT])(i?)B?", str(size))
    if told is None:
        raise ValueError(f"max_shard_size {size!r} is no size such as '5GB'")
    return int(int(told[1]) * (1024 if told[3] else 1000) ** " KMGT".index(told[2] or " "))
