"""Oracles of the models: transformers on tiny random configurations, and slow twins of our own.

Weights are never those of a first initialization: biases that are 0 and norms that are 1 would hide
mistakes. Configurations are drawn over every field that changes the computation.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import torch
import transformers
from neox_text.models import GPT, GPTConfig

torch.set_num_threads(1)  # what is tiny is faster so
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
FAMILIES = ("gpt_neox", "gpt_neox_japanese", "gptj")
ROPES = ("default", "linear", "dynamic", "yarn", "longrope", "llama3")
CONFIGS = {
    "gpt_neox": transformers.GPTNeoXConfig,
    "gpt_neox_japanese": transformers.GPTNeoXJapaneseConfig,
    "gptj": transformers.GPTJConfig,
}
VOCABULARY = 80
Fields = dict[str, Any]
YARN: list[dict[str, Any]] = [
    {},
    {"attention_factor": 0.8},
    {"beta_fast": 20, "beta_slow": 3},
    {"truncate": False},
    {"mscale": 0.8, "mscale_all_dim": 1.1},
]


def rope(kind: str, turning: int, rng: random.Random) -> dict[str, Any]:
    """Parameters of a rope of this type for `turning` numbers of a head."""
    longer = [round(rng.uniform(1, 6), 2) for _ in range(turning // 2)]
    original = {"original_max_position_embeddings": rng.choice([12, 20, 400])}
    drawn: dict[str, dict[str, Any]] = {
        "default": {},
        "linear": {"factor": rng.choice([1.5, 3.0])},
        "dynamic": {"factor": rng.choice([1.5, 4.0])},
        "yarn": original | {"factor": rng.choice([2.0, 8.0])} | rng.choice(YARN),
        "longrope": original
        | {"short_factor": longer, "long_factor": [3 * x for x in longer], "factor": 3.0}
        | rng.choice([{}, {"attention_factor": 1.4}]),
        "llama3": original | {"factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 3.0},
    }
    theta = rng.choice([10000.0, 300.0])
    return {"rope_type": kind, "rope_theta": theta, **drawn[kind]}


def draw(family: str, rng: random.Random, kind: str = "default", **more: Any) -> Any:
    """A configuration of transformers with all that changes the computation drawn."""
    heads, size = rng.choice([1, 2, 4]), rng.choice([8, 12, 16])
    fields: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": heads * size,
        "num_attention_heads": heads,
        "num_hidden_layers": rng.choice([1, 2, 3]),
        "max_position_embeddings": 28 if kind == "dynamic" else 64,
        "tie_word_embeddings": rng.random() < 0.4,
        "bos_token_id": None,
        "eos_token_id": None,
    }
    activation, eps = rng.choice(["gelu", "gelu_new", "relu", "silu"]), rng.choice([1e-5, 1e-3])
    if family == "gptj":
        fields |= {"activation_function": activation, "layer_norm_epsilon": eps}
        fields |= {"rotary_dim": rng.choice([4, size]), "n_inner": rng.choice([None, 56])}
        return CONFIGS[family](**fields | more)
    part = rng.choice([0.5, 1.0])
    told = rope(kind, int(size * part), rng) | {"partial_rotary_factor": part}
    fields |= {"hidden_act": activation, "layer_norm_eps": eps, "rope_parameters": told}
    if family == "gpt_neox":
        fields |= {"use_parallel_residual": rng.random() < 0.5, "intermediate_size": 56}
        fields |= {"attention_bias": rng.random() < 0.5}
    else:
        fields |= {"intermediate_multiple_size": rng.choice([2, 3])}
    return CONFIGS[family](**fields | more)


class Pair:
    """A model of transformers in a folder, and the same read by us."""

    def __init__(
        self, config: Any, folder: Path, *, head: str = "CausalLM", spread: float = 0.15
    ) -> None:
        seed = random.Random(f"{folder.name} {config.to_json_string()}").randrange(2**40)
        generator = torch.Generator().manual_seed(seed)
        kind = getattr(transformers, f"AutoModelFor{head}")
        self.config, self.folder = config, folder
        self.theirs = kind.from_config(config, attn_implementation="eager").eval()
        for name, weight in self.theirs.named_parameters():
            norm = name.endswith("weight") and ("norm" in name or "ln_" in name)
            weight.data = torch.randn(weight.shape, generator=generator) * spread + norm
        self.theirs.save_pretrained(folder)
        self.ours = ours_of(head).from_pretrained(folder)

    def __str__(self) -> str:
        told = ("model_type", "rope_parameters", "use_parallel_residual", "tie_word_embeddings")
        return str({name: getattr(self.config, name, None) for name in told})

    @torch.no_grad()
    def oracle(self, **given: Any) -> Any:
        """What transformers gives; its dynamic rope remembers a long text until a short one."""
        self.theirs(input_ids=torch.zeros(1, 1, dtype=torch.long))
        return self.theirs(**given)

    def batch(self, length: int = 36) -> dict[str, torch.Tensor]:
        """Ids, mask, positions and labels of three rows with 0, 4 and 7 pads on the left."""
        generator = torch.Generator().manual_seed(length)
        ids = torch.randint(0, VOCABULARY, (3, length), generator=generator)
        mask = (torch.arange(length) >= torch.tensor([[0], [4], [7]])).long()
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
            "labels": torch.where(torch.rand(3, length, generator=generator) < 0.3, -100, ids),
        }


def ours_of(head: str) -> Any:
    """Our class for a head as transformers names it."""
    import neox_text.models

    return GPT if head == "CausalLM" else getattr(neox_text.models, f"GPTFor{head}")


def in_double(folder: Path) -> Any:
    """The model of transformers with all of it in float64.

    As it is, GPT-J rounds queries and keys to float32, and eager GPT-NeoX the probabilities.
    """
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)

    def attend(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        weights = (scores if mask is None else scores + mask).softmax(-1)
        return weights @ v, weights

    for module in model.modules():
        if type(module).__name__ == "GPTJAttention":
            module._attn = attend
    return model.eval()


def error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The greatest difference, relative to the greatest value; infinite where shapes differ."""
    if ours.shape != theirs.shape:
        return math.inf
    ours, theirs = ours.detach().double(), theirs.detach().double()
    found = float((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1e-30))
    return math.inf if math.isnan(found) else found


