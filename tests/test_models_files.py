"""Configurations and checkpoints: names of both versions, both directions, and what is refused."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import models_reference as reference
import pytest
import torch
import transformers
from models_reference import FAMILIES, ROPES, Fields, Pair, error
from neox_text.cli import main
from neox_text.models import GPT, GPTConfig, GPTForSequenceClassification
from neox_text.models.config import FIELDS
from neox_text.models.weights import disk_names, row_order
from safetensors.torch import load_file, save_file

BOUND = 1e-5
LONGROPE = {
    "rope_parameters": {"rope_type": "longrope", "short_factor": [1.0], "long_factor": [1.0]}
}
Tensors = dict[str, torch.Tensor]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def rewritten(folder: Path, target: Path, name: str = "config.json", **changes: Any) -> Path:
    """A copy whose JSON file has these keys changed, or taken out where None."""
    shutil.copytree(folder, target)
    fields = json.loads((target / name).read_text()) | changes
    kept = {key: value for key, value in fields.items() if value is not None}
    (target / name).write_text(json.dumps(kept))
    return target


def altered(pair: Pair, target: Path, change: Callable[[Tensors], object]) -> Path:
    """A copy whose tensors a function has changed."""
    shutil.copytree(pair.folder, target)
    tensors = load_file(pair.folder / "model.safetensors")
    change(tensors)
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(tensors, target / "model.safetensors", {"format": "pt"})
    return target


@torch.no_grad()
def same(folder: Path, pair: Pair) -> None:
    ids = pair.batch(9)["input_ids"]
    model = GPT.from_pretrained(folder)
    assert error(model(ids).logits, pair.oracle(input_ids=ids).logits) < BOUND


@pytest.mark.parametrize("family", FAMILIES)
def test_defaults(family: str) -> None:
    theirs, mine = transformers.AutoConfig.for_model(family), GPTConfig(family)
    common = {*transformers.PretrainedConfig().to_dict(), "is_decoder", "rope_parameters"}
    names = {*theirs.to_dict()} - common | {"hidden_size", "num_hidden_layers", "eos_token_id"}
    assert len(names) > 10
    for name in names:
        assert getattr(mine, name) == getattr(theirs, name), name


@pytest.mark.parametrize("kind", ROPES)
@pytest.mark.parametrize("family", FAMILIES[:2])
def test_names_of_version_4(family: str, kind: str, rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(reference.draw(family, rng, kind), tmp_path / "new")
    told = dict(pair.config.rope_parameters)
    old: Fields = {
        "rope_parameters": None,
        "dtype": None,
        "torch_dtype": "float32",
        "summary_type": "x",
    }
    old |= {
        "rotary_emb_base": told.pop("rope_theta"),
        "rotary_pct": told.pop("partial_rotary_factor"),
    }
    old["original_max_position_embeddings"] = told.get("original_max_position_embeddings")
    name = told.pop("rope_type")
    old["rope_scaling"] = None if name == "default" else {"type": name, **told}
    same(rewritten(pair.folder, tmp_path / "old", **old), pair)


@pytest.mark.parametrize("family", FAMILIES)
def test_unknown_fields_are_kept(family: str, rng: random.Random, tmp_path: Path) -> None:
    drawn = reference.draw(family, rng)
    drawn.save_pretrained(tmp_path / "a")
    folder = rewritten(tmp_path / "a", tmp_path / "b", my_note={"kept": [1, 2]}, rotary=True)
    read = GPTConfig.from_pretrained(folder)
    read.save_pretrained(tmp_path / "c")
    theirs, mine = (
        transformers.AutoConfig.from_pretrained(at).to_dict() for at in (folder, tmp_path / "c")
    )
    assert {k for k in theirs if theirs[k] != mine.get(k)} <= {
        "_name_or_path",
        "transformers_version",
    }
    assert read.my_note == {"kept": [1, 2]}
    assert GPTConfig.from_dict(read.to_dict()).to_dict() == read.to_dict()


def test_aliases_of_gptj() -> None:
    config = GPTConfig("gptj", hidden_size=64, n_head=4, rotary_dim=8)
    assert (config.n_embd, config.hidden_size, config.num_attention_heads) == (64, 64, 4)
    assert "hidden_size" not in config.to_dict()
    assert pickle.loads(pickle.dumps(config)).to_dict() == config.to_dict()
    with pytest.raises(AttributeError, match="rotary_pct"):
        _ = config.rotary_pct


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"model_type": "llama"}, "llama"),
        ({"model_type": None}, "None"),
        ({"hidden_size": 37}, "37"),
        ({"num_hidden_layers": 0}, "num_hidden_layers"),
        ({"vocab_size": "many"}, "many"),
        ({"hidden_act": "wave"}, "wave"),
        ({"rope_parameters": {"rope_type": "spiral"}}, "spiral"),
        ({"rope_parameters": {"rope_type": "linear"}}, "factor"),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 2.0}}, "low_freq_factor"),
        (LONGROPE,
         "short_factor"),
        ({"rope_parameters": {"partial_rotary_factor": 0.01}}, "turn"),
        ({"rope_parameters": {"rope_type": "dynamic", "factor": 2.0,
                              "partial_rotary_factor": 0.125}}, "turn"),
        ({"rope_parameters": [1]}, "rope_parameters"),
        ({"rope_scaling": {"type": "linear", "factor": "2"}}, "factor"),
        ({"rope_scaling": {"type": "yarn", "factor": -2.0}}, "factor"),
        ({"rotary_pct": float("nan")}, "rotary_pct"),
        ({"rotary_emb_base": 0}, "rotary_emb_base"),
        ({"hidden_size": True}, "hidden_size"),
        ({"intermediate_size": -1}, "intermediate_size"),
        ({"hidden_dropout": 1.5}, "hidden_dropout"),
        ({"layer_norm_eps": "small"}, "layer_norm_eps"),
        ({"initializer_range": -1}, "initializer_range"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings"),
        ({"eos_token_id": ["</s>"]}, "eos_token_id"),
        ({"hidden_act": ["gelu"]}, "hidden_act"),
        ({"id2label": 3}, "id2label"),
    ],
)  # fmt: skip
def test_configurations_refused(changes: dict[str, Any], word: str, tmp_path: Path) -> None:
    config = transformers.GPTNeoXConfig(hidden_size=64, num_attention_heads=4, num_hidden_layers=1)
    config.save_pretrained(tmp_path / "good")
    folder = rewritten(tmp_path / "good", tmp_path / "bad", **changes)
    with pytest.raises(ValueError, match=word):
        GPT(GPTConfig.from_pretrained(folder))


def test_no_value_brings_down_a_configuration(seed: int) -> None:
    """Whatever the value of a field, a model is made and runs, or the field is refused."""
    rng = random.Random(seed)
    values: list[Any] = [None, -1, 0, 1, 2, 3.5, 1e31, float("nan"), "x", "gelu", [], [1.0], {}]
    values += [{"a": 1}, {"rope_type": "yarn", "factor": []}, True, 2**70, [1.0] * 8]
    names = [*FIELDS]
    for number in range(900):
        family = FAMILIES[number % 3]
        fields: Fields = {"hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 1}
        fields |= {"vocab_size": 9, "rotary_dim": 8, "intermediate_size": 8}
        kind = rng.choice(ROPES)
        fields["rope_parameters"] = reference.rope(kind, 4 if family == "gpt_neox" else 16, rng)
        holder = rng.choice([fields, fields, fields["rope_parameters"]])
        holder[rng.choice([*holder] if holder is not fields else names)] = rng.choice(values)
        with contextlib.suppress(ValueError), torch.no_grad():
            GPT(GPTConfig(family, **fields)).eval()(torch.zeros(1, 3, dtype=torch.long))


def test_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        GPTConfig.from_pretrained(tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        GPTConfig.from_pretrained(tmp_path)
    for text in ("404: Not Found", "[1]", "null", "", "[" * 100_000, '{"model_type": ["gptj"]}'):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(ValueError, match=r"config\.json"):
            GPTConfig.from_pretrained(tmp_path)


@pytest.mark.parametrize("turning", [4, 12])
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_by_their_definition(family: str, turning: int) -> None:
    """Our row [part, head, i] is on disk where the family's own formula says."""
    heads, size = 3, 12
    fields: Fields = {"rotary_dim": turning} if family == "gptj" else {"rotary_pct": turning / size}
    config = GPTConfig(family, hidden_size=36, num_attention_heads=heads, **fields)
    order = row_order(config).view(3, heads, size)
    for part, head, i in torch.cartesian_prod(*map(torch.arange, (3, heads, size))).tolist():
        if family == "gptj":
            half = turning // 2
            on_disk = i if part == 2 or i >= turning else 2 * (i % half) + i // half
            due = part * heads * size + head * size + on_disk
        else:
            due = head * 3 * size + part * size + i
        assert order[part, head, i] == due


