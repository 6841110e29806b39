"""Generation: the ids of transformers for every option and seed, and of its own slow definition."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import models_reference as reference
import pytest
import torch
from models_reference import VOCABULARY, Fields, Pair, slow_generate
from neox_text.models import GPT, generate
from neox_text.models.generate import Options, Run

MANY = list(range(30))
GREEDY: list[dict[str, Any]] = [
    {},
    {"max_new_tokens": 1},
    {"repetition_penalty": 1.4},
    {"repetition_penalty": 0.7, "no_repeat_ngram_size": 3},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2, "eos_token_id": 5},
    {"eos_token_id": MANY},
    {"eos_token_id": MANY, "min_new_tokens": 6, "pad_token_id": 79},
]
SAMPLED: list[dict[str, Any]] = [
    {},
    {"top_k": 0},
    {"top_k": 4, "temperature": 0.5},
    {"temperature": 2.0, "top_p": 0.7},
    {"top_p": 0.6, "top_k": 0},
    {"min_p": 0.2},
    {"temperature": 0.8, "top_k": 25, "top_p": 0.9, "min_p": 0.05},
    {"num_return_sequences": 3, "repetition_penalty": 1.3, "no_repeat_ngram_size": 2},
    {"num_return_sequences": 2, "eos_token_id": MANY[:12], "min_new_tokens": 2},
]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory, seed: int) -> list[Pair]:
    rng = random.Random(f"writers {seed}")
    size: Fields = {
        "hidden_size": 48,
        "num_attention_heads": 4,
        "max_position_embeddings": 96,
    }
    kinds = [("gptj", "default"), ("gpt_neox", "yarn"), ("gpt_neox_japanese", "default")]
    kinds += [("gpt_neox", "default"), ("gpt_neox_japanese", "llama3")]
    folder = tmp_path_factory.mktemp("writers")
    return [
        Pair(reference.draw(family, rng, kind, **size), folder / f"{family}-{kind}", spread=0.35)
        for family, kind in kinds
    ]


def alike(pair: Pair, options: dict[str, Any], *, padded: bool, seed: int) -> None:
    batch = pair.batch(14)
    ids, mask = batch["input_ids"], batch["attention_mask"]
    options = {"pad_token_id": 0, "max_new_tokens": 16, **options}
    torch.manual_seed(seed)
    told = mask if padded else torch.ones_like(ids)
    theirs = pair.theirs.generate(ids, attention_mask=told, **options)
    torch.manual_seed(seed + 1)
    state = torch.get_rng_state()
    sources: list[dict[str, Any]] = [{}]
    if options["do_sample"]:
        sources = [{"seed": seed}, {"generator": torch.Generator().manual_seed(seed)}]
    for source in sources:
        mine = generate(
            pair.ours, ids, attention_mask=mask if padded else None, **options, **source
        )
        assert torch.equal(mine, theirs), f"{options} {source} padded={padded} of {pair}"
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("options", GREEDY, ids=str)
def test_greedy(writers: list[Pair], options: dict[str, Any], *, padded: bool) -> None:
    for pair in writers:
        alike(pair, {**options, "do_sample": False}, padded=padded, seed=0)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("options", SAMPLED, ids=str)
def test_sampled(
    writers: list[Pair], options: dict[str, Any], *, padded: bool, rng: random.Random
) -> None:
    for pair in writers:
        alike(pair, {**options, "do_sample": True}, padded=padded, seed=rng.randrange(2**31))


def test_torchs_own_generator(writers: list[Pair]) -> None:
    """Without seed or generator it is torch's own, as in transformers."""
    pair = writers[0]
    ids = pair.batch(9)["input_ids"]
    torch.manual_seed(3)
    theirs = pair.theirs.generate(
        ids, do_sample=True, max_new_tokens=9, attention_mask=torch.ones_like(ids)
    )
    torch.manual_seed(3)
    assert torch.equal(generate(pair.ours, ids, do_sample=True, max_new_tokens=9), theirs)


@pytest.mark.parametrize(
    "options",
    [{}, {"repetition_penalty": 1.5}, {"no_repeat_ngram_size": 2},
     {"eos": (3, 4, 5, 6, 7), "min_new_tokens": 3}],
    ids=str,
)  # fmt: skip
def test_against_the_definition(writers: list[Pair], options: dict[str, Any]) -> None:
    for pair in writers:
        ids = pair.batch(8)["input_ids"][0].tolist()
        due = slow_generate(pair.ours, ids, 14, **options)
        told: Fields = {k: v for k, v in options.items() if k != "eos"} | {
            "eos_token_id": options.get("eos")
        }
        mine = generate(pair.ours, torch.tensor([ids]), max_new_tokens=14, **told)
        assert mine[0, 8:].tolist() == due