def slow_generate(
    model: GPT,
    ids: list[int],
    count: int,
    *,
    repetition_penalty: float = 1.0,
    no_repeat_ngram_size: int = 0,
    eos: tuple[int, ...] = (),
    min_new_tokens: int = 0,
) -> list[int]:
    """Greedy generation by its definition: the whole text through the network for every id."""
    ids, new = list(ids), list[int]()
    while len(new) < count and not (new and new[-1] in eos):
        with torch.no_grad():
            scores = model(torch.tensor([ids]), use_cache=False).logits[0, -1].tolist()
        for id in {*ids}:
            low = scores[id] < 0
            scores[id] *= repetition_penalty if low else 1 / repetition_penalty
        n = no_repeat_ngram_size
        windows = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)] if n else []
        banned = {w[-1] for w in windows if w[:-1] == tuple(ids[len(ids) - n + 1 :])}
        banned |= {*eos} if len(new) < min_new_tokens else set()
        best = max((id for id in range(len(scores)) if id not in banned), key=scores.__getitem__)
        ids.append(best)
        new.append(best)
    return new


def slow_stop(pieces: list[str], stops: list[str], *, include: bool) -> tuple[str, int, str]:
    """Text, number of pieces and reason: looks at the whole text after every piece."""
    for count in range(1, len(pieces) + 1):
        text = "".join(pieces[:count])
        found = sorted((text.index(stop), stop) for stop in stops if stop in text)
        if found:
            at, stop = found[0]
            return text[: at + len(stop) * include], count, "stop"
    return "".join(pieces), len(pieces), "length"


def slow_perplexity(model: GPT, ids: list[int], window: int, stride: int) -> float:
    """Each id by a pass of its own over the first window that holds it."""
    total = 0.0
    for i in range(1, len(ids)):
        start = next(s for s in range(0, len(ids), stride) if i < s + window)
        with torch.no_grad():
            scores = model(torch.tensor([ids[start:i]])).logits[0, -1].log_softmax(-1)
        total -= float(scores[ids[i]])
    return math.exp(total / (len(ids) - 1))


def slow_rotation(x: torch.Tensor, config: GPTConfig) -> torch.Tensor:
    """Default rope on (T, D) by complex numbers: pair j turns by position * base^(-2j / R)."""
    size = config.rope["size"]
    out = x.double().clone()
    for position in range(len(x)):
        for j in range(size // 2):
            angle = position * config.rope["rope_theta"] ** (-2 * j / size)
            turned = complex(out[position, j], out[position, j + size // 2])
            turned *= complex(math.cos(angle), math.sin(angle))
            out[position, j], out[position, j + size // 2] = turned.real, turned.imag
    return out