@pytest.mark.parametrize("number", range(12))
def test_read_by_transformers(number: int, seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"{seed} {number}")
    family = FAMILIES[number % 3]
    pair = Pair(reference.draw(family, rng), tmp_path / "theirs")
    one, many, ids = tmp_path / "one", tmp_path / "many", pair.batch(9)["input_ids"]
    pair.ours.save_pretrained(one)
    modes = {path.stat().st_mode for path in one.iterdir()}
    assert len(modes) == 1, "weights may be read by those who may read their configuration"
    pair.ours.save_pretrained(many, max_shard_size="5KB")
    assert len([*many.glob("model-*.safetensors")]) > 1
    mine, theirs = (
        load_file(one / "model.safetensors"),
        load_file(pair.folder / "model.safetensors"),
    )
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert json.loads((one / "config.json").read_text())["architectures"] == [
        type(pair.theirs).__name__
    ]
    for folder in (one, many):
        kind = transformers.AutoModelForCausalLM
        model, info = kind.from_pretrained(folder, output_loading_info=True)
        assert not any(info[f"{name}_keys"] for name in ("missing", "unexpected", "mismatched"))
        with torch.no_grad():
            assert error(model(ids).logits, pair.oracle(input_ids=ids).logits) < BOUND
        same(folder, pair)
    pair.ours.save_pretrained(many)
    assert sorted(path.name for path in many.iterdir()) == ["config.json", "model.safetensors"]
    pair.ours.save_pretrained(many, max_shard_size="5KB")
    assert not (many / "model.safetensors").exists()
    same(many, pair)


