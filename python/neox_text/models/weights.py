"""Checkpoints: on disk the names and rows that transformers has, in memory ours."""

from __future__ import annotations

import os
import warnings
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from neox_text._repository import find
from neox_text._torch.packed import KINDS
from neox_text._torch.products import Linear, Packed, fastest, lay
from neox_text._torch.safetensors import entries, read, write
from neox_text.models.config import FAMILIES, HEADS, GPTConfig
from neox_text.models.gpt import Network

AnyNetwork = TypeVar("AnyNetwork", bound=Network)


def disk_names(model: Network, name: str) -> list[str]:
    """Give the names on disk of a parameter of the model: one, or those of q, k and v."""
    family = FAMILIES[model.config.model_type]
    parts = family["names"] | {"head": family["names"].get(model.disk_head, model.disk_head)}
    path = ".".join(parts.get(part, part) for part in name.split("."))
    if model.config.model_type == "gpt_neox_japanese":
        path = path.replace("attention.dense.bias", "attention.dense_bias")
    path = path if name.startswith("head.") else family["prefix"] + path
    return [path.format(part) for part in "qkv"] if "{}" in path else [path]


def row_order(config: GPTConfig) -> Tensor:
    """Give, for each of our rows of q, k and v (3, H, D), which it is on disk.

    There gpt_neox has (H, 3, D), and gptj (3, H, D) with the pairs that turn side by side.
    """
    heads, turning = config.num_attention_heads, config.rope["size"]
    rows = torch.arange(3 * config.hidden_size)
    if config.model_type != "gptj":
        return rows.view(heads, 3, -1).transpose(0, 1).flatten()
    rows = rows.view(3, heads, -1)
    pairs = rows[:2, :, :turning].reshape(2, heads, -1, 2).transpose(-1, -2).flatten(-2)
    return torch.cat((torch.cat((pairs, rows[:2, :, turning:]), -1), rows[2:])).flatten()


def load(
    kind: type[AnyNetwork], path: str | os.PathLike[str], device: torch.device,
    dtype: torch.dtype | str, quantize: str | None, new_head: bool,
) -> AnyNetwork:  # fmt: skip
    """Read a model, in eval mode: each weight once, straight into its place.

    `dtype` "auto" is what the configuration tells, else the file; `quantize` packs the products as
    "fp16", "int8" or "int4". A head that is not there is drawn if `new_head`, else an error.

    Raises:
        FileNotFoundError: no such directory, or a file of it is absent.
        ValueError: a damaged file, weights that are absent, surplus or of another shape, weights
            in `.bin` files alone, an unknown `dtype` or `quantize`.
    """
    folder = find(path, ["*.json", "*.safetensors"])
    config = GPTConfig.from_pretrained(folder)
    if quantize not in (None, *KINDS):
        raise ValueError(f"quantize {quantize!r} is none of {', '.join(KINDS)}")
    with torch.device("meta"):
        model = kind(config)
    prefix, head = FAMILIES[config.model_type]["prefix"], disk_names(model, "head.weight")[0]
    parameters, found = dict(model.named_parameters(remove_duplicate=False)), {}
    for name, entry in entries(folder).items():
        first, _, leaf = name.partition(".")
        if HEADS.get(first) == HEADS[kind.disk_head]:
            found[f"{head.removesuffix('weight')}{leaf}"] = entry
        elif first not in HEADS or not new_head:
            found[prefix * (not name.startswith((prefix, *HEADS))) + name] = entry
    tied = config.tie_word_embeddings and kind.disk_head == "lm"
    if tied and head not in found:
        del parameters["head.weight"]
    due = {name: disk_names(model, name) for name in parameters}
    new = {n for n in due if new_head and n.startswith("head.") and due[n][0] not in found}
    wanted = {each for name in due.keys() - new for each in due[name]}
    if wanted - {*found}:
        hint = " (new_head=True draws a head)" if head in wanted - {*found} else ""
        raise ValueError(f"{folder} has no weights {', '.join(sorted(wanted - {*found}))}{hint}")
    if {*found} - wanted:
        raise ValueError(f"{folder} has no place for {', '.join(sorted({*found} - wanted))}")
    if dtype == "auto":
        fields, on_disk = config.to_dict(), next(iter(found.values())).dtype
        named = fields.get("dtype") or fields.get("torch_dtype")
        dtype = "float32" if quantize else named or str(on_disk).removeprefix("torch.")
    kept = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(kept, torch.dtype) or not kept.is_floating_point:
        raise ValueError(f"dtype {dtype!r} is none that a model can have, such as float32")
    dense = not quantize and kept == torch.float32 and device.type == "cpu"
    order = row_order(config)
    for name, parameter in sorted(parameters.items(), key=lambda item: item[1].numel())[::-1]:
        owner, _, leaf = name.rpartition(".")
        module: Any = model.get_submodule(owner)
        if name in new:
            tensor = config.initializer_range * (leaf == "weight") * torch.randn(parameter.shape)
        else:
            tensor = read([found[each] for each in due[name]], [*parameter.shape])
            tensor = tensor[order] if ".qkv." in name else tensor
        setattr(module, leaf, nn.Parameter(tensor.to(device, None if quantize else kept)))
        del tensor  # which `lay` may turn: the head comes first, twice in memory for a moment
        if dense and leaf == "weight" and isinstance(module, Linear):
            lay(module, fastest(*module.weight.shape))
    if tied and ("head.weight" not in due or model.head.weight.equal(model.embed.weight)):
        model.head.weight = model.embed.weight
        lay(model.head, max(fastest(*model.head.weight.shape), 0) if dense else 0)
    elif tied:
        warnings.warn(f"{folder}: head and embeddings differ; both are kept", stacklevel=3)
    for name in [name for name, m in model.named_modules() if quantize and isinstance(m, Linear)]:
        module = model.get_submodule(name)
        model.set_submodule(name, Packed(module.weight, module.bias, str(quantize)))
    return model.to(kept).eval()


def save(model: Network, directory: str | os.PathLike[str], max_shard_size: int | str) -> None:
    """Write config.json and weights as transformers does; ValueError for packed weights."""
    if any(isinstance(module, Packed) for module in model.modules()):
        raise ValueError("packed weights cannot be saved: read the model without quantize")
    back, tensors = row_order(model.config).argsort(), dict[str, Tensor]()
    for name, parameter in model.named_parameters():
        tensor, names = parameter.detach().cpu().contiguous(), disk_names(model, name)
        parts = (tensor[back] if ".qkv." in name else tensor).chunk(len(names))
        parts = tuple(part.clone() for part in parts) if names[1:] else parts
        tensors |= dict(zip(names, parts, strict=True))
    write(directory, tensors, max_shard_size)
    kinds = [f"{FAMILIES[model.config.model_type]['class']}For{HEADS[model.disk_head]}"]
    dtype = str(model.embed.weight.dtype).removeprefix("torch.")
    fields = model.config.to_dict() | {"architectures": kinds, "dtype": dtype}
    fields.pop("torch_dtype", None)
    GPTConfig.from_dict(fields).save_pretrained(directory)