def test_log_probabilities(writers: list[Pair]) -> None:
    for pair in writers[:3]:
        batch = pair.batch(12)
        ids, mask = batch["input_ids"], batch["attention_mask"]
        options: Fields = {
            "attention_mask": mask,
            "max_new_tokens": 7,
            "do_sample": True,
            "seed": 4,
        }
        out, told = generate(pair.ours, ids, temperature=0.6, **options, return_logprobs=3)
        assert torch.equal(out, generate(pair.ours, ids, temperature=0.6, **options))
        whole = torch.cat((mask, torch.ones(3, 7, dtype=torch.long)), 1)
        places = (whole.cumsum(1) - 1).clamp(min=0)
        scores = pair.oracle(input_ids=out, attention_mask=whole, position_ids=places).logits
        for row, column in itertools.product(range(3), range(7)):
            values = scores[row, 11 + column].log_softmax(-1)
            chosen = int(out[row, 12 + column])
            due = {i: float(values[i]) for i in {*values.topk(3).indices.tolist(), chosen}}
            assert told[row][column] == pytest.approx(due, abs=1e-4)


def test_rope_len_of_a_whole_generation(tmp_path: Path, rng: random.Random) -> None:
    """Angles fixed for a length give the ids that the whole text gives, over again each time."""
    for kind in ("dynamic", "longrope"):
        pair = Pair(reference.draw("gpt_neox", rng, kind), tmp_path / kind, spread=0.35)
        ids = pair.batch(10)["input_ids"][:1]
        mine = generate(pair.ours, ids, max_new_tokens=30, rope_len=40)
        with torch.no_grad():
            scores = pair.ours(mine[:, :-1], rope_len=40).logits[:, 9:]
        assert torch.equal(scores.argmax(-1), mine[:, 10:])


@pytest.mark.parametrize("padded", [False, True])
def test_static_step(writers: list[Pair], *, padded: bool) -> None:
    """The step that a GPU replays as a graph gives the same ids, run without one."""
    for pair in writers:
        batch = pair.batch(11)
        ids, mask = batch["input_ids"], batch["attention_mask"] if padded else None
        options = Options(
            max_new_tokens=20, do_sample=True, top_k=0, seed=3, num_return_sequences=2
        )
        plain, static = (Run(pair.ours, ids, mask, options) for _ in range(2))
        static.static = True
        assert [ids for ids, _ in static] == [ids for ids, _ in plain]


def test_no_new_ids(writers: list[Pair]) -> None:
    ids = writers[0].batch(5)["input_ids"]
    assert torch.equal(generate(writers[0].ours, ids, max_new_tokens=0), ids)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0.0), ("temperature", -1.0), ("temperature", float("nan")), ("top_p", 1.5),
        ("top_p", -0.1), ("top_k", -1), ("min_p", 2.0), ("repetition_penalty", 0.0),
        ("max_new_tokens", -1), ("min_new_tokens", -1), ("no_repeat_ngram_size", -2),
        ("num_return_sequences", 0), ("return_logprobs", -1), ("top_k", 1.5), ("do_sample", "no"),
        ("temperature", None), ("seed", 1.5), ("seed", 2**70), ("eos_token_id", -1),
        ("eos_token_id", ["a"]), ("pad_token_id", VOCABULARY), ("max_new_tokens", True),
    ],
)  # fmt: skip
def test_options_refused(writers: list[Pair], name: str, value: Any) -> None:
    given: Fields = {"do_sample": True, name: value}
    with pytest.raises(ValueError, match=name):
        generate(writers[0].ours, torch.ones(1, 3, dtype=torch.long), **given)


def test_refused(writers: list[Pair]) -> None:
    model: GPT = writers[0].ours
    ids = writers[0].batch(9)["input_ids"]
    for bad in (VOCABULARY, -1):
        wrong = ids.clone()
        wrong[1, 3] = bad
        with pytest.raises(ValueError, match=str(bad)):
            generate(model, wrong, max_new_tokens=1)
    with pytest.raises(ValueError, match=r"97.*96"):
        generate(model, torch.zeros(1, 97, dtype=torch.long))
    with pytest.raises(ValueError, match="left"):
        generate(model, ids, attention_mask=torch.tensor([[1] * 8 + [0]] * 3))
    for wrong in (torch.ones(9), torch.ones(3, 8), torch.ones(2, 9)):
        with pytest.raises(ValueError, match="attention_mask"):
            generate(model, ids, attention_mask=wrong.masked_fill(wrong.cumsum(-1) == 1, 0))
    with pytest.raises(ValueError, match="num_return_sequences"):
        generate(model, ids, num_return_sequences=2)
    with pytest.raises(ValueError, match="shape"):
        generate(model, ids[0])
    with pytest.raises(ValueError, match="shape"):
        generate(model, ids.float())
    with pytest.raises(TypeError, match="beams"):
        generate(model, ids, beams=4)