@pytest.mark.parametrize("family", FAMILIES)
def test_written_by_others(family: str, rng: random.Random, tmp_path: Path) -> None:
    config = reference.draw(family, rng, tie_word_embeddings=False)
    if family == "gpt_neox":
        config.attention_bias = True
    pair = Pair(config, tmp_path / "own")
    prefix = f"{pair.theirs.base_model_prefix}."
    layer = next(name for name in pair.theirs.state_dict() if ".0.att" in name).rpartition(
        ".0.att"
    )[0]
    attention = f"{layer}.0.{'attn' if family == 'gptj' else 'attention'}"

    def junk(tensors: Tensors) -> None:
        for name in ("bias", "masked_bias", "rotary_emb.inv_freq", "embed_positions"):
            tensors[f"{attention}.{name}"] = torch.ones(2, dtype=torch.uint8)

    def bare(tensors: Tensors) -> None:
        for name in list(tensors):
            tensors[name.removeprefix(prefix)] = tensors.pop(name)

    def renamed(tensors: Tensors) -> None:
        tensors["lm_head.weight"] = tensors.pop("embed_out.weight")

    for change in (junk, bare) if family == "gptj" else (junk, bare, renamed):
        same(altered(pair, tmp_path / change.__name__, change), pair)
    pair.theirs.save_pretrained(tmp_path / "shards", max_shard_size="5KB")
    same(tmp_path / "shards", pair)


