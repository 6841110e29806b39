"""The step of a generation, and the forms of its products, are the network and `F.linear`."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import models_reference as reference
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from models_reference import FAMILIES, Fields, Pair, error
from neox_text._torch import step
from neox_text._torch.products import FORMS, TURNED, Linear, Packed, fastest, lay
from neox_text.models import GPT, generate, weights
from neox_text.models.generate import Options, Run
from safetensors.torch import load_file

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
SIZE: Fields = {"hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2}
OPTIONS: Fields = {"max_new_tokens": 10, "do_sample": True, "top_k": 0, "return_logprobs": 5}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory, seed: int) -> list[Pair]:
    """Of each family several, so that residuals, biases, ties and widths of rotation differ."""
    rng, folder = random.Random(f"step {seed}"), tmp_path_factory.mktemp("step")
    kinds = [*itertools.product(FAMILIES[:2], ("default", "yarn", "linear")), ("gptj", "default")]
    return [
        Pair(reference.draw(family, rng, kind, **SIZE), folder / f"{number}-{family}", spread=0.3)
        for number, (family, kind) in enumerate(kinds * 2)
    ]


def hook(*_: Any) -> None:
    """Do nothing, so that the network has to be called."""


def told(model: GPT, given: dict[str, Any]) -> list[list[dict[int, float]]]:
    found: list[list[dict[int, float]]] = generate(model, **given)[1]
    return found


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("rows", [1, 3])
def test_step_is_the_network(
    pairs: list[Pair], rows: int, *, padded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every probability of every step, with and without pads, for one row and several."""
    for pair in pairs:
        batch = pair.batch(11)
        given: dict[str, Any] = {"input_ids": batch["input_ids"][-rows:], "seed": 1, **OPTIONS}
        if padded:
            given["attention_mask"] = batch["attention_mask"][-rows:]
        quick = told(pair.ours, given)
        with monkeypatch.context() as patch:
            patch.setattr(step.Step, "__call__", None)  # it is not used where a hook may be
            handle = pair.ours.blocks[0].register_forward_hook(hook)
            slow = told(pair.ours, given)
            handle.remove()
        for a, b in zip(itertools.chain(*quick), itertools.chain(*slow), strict=True):
            assert a == pytest.approx(b, abs=1e-4), str(pair)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_step_in_other_precisions(pairs: list[Pair], dtype: torch.dtype) -> None:
    for pair in pairs[:7]:
        model = GPT.from_pretrained(pair.folder, dtype=dtype)
        run = Run(model, pair.batch(9)["input_ids"], None, Options(max_new_tokens=4))
        ids = torch.tensor([[*chosen] for chosen, _ in run])
        assert run.quick is not None
        whole = torch.cat((run.prompt, ids.T), 1)
        with torch.no_grad():
            scores = model(whole, use_cache=False).logits[:, 8:-1]
        best = scores.max(-1).values - scores.gather(2, ids.T[..., None])[..., 0]
        assert float(best.max()) <= (0 if dtype == torch.float64 else 0.1 * float(scores.std()))


def test_hooks_see_every_step(pairs: list[Pair]) -> None:
    seen = []
    handle = pairs[0].ours.norm.register_forward_hook(lambda *_: seen.append(1))
    generate(pairs[0].ours, torch.ones(1, 3, dtype=torch.long), max_new_tokens=5)
    handle.remove()
    assert len(seen) == 5


@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
def test_step_of_packed_products(pairs: list[Pair], kind: str) -> None:
    for pair in pairs[:7]:
        model = GPT.from_pretrained(pair.folder, quantize=kind)
        assert {type(m) for m in model.modules() if isinstance(m, (Linear, Packed))} == {Packed}
        given: dict[str, Any] = {"input_ids": pair.batch(9)["input_ids"], "seed": 1, **OPTIONS}
        quick = told(model, given)
        model.norm.register_forward_hook(hook)
        for a, b in zip(itertools.chain(*quick), itertools.chain(*told(model, given)), strict=True):
            assert a == pytest.approx(b, abs=1e-4), str(pair)


@torch.no_grad()
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("bias", [False, True])
def test_forms_of_a_product(form: int, *, bias: bool) -> None:
    """Each form gives what F.linear gives for any rows; with gradients too."""
    for columns, rows in ((32, 48), (48, 32), (16, 40), (8, 6)):
        linear = Linear(columns, rows, bias)
        before = linear.weight.clone()
        lay(linear, form)
        assert torch.equal(linear.weight, before)
        for shape in ((columns,), (1, columns), (1, 1, columns), (3, columns), (2, 3, columns)):
            x = torch.randn(shape)
            due = F.linear(x, before, linear.bias)
            assert error(linear(x), due) < 1e-6
            with torch.enable_grad():
                assert error(linear(x).detach(), due) < 1e-6


def test_the_fastest_form() -> None:
    """What is measured is one of the forms; a small product is left as it is."""
    assert fastest(1024, 512) in FORMS
    assert fastest(16, 1 << 24) in FORMS
    assert fastest(511, 512) == 0
    assert fastest(50_277, 32) in FORMS  # no whole number of blocks
    assert fastest(9_001, 513) in FORMS


@pytest.mark.parametrize("form", FORMS)
def test_a_model_in_each_form(
    pairs: list[Pair], form: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives the same logits and ids, is saved as it was read, and can be trained."""
    monkeypatch.setattr(weights, "fastest", lambda *_: form)
    for number, pair in enumerate(pairs[:7]):
        model, ids = GPT.from_pretrained(pair.folder), pair.batch(9)["input_ids"][:1]
        laid = [m.parts if form > 0 else not m.weight.is_contiguous() for m in _linears(model)]
        assert any(laid) == bool(form)
        assert error(model(ids).logits.detach(), pair.oracle(input_ids=ids).logits) < 1e-5
        due = generate(pair.ours, ids, max_new_tokens=8)
        assert torch.equal(generate(model, ids, max_new_tokens=8), due)
        target = tmp_path / str(number)
        model.save_pretrained(target)
        saved, there = (load_file(f / "model.safetensors") for f in (target, pair.folder))
        assert all(torch.equal(saved[name], there[name]) for name in there)
        for each in (model, pair.ours):
            each.zero_grad()
            each(ids, labels=ids).loss.backward()
        grads = ([p.grad for p in each.parameters()] for each in (model, pair.ours))
        for mine, theirs in zip(*grads, strict=True):
            if theirs.abs().max() > 1e-9:
                assert error(mine, theirs) < 1e-4
        pair.ours.zero_grad()


def _linears(model: GPT) -> list[Linear]:
    return [module for module in model.modules() if isinstance(module, Linear)]


def test_a_tied_head_is_cut_but_not_turned(
    tmp_path: Path, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embeddings are looked up by rows, so their memory stays as it is."""
    pair = Pair(reference.draw("gpt_neox", rng, tie_word_embeddings=True, **SIZE), tmp_path)
    for form in (TURNED, 4):
        monkeypatch.setattr(weights, "fastest", lambda *_, form=form: form)
        model = GPT.from_pretrained(tmp_path)
        assert model.head.weight is model.embed.weight
        assert model.embed.weight.is_contiguous()
        assert model.head.parts == max(form, 0)
        ids = pair.batch(9)["input_ids"][:1]
        due = generate(pair.ours, ids, max_new_tokens=8)
        assert torch.equal(generate(model, ids, max_new_tokens=8), due)
