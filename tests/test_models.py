"""The networks are those of transformers: a grid of tiny random models, each head, each rope."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import models_reference as reference
import pytest
import torch
import transformers
from models_reference import FAMILIES, ROPES, VOCABULARY, Fields, Pair, error
from neox_text.models import GPT, GPTConfig
from neox_text.models.gpt import rotate
from neox_text.models.layers import rotary

BOUND = 1e-5
COUNT = 108  # of configurations
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory, seed: int) -> list[Pair]:
    rng, pairs = random.Random(f"grid {seed}"), []
    for i in range(COUNT):
        family = FAMILIES[i % 3]
        kind = "default" if family == "gptj" else ROPES[i // 3 % 6]
        folder = tmp_path_factory.mktemp(f"{i}-{family}-{kind}")
        pairs.append(Pair(reference.draw(family, rng, kind), folder))
    return pairs


def worst(pairs: list[Pair], measure: Any, bound: float = BOUND) -> None:
    assert pairs
    for pair in pairs:
        found = measure(pair)
        assert found <= bound, f"relative error {found:.2g} of {pair}"


def test_logits_and_loss(grid: list[Pair]) -> None:
    def measure(pair: Pair) -> float:
        given = pair.batch()
        given = {"input_ids": given["input_ids"], "labels": given["labels"]}
        mine, theirs = pair.ours(**given), pair.oracle(**given)
        assert mine[0] is mine.loss
        embeds = pair.theirs.get_input_embeddings()(given["input_ids"])
        again = pair.ours(inputs_embeds=embeds).logits
        pairs = (mine.logits, theirs.logits), (mine.loss, theirs.loss), (again, theirs.logits)
        return max(error(a, b) for a, b in pairs)

    with torch.no_grad():
        worst(grid, measure)


def test_loss_over_a_given_number(grid: list[Pair]) -> None:
    given = {**grid[0].batch(), "num_items_in_batch": 7}
    del given["position_ids"], given["attention_mask"]
    mine, theirs = grid[0].ours(**given), grid[0].oracle(**given)
    assert error(mine.loss.detach(), theirs.loss) < BOUND


@torch.no_grad()
def test_left_padding_and_inside(grid: list[Pair]) -> None:
    def measure(pair: Pair) -> float:
        given = pair.batch(24)
        del given["labels"]
        given["attention_mask"][0, 5:8] = 0  # a hole
        keep, errors = given["attention_mask"].bool(), []
        for told in (given, {k: v for k, v in given.items() if k != "position_ids"}):
            asked = {**told, "output_hidden_states": True, "output_attentions": True}
            plain, mine, theirs = pair.ours(**told), pair.ours(**asked), pair.oracle(**asked)
            errors += [error(out.logits[keep], theirs.logits[keep]) for out in (plain, mine)]
            states = [torch.stack([*out.hidden_states])[:, keep] for out in (mine, theirs)]
            weights = [torch.stack([*out.attentions]) for out in (mine, theirs)]
            weights = [each.transpose(2, 3)[:, keep] for each in weights]
            errors += [error(*states), error(*weights)]
        return max(errors)

    worst(grid, measure)


@torch.no_grad()
def test_cached_decode(grid: list[Pair]) -> None:
    """In parts of 5, 1, 1 and 5: what a changing rope has turned stays as it was, so no longer."""

    def measure(pair: Pair) -> float:
        given = pair.batch(12)
        mask, positions = given["attention_mask"], given["position_ids"]
        out, past = [], None
        for a, b in itertools.pairwise((0, 5, 6, 7, 12)):
            got = pair.ours(
                given["input_ids"][:, a:b], mask[:, :b], positions[:, a:b],
                past_key_values=past, use_cache=True,
            )  # fmt: skip
            past = got.past_key_values
            out.append(got.logits)
        whole = pair.oracle(
            input_ids=given["input_ids"], attention_mask=mask, position_ids=positions
        )
        return error(torch.cat(out, 1)[mask.bool()], whole.logits[mask.bool()])

    worst(grid, measure)


def test_cache_with_gradients(grid: list[Pair]) -> None:
    """With gradients nothing is written in place: those of a text in two parts are those of one."""
    for pair in grid[:3]:
        ids, model, found = pair.batch(12)["input_ids"], pair.ours, []
        for cuts in ((0, 12), (0, 7, 12)):
            model.zero_grad()
            past, loss = None, torch.zeros(())
            for a, b in itertools.pairwise(cuts):
                out = model(ids[:, a:b], past_key_values=past, use_cache=True)
                past, loss = out.past_key_values, loss + out.logits.square().sum()
            loss.backward()
            found.append([p.grad.clone() for p in model.parameters()])
        model.zero_grad()
        assert max(error(a, b) for a, b in zip(*found, strict=True)) < BOUND


@torch.no_grad()
def test_head_mask(grid: list[Pair]) -> None:
    """Probabilities of a head times f are its columns of the product behind them times f."""

    def measure(pair: Pair) -> float:
        layers, heads = pair.config.num_hidden_layers, pair.config.num_attention_heads
        factors = torch.tensor(
            [[0.0, 0.5, 1.0][(i * 7 + heads) % 3] for i in range(layers * heads)]
        )
        factors, ids = factors.view(layers, heads), pair.batch(16)["input_ids"]
        names = ("attention.dense.weight", "out_proj.weight")
        outs = [p for name, p in pair.theirs.named_parameters() if name.endswith(names)]
        kept = [p.clone() for p in outs]
        for weight, row in zip(outs, factors, strict=True):
            weight *= row.repeat_interleave(weight.shape[1] // heads)
        due = pair.oracle(input_ids=ids).logits
        for weight, before in zip(outs, kept, strict=True):
            weight.copy_(before)
        found = error(pair.ours(ids, head_mask=factors).logits, due)
        return max(
            found, 0 if layers > 1 else error(pair.ours(ids, head_mask=factors[0]).logits, due)
        )

    worst(grid, measure)


def test_gradients(grid: list[Pair], tmp_path: Path) -> None:
    """One step of descent in float64, seen through the names on disk."""
    from safetensors.torch import load_file

    def stepped(
        model: Any, given: dict[str, torch.Tensor], folder: Path
    ) -> dict[str, torch.Tensor]:
        model.save_pretrained(folder / "before")
        model(**given).loss.backward()
        torch.optim.SGD(model.parameters(), lr=1.0).step()
        model.save_pretrained(folder / "after")
        a, b = (load_file(folder / name / "model.safetensors") for name in ("before", "after"))
        return {name: a[name] - b[name] for name in a}

    for number, pair in enumerate(grid):
        given = pair.batch(16)
        given["labels"] = given["labels"].masked_fill(given["position_ids"] == 0, -100)
        models = (
            GPT.from_pretrained(pair.folder, dtype=torch.float64),
            reference.in_double(pair.folder),
        )
        mine, theirs = (stepped(m, given, tmp_path / f"{number}-{i}") for i, m in enumerate(models))
        assert mine.keys() == theirs.keys()
        for name, due in theirs.items():
            if due.abs().max() > 1e-10:
                assert error(mine[name], due) < BOUND, f"{name} of {pair}"


@torch.no_grad()
def test_float64(grid: list[Pair]) -> None:
    """With nothing rounded, what is left is the order of sums."""
    chosen = [pair for pair in grid if pair.ours.config.rope["rope_type"] == "default"]

    def measure(pair: Pair) -> float:
        models = (
            GPT.from_pretrained(pair.folder, dtype=torch.float64),
            reference.in_double(pair.folder),
        )
        return error(*(model(input_ids=pair.batch()["input_ids"]).logits for model in models))

    worst(chosen, measure, 1e-12)


@torch.no_grad()
@pytest.mark.parametrize("kind", ROPES)
def test_ropes(kind: str, rng: random.Random, tmp_path: Path) -> None:
    """At and beyond the lengths that the parameters name, and at scattered positions."""
    for i in range(12):
        pair = Pair(reference.draw(FAMILIES[i % 2], rng, kind), tmp_path / str(i))
        ids, positions = (
            torch.arange(VOCABULARY)[None],
            torch.tensor([sorted(rng.sample(range(75), 18))]),
        )
        for given in ({"input_ids": ids[:, :n]} for n in (12, 13, 21, 29, 80)):
            assert error(pair.ours(**given).logits, pair.oracle(**given).logits) < BOUND, str(pair)
        given = {"input_ids": ids[:, :18], "position_ids": positions}
        assert error(pair.ours(**given).logits, pair.oracle(**given).logits) < BOUND, str(pair)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["dynamic", "longrope"])
def test_rope_len_makes_decoding_equal(kind: str, rng: random.Random, tmp_path: Path) -> None:
    """With `rope_len` a text in parts is the text at once, beyond the original length too."""
    pair = Pair(reference.draw("gpt_neox", rng, kind), tmp_path)
    ids, past, parts = torch.arange(48)[None], None, []
    for a, b in itertools.pairwise((0, 20, 21, 48)):
        out = pair.ours(ids[:, a:b], past_key_values=past, use_cache=True, rope_len=48)
        past = out.past_key_values
        parts.append(out.logits)
    assert error(torch.cat(parts, 1), pair.ours(ids).logits) < BOUND


def test_rotation_by_complex_numbers() -> None:
    config = GPTConfig("gpt_neox", hidden_size=24, num_attention_heads=2, rotary_pct=0.5)
    qkv = torch.randn(1, 9, 3, 2, 12)
    with torch.no_grad():
        cos, sin = (t[None] for t in rotary(config, torch.arange(9), torch.float32))
        turned = rotate(qkv.clone(), cos, sin, config.rope["size"])
    by_grad = rotate(qkv.clone().requires_grad_(), cos, sin, config.rope["size"])
    assert error(by_grad.detach(), turned) < 1e-6
    for part, head in itertools.product((0, 1), (0, 1)):
        due = reference.slow_rotation(qkv[0, :, part, head], config)
        assert error(turned[0, :, part, head], due) < 1e-6
    assert torch.equal(turned[:, :, 2], qkv[:, :, 2])


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("family", FAMILIES)
def test_half_precision(
    family: str, dtype: torch.dtype, tmp_path: Path, rng: random.Random
) -> None:
    """Against float64 over far positions no worse than transformers, `.half()` afterwards too."""
    config = reference.draw(family, rng, hidden_size=64, num_attention_heads=4, num_hidden_layers=2)
    config.max_position_embeddings = 2048
    pair = Pair(config, tmp_path)
    given = {k: v for k, v in pair.batch(128).items() if k == "input_ids"}
    given["position_ids"] = torch.arange(0, 2048, 16)[None]
    exact = reference.in_double(tmp_path)(**given).logits
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=dtype)
    models = theirs, GPT.from_pretrained(tmp_path, dtype=dtype), pair.ours.to(dtype)
    found = [float((m(**given).logits.double() - exact).square().mean().sqrt()) for m in models]
    assert max(found[1:]) <= 1.25 * found[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_first_weights(family: str, rng: random.Random) -> None:
    drawn = reference.draw(
        family, rng, initializer_range=0.05, hidden_size=64, num_attention_heads=4
    )
    for name, weight in GPT(GPTConfig.from_dict(drawn.to_dict())).named_parameters():
        if name.endswith("bias") or "ln_" in name or name.startswith("norm"):
            assert (weight == float(name.endswith("weight"))).all(), name
        else:
            assert abs(weight.std() - 0.05) < 0.006, name


@pytest.mark.parametrize(
    ("family", "fields", "count"),
    [
        ("gpt_neox", {}, 20_554_567_680),
        ("gpt_neox_japanese", {}, 2_598_837_760),
        ("gptj", {}, 6_050_882_784),
        ("gpt_neox", {"vocab_size": 50304, "hidden_size": 512, "num_hidden_layers": 6,
                      "num_attention_heads": 8, "intermediate_size": 2048}, 70_426_624),
    ],
)  # fmt: skip
def test_parameter_counts(family: str, fields: dict[str, int], count: int) -> None:
    """Of GPT-NeoX-20B, GPT-NeoX-Japanese 2.7B, GPT-J 6B and Pythia 70M, without their memory."""
    with torch.device("meta"):
        assert sum(p.numel() for p in GPT(GPTConfig(family, **fields)).parameters()) == count


@pytest.mark.parametrize("family", FAMILIES)
def test_dropout(family: str, rng: random.Random, tmp_path: Path) -> None:
    gptj, neox = (
        ("attn_pdrop", "resid_pdrop", "embd_pdrop"),
        ("attention_dropout", "hidden_dropout"),
    )
    for name in gptj if family == "gptj" else neox:
        none: Fields = dict.fromkeys(gptj if family == "gptj" else neox, 0.0)
        pair = Pair(reference.draw(family, rng, **none | {name: 0.5}), tmp_path / name)
        ids, model = pair.batch(8)["input_ids"], pair.ours
        assert torch.equal(model(ids).logits, model(ids).logits)
        model.train()
        assert not torch.equal(model(ids).logits, model(ids).logits), name


@pytest.mark.parametrize("family", FAMILIES)
def test_gradient_checkpointing(family: str, rng: random.Random, tmp_path: Path) -> None:
    size: Fields = {"num_hidden_layers": 6, "hidden_size": 64, "num_attention_heads": 4}
    pair = Pair(reference.draw(family, rng, **size), tmp_path)
    ids, kept, found = pair.batch()["input_ids"], [], []
    model = pair.ours.train()
    for turn in (model.gradient_checkpointing_disable, model.gradient_checkpointing_enable):
        turn()
        sizes: list[int] = []

        def keep(x: torch.Tensor, sizes: list[int] = sizes) -> torch.Tensor:
            sizes.append(x.numel())
            return x

        model.zero_grad()
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
            torch.manual_seed(0)
            loss = model(ids, labels=ids).loss
        loss.backward()
        kept.append(sum(sizes))
        found.append([p.grad.clone() for p in model.parameters()])
    assert max(error(a, b) for a, b in zip(*found, strict=True) if b.abs().max() > 1e-9) < 1e-4
    assert kept[1] < kept[0] / 2


@torch.no_grad()
def test_one_graph(rng: random.Random, tmp_path: Path) -> None:
    """torch.compile takes the whole network as one graph."""
    pair = Pair(reference.draw("gpt_neox", rng), tmp_path)
    ids = pair.batch()["input_ids"]
    compiled: Any = torch.compile(pair.ours, backend="eager", fullgraph=True)
    assert error(compiled(ids).logits, pair.ours(ids).logits) < BOUND


def test_sequence_classification(rng: random.Random, tmp_path: Path) -> None:
    for family, count in itertools.product(("gpt_neox", "gptj"), (1, 3)):
        folder = tmp_path / f"{family}{count}"
        config = reference.draw(family, rng, num_labels=count, pad_token_id=7)
        pair = Pair(config, folder, head="SequenceClassification")
        ids = pair.batch(12)["input_ids"]
        ids = ids.masked_fill(ids == 7, 8)
        ids[1, :4], ids[2, 8:], ids[0, 5] = 7, 7, 7
        targets = [torch.rand(3)] if count == 1 else [torch.tensor([0, 2, 1]), torch.rand(3, 3)]
        for labels in targets:
            pair.ours.config.problem_type = pair.theirs.config.problem_type = None
            mine, theirs = (f(input_ids=ids, labels=labels) for f in (pair.ours, pair.theirs))
            assert max(error(mine.logits, theirs.logits), error(mine.loss, theirs.loss)) < BOUND
        ids[1] = 7
        assert error(pair.ours(ids).logits, pair.theirs(ids).logits) < BOUND
        with pytest.warns(UserWarning, match="pads"):
            mine = pair.ours(inputs_embeds=pair.theirs.get_input_embeddings()(ids))
        assert (
            error(
                mine.logits,
                pair.theirs(inputs_embeds=pair.theirs.get_input_embeddings()(ids)).logits,
            )
            < BOUND
        )
        pair.ours.config.pad_token_id = pair.theirs.config.pad_token_id = None
        assert error(pair.ours(ids[:1]).logits, pair.theirs(ids[:1]).logits) < BOUND
        with pytest.raises(ValueError, match="pad_token_id"):
            pair.ours(ids)


def test_other_heads(rng: random.Random, tmp_path: Path) -> None:
    pair = Pair(
        reference.draw("gpt_neox", rng, num_labels=5), tmp_path / "t", head="TokenClassification"
    )
    ids, labels = pair.batch(12)["input_ids"], pair.batch(12)["labels"]
    labels = torch.where(labels == -100, -100, ids % 5)
    mine, theirs = pair.ours(ids, labels=labels), pair.theirs(ids, labels=labels)
    assert max(error(mine.logits, theirs.logits), error(mine.loss, theirs.loss)) < BOUND
    for family in ("gpt_neox", "gptj"):
        pair = Pair(reference.draw(family, rng), tmp_path / family, head="QuestionAnswering")
        for start, end in (([0, 3, 5], [2, 4, 11]), ([1, 40, 2], [12, 50, 3])):
            places = {"start_positions": torch.tensor(start), "end_positions": torch.tensor(end)}
            mine, theirs = pair.ours(ids, **places), pair.theirs(ids, **places)
            for name in ("loss", "start_logits", "end_logits"):
                assert error(getattr(mine, name), getattr(theirs, name)) < BOUND
    for head in ("SequenceClassification", "TokenClassification", "QuestionAnswering"):
        with pytest.raises(ValueError, match="gpt_neox_japanese"):
            reference.ours_of(head)(GPTConfig("gpt_neox_japanese"))


def test_refused(grid: list[Pair]) -> None:
    pair = grid[0]
    ids, model, d = pair.batch(9)["input_ids"], pair.ours, pair.config.hidden_size
    for given, word in (
        ({}, "either"),
        ({"input_ids": ids, "inputs_embeds": torch.zeros(3, 9, d)}, "either"),
        ({"input_ids": ids[None]}, r"\(1, 3, 9\)"),
        ({"input_ids": ids[:, :0]}, r"\(3, 0\)"),
        ({"input_ids": ids.float()}, "float32"),
        ({"inputs_embeds": torch.zeros(3, 9, d + 1)}, "inputs_embeds"),
        ({"input_ids": ids, "attention_mask": ids[:, 1:]}, "attention_mask"),
        ({"input_ids": ids, "position_ids": ids[:, 1:]}, "position_ids"),
        ({"input_ids": ids, "labels": ids[:, 1:]}, "labels"),
        ({"input_ids": ids, "head_mask": torch.ones(9, 9)}, "head_mask"),
    ):
        with pytest.raises(ValueError, match=word):
            model(**given)
    for bad in (-1, VOCABULARY):
        with pytest.raises(IndexError):
            model(ids.clone().fill_(bad))


def test_output_is_a_tuple_without_what_is_none(grid: list[Pair]) -> None:
    ids = grid[0].batch(5)["input_ids"]
    out = grid[0].ours(ids, use_cache=False)
    assert (len(out), out[0] is out.logits, out.loss, out.attentions) == (1, True, None, None)
    out = grid[0].ours(ids, labels=ids, output_hidden_states=True)
    assert out[0] is out.loss
    assert out[2] is out.past_key_values
    assert out[3] is out.hidden_states