@pytest.mark.parametrize("family", FAMILIES)
def test_tied(family: str, rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(reference.draw(family, rng, tie_word_embeddings=True), tmp_path / "own")
    assert pair.ours.head.weight is pair.ours.embed.weight
    name = disk_names(pair.ours, "head.weight")[0]

    def set_head(values: torch.Tensor) -> Callable[[Tensors], None]:
        return lambda tensors: tensors.update({name: values})

    embed = pair.theirs.get_input_embeddings().weight.detach()
    equal = GPT.from_pretrained(altered(pair, tmp_path / "equal", set_head(embed.clone())))
    assert equal.head.weight is equal.embed.weight
    folder = altered(pair, tmp_path / "differ", set_head(embed.flip(0)))
    with pytest.warns(UserWarning, match="both are kept"):
        differ = GPT.from_pretrained(folder)
    assert torch.equal(differ.head.weight, embed.flip(0))
    ids = pair.batch(9)["input_ids"]
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        assert error(differ(ids).logits, theirs(ids).logits) < BOUND
    pair.theirs.base_model.save_pretrained(tmp_path / "base")
    if family == "gptj":
        with pytest.raises(ValueError, match=r"lm_head\.bias"):
            GPT.from_pretrained(tmp_path / "base")
    else:
        same(tmp_path / "base", pair)


def test_a_new_head(rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(reference.draw("gpt_neox", rng, tie_word_embeddings=False), tmp_path)
    with pytest.raises(ValueError, match=r"score\.weight.*new_head"):
        GPTForSequenceClassification.from_pretrained(tmp_path)
    model = GPTForSequenceClassification.from_pretrained(tmp_path, new_head=True)
    assert torch.equal(model.embed.weight, pair.ours.embed.weight)
    assert 0.001 < float(model.head.weight.detach().std()) < 0.1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_dtype_is_the_files(dtype: torch.dtype, rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(reference.draw("gpt_neox", rng), tmp_path / "full")
    half, name = tmp_path / "half", str(dtype).removeprefix("torch.")
    pair.theirs.to(dtype).save_pretrained(half)
    folders = [half, rewritten(half, tmp_path / "a", dtype=None)]
    folders.append(rewritten(half, tmp_path / "b", dtype=None, torch_dtype=name))
    for folder in folders:
        model = GPT.from_pretrained(folder)
        assert {p.dtype for p in model.parameters()} == {dtype}
        again = folder / "again"
        model.save_pretrained(again)
        assert {p.dtype for p in GPT.from_pretrained(again).parameters()} == {dtype}
        full = GPT.from_pretrained(folder, dtype="float32")
        assert {p.dtype for p in full.parameters()} == {torch.float32}
    with pytest.raises(ValueError, match="int8"):
        GPT.from_pretrained(half, dtype=torch.int8)


def test_where_a_model_is_made(rng: random.Random, tmp_path: Path) -> None:
    """On the device of the call, or on torch's default one."""
    Pair(reference.draw("gptj", rng), tmp_path)
    with torch.device("meta"):
        assert {p.device.type for p in GPT.from_pretrained(tmp_path).parameters()} == {"meta"}
        there = GPT.from_pretrained(tmp_path, device="cpu").parameters()
        assert {p.device.type for p in there} == {"cpu"}
    there = GPT.from_pretrained(tmp_path, device="meta").parameters()
    assert {p.device.type for p in there} == {"meta"}


def test_files_refused(rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(reference.draw("gpt_neox", rng), tmp_path / "own")
    name = "gpt_neox.layers.0.attention.dense.weight"
    changes: list[tuple[str, Callable[[Tensors], object]]] = [
        (name, lambda t: t.pop(name)),
        (name, lambda t: t.update({name: torch.ones(3, 3)})),
        (name, lambda t: t.update({name: torch.tensor(1.0)})),
        ("surplus", lambda t: t.update({"surplus.weight": torch.ones(2)})),
        (
            "other_bias",
            lambda t: t.update({"gpt_neox.layers.0.attention.other_bias": torch.ones(2)}),
        ),
        ("I64", lambda t: t.update({name: torch.ones(3, 3, dtype=torch.long)})),
    ]
    for number, (word, change) in enumerate(changes):
        with pytest.raises(ValueError, match=word):
            GPT.from_pretrained(altered(pair, tmp_path / str(number), change))
    with pytest.raises(ValueError, match="int3"):
        GPT.from_pretrained(pair.folder, quantize="int3")
    with pytest.raises(ValueError, match="12 parsecs"):
        pair.ours.save_pretrained(tmp_path / "x", max_shard_size="12 parsecs")
    file = pair.folder / "model.safetensors"
    good = file.read_bytes()
    for bad in (good[:-9], b"", b"\xff" * 8 + good[8:], good[:8] + b"?" + good[9:], b"404"):
        file.write_bytes(bad)
        with pytest.raises(ValueError, match=r"model\.safetensors"):
            GPT.from_pretrained(pair.folder)
    for _ in range(80):
        place = rng.randrange(8 + int.from_bytes(good[:8], "little"))
        file.write_bytes(good[:place] + bytes([rng.randrange(256)]) + good[place + 1 :])
        with contextlib.suppress(ValueError):
            GPT.from_pretrained(pair.folder)
    file.unlink()
    with pytest.raises(FileNotFoundError, match="safetensors"):
        GPT.from_pretrained(pair.folder)


def test_shards_refused(rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(reference.draw("gpt_neox", rng), tmp_path / "own")
    shards, index = tmp_path / "shards", "model.safetensors.index.json"
    pair.ours.save_pretrained(shards, max_shard_size="5KB")
    told = json.loads((shards / index).read_text())["weight_map"]
    outside = {name: f"../shards/{file}" for name, file in told.items()}
    with pytest.raises(ValueError, match=r"\.\."):
        GPT.from_pretrained(rewritten(shards, tmp_path / "out", index, weight_map=outside))
    for number, bad in enumerate(([1], {"a": 1}, "x", None)):
        with pytest.raises(ValueError, match="index"):
            GPT.from_pretrained(rewritten(shards, tmp_path / f"i{number}", index, weight_map=bad))
    file = next(shards.glob("model-*.safetensors"))
    file.unlink()
    with pytest.raises(FileNotFoundError, match=file.name):
        GPT.from_pretrained(shards)


class Trap:
    """Unpickled, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


def test_convert(rng: random.Random, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = Pair(reference.draw("gpt_neox", rng, tie_word_embeddings=True), tmp_path / "own")
    weights = pair.theirs.state_dict()
    weights["gpt_neox.layers.0.attention.bias"] = torch.ones(4, dtype=torch.bool)
    one, many = (rewritten(pair.folder, tmp_path / name) for name in ("one", "many"))
    for folder in (one, many):
        (folder / "model.safetensors").unlink()
    torch.save(weights, one / "pytorch_model.bin")
    places = {}
    for number, name in enumerate(weights):
        places[name] = f"pytorch_model-{number:05}.bin"
        torch.save({name: weights[name]}, many / places[name])
    (many / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": places}))
    (many / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match="neox-text convert"):
        GPT.from_pretrained(one)
    for folder in (one, many):
        target = tmp_path / f"{folder.name}-converted"
        assert main(["convert", str(folder), str(target), "--max-shard-size", "20KB"]) == 0
        same(target, pair)
    assert (tmp_path / "many-converted" / "tokenizer.json").is_file()
    trapped = pickle.dumps({"gpt_neox.embed_in.weight": Trap(tmp_path / "sprung")}, 2)
    for bad in (trapped, b"", b"404: Not Found", pickle.dumps([1, 2])):
        (one / "pytorch_model.bin").write_bytes(bad)
        assert main(["convert", str(one), str(tmp_path / "bad")]) == 1
        assert "pytorch_model.bin" in capsys.readouterr().err
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "bad").exists()


@torch.no_grad()
@pytest.mark.parametrize(
    ("kind", "least", "most"), [("fp16", 1e-5, 1e-3), ("int8", 1e-3, 0.1), ("int4", 0.03, 0.3)]
)
def test_quantize(
    kind: str,
    least: float,
    most: float,
    rng: random.Random,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By torch's packed operations and without them; widths that those refuse among them."""
    for family, width in zip(FAMILIES, (64, 48, 64), strict=True):
        size: Fields = {
            "hidden_size": width,
            "num_attention_heads": 4,
            "num_hidden_layers": 2,
        }
        pair = Pair(reference.draw(family, rng, **size), tmp_path / family, spread=0.08)
        ids = pair.batch()["input_ids"]
        exact = pair.oracle(input_ids=ids).logits
        models = [GPT.from_pretrained(pair.folder, quantize=kind)]
        with monkeypatch.context() as patch:
            patch.setattr(torch, "ops", None)
            models.append(GPT.from_pretrained(pair.folder, quantize=kind))
            found = models[1](ids).logits
        for logits in (models[0](ids).logits, found):
            gap = (logits - exact).square().mean() / exact.square().mean()
            assert least < float(gap.sqrt()) <= most
        with pytest.raises(ValueError, match="packed"):
            models[0].save_pretrained(tmp_path / "no")


PUBLISHED: dict[str, dict[str, Any]] = {
    "without what came later": {
        "model_type": "gpt_neox", "hidden_size": 2560, "num_hidden_layers": 32, "rotary_pct": 0.25,
        "num_attention_heads": 32, "intermediate_size": 10240, "vocab_size": 50280,
        "rotary_emb_base": 10000, "torch_dtype": "bfloat16", "transformers_version": "4.25.1",
    },
    "sequential, all of a head turns": {
        "model_type": "gpt_neox", "hidden_size": 2816, "num_hidden_layers": 36, "rotary_pct": 1.0,
        "num_attention_heads": 22, "intermediate_size": 11264, "vocab_size": 32000,
        "use_parallel_residual": False, "torch_dtype": "float16",
    },
    "tied": {
        "model_type": "gpt_neox", "hidden_size": 3072, "num_hidden_layers": 30, "rotary_pct": 1.0,
        "num_attention_heads": 32, "intermediate_size": 12288, "vocab_size": 51200,
        "use_parallel_residual": False, "tie_word_embeddings": True,
    },
    "japanese": {
        "model_type": "gpt_neox_japanese", "hidden_size": 2560, "num_hidden_layers": 32,
        "num_attention_heads": 32, "vocab_size": 32000, "intermediate_multiple_size": 4,
        "bos_token_id": 31999, "eos_token_id": 31999, "rotary_pct": 1.0,
    },
    "gptj with another vocabulary": {
        "model_type": "gptj", "n_embd": 4096, "n_head": 16, "n_layer": 32, "vocab_size": 52512,
        "rotary": True, "rotary_dim": 64, "scale_attn_weights": True, "summary_type": "cls_index",
        "task_specific_params": {"text-generation": {"do_sample": True}},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_fields_of_published_models(name: str) -> None:
    """Every parameter of transformers on disk is one of ours, by name and shape."""
    fields = PUBLISHED[name]
    with torch.device("meta"):
        config = transformers.AutoConfig.for_model(**fields)
        theirs = transformers.AutoModelForCausalLM.from_config(config)
        mine = GPT(GPTConfig.from_dict(fields))
    assert sum(p.numel() for p in mine.parameters()) == sum(p.numel() for p in theirs.parameters())
    assert mine.blocks[0].parallel == getattr(config, "use_parallel_residual", "gptj" in name)
    renamed = {name.replace("embed_out", "lm_head") for name, _ in theirs.named_parameters()}
    names = {each for name, _ in mine.named_parameters() for each in disk_names(mine, name)}
    assert {name.replace("embed_out", "lm_head") for name in names} == renamed
