"""Train the tiny Japanese model behind `TextGenerator.demo()`: some minutes on two cores.

    python scripts/train_demo_model.py CORPORA [-o FOLDER] [--steps N]

CORPORA is the folder of the texts that the default Japanese tokenizer was trained on; like there,
the last tenth of each is never read but to measure. The model is a demonstration of the whole way
from raw text to generated text, and no more: it writes Japanese sentences that mean little.

The vocabulary is large for a model so small, so that most of its weights are embeddings, which
are its head too, and most of the time goes into the head. Weights are written in half precision.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from neox_text import JapaneseTokenizer
from neox_text.models import GPT, GPTConfig, TextGenerator, perplexity
from torch import Tensor
from train_default_japanese import beginning

ASSETS = Path(__file__).parent.parent / "python" / "neox_text" / "assets" / "demo"
COPIES = {
    "japanese_literature.txt": 2,
    "japanese_tanaka.txt": 2,
    "japanese_technical.md": 1,
    "japanese_wikipedia.txt": 2,
}
CONTEXT, ROWS = 256, 4
RATE, WARM_UP = 3e-3, 100
# Logits of so many ids at a time, 16 MB of them, stay in the caches: half the time of all at once.
CHUNK = 128
# What is kept out of training and measured at the end, characters of each text.
MEASURED = 20_000


def configuration(tok: JapaneseTokenizer) -> GPTConfig:
    """Give the shape of the model: 4 million weights, of which 3 are embeddings."""
    return GPTConfig(
        "gpt_neox_japanese",
        vocab_size=len(tok),
        hidden_size=96,
        num_hidden_layers=8,
        num_attention_heads=6,
        max_position_embeddings=CONTEXT,
        attention_dropout=0.0,
        bos_token_id=tok.bos_token_id,
        eos_token_id=tok.eos_token_id,
        pad_token_id=tok.pad_token_id,
    )


def stream(corpora: Path, tok: JapaneseTokenizer) -> Tensor:
    """Give the ids of all texts (n,), each text as often as it counts."""
    ids: list[int] = []
    for name, copies in COPIES.items():
        ids += tok.encode_ordinary(beginning(corpora, name)) * copies
    return torch.tensor(ids)


def rate(step: int, steps: int) -> float:
    """Give the learning rate: a rise, then half a cosine down to a hundredth."""
    if step < WARM_UP:
        return RATE * (step + 1) / WARM_UP
    return RATE * (0.505 + 0.495 * math.cos(math.pi * (step - WARM_UP) / (steps - WARM_UP)))


def learn(model: GPT, batch: Tensor) -> float:
    """Add the gradients of a batch (B, T + 1), the head's chunk by chunk; give its loss."""
    out = model(batch[:, :-1], use_cache=False, logits_to_keep=1, output_hidden_states=True)
    states, due = out.hidden_states[-1], batch[:, 1:].flatten()
    fixed = states.detach().flatten(0, 1).requires_grad_()
    total = 0.0
    for part, ids in zip(fixed.split(CHUNK), due.split(CHUNK), strict=True):
        loss = F.cross_entropy(model.head(part), ids, reduction="sum") / len(due)
        loss.backward()
        total += loss.item()
    states.backward(fixed.grad.view_as(states))
    return total


def train(model: GPT, ids: Tensor, steps: int) -> None:
    """Take steps of AdamW over windows drawn from the ids."""
    generator = torch.Generator().manual_seed(0)
    whole = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": whole, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.95))
    start, mean = time.perf_counter(), 0.0
    for step in range(steps):
        places = torch.randint(len(ids) - CONTEXT, (ROWS, 1), generator=generator)
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        optimizer.zero_grad()
        loss = learn(model, ids[places + torch.arange(CONTEXT + 1)])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        mean += (loss - mean) / min(step + 1, 100)
        if step % 100 == 99:
            passed = (time.perf_counter() - start) / 60
            print(f"step {step + 1} of {steps}: loss {mean:.3f}, {passed:.1f} minutes", flush=True)


def measure(model: GPT, tok: JapaneseTokenizer, corpora: Path) -> None:
    """Show the perplexity of what the model never saw, and some of what it writes."""
    for name in COPIES:
        text = (corpora / name).read_bytes().decode("utf-8")
        kept_out = text[len(text) * 9 // 10 :][:MEASURED]
        figure = perplexity(model, kept_out, tokenizer=tok)
        print(f"perplexity of {name}, of a part that it never saw: {figure:.0f}")
    write = TextGenerator(model, tok)
    for piece in write.stream(
        "吾輩は", max_new_tokens=100, do_sample=True, temperature=0.8, seed=1
    ):
        print(piece, end="", flush=True)
    print()


def main() -> None:
    """Train, write, and show what was written."""
    parser = argparse.ArgumentParser(description="Train the tiny Japanese model.")
    parser.add_argument("corpora", type=Path, help="the folder of the texts")
    parser.add_argument("-o", "--output", type=Path, default=ASSETS, help="the folder to write to")
    parser.add_argument(
        "--steps", type=int, default=1800, help=f"of {ROWS * CONTEXT:,} ids each (1800)"
    )
    given = parser.parse_args()
    tok = JapaneseTokenizer.default()
    ids = stream(given.corpora, tok)
    torch.manual_seed(0)
    model = GPT(configuration(tok))
    print(f"{sum(p.numel() for p in model.parameters()):,} weights, {len(ids):,} ids", flush=True)
    train(model.train(), ids, given.steps)
    model.half().save_pretrained(given.output)
    measure(GPT.from_pretrained(given.output, dtype=torch.float32), tok, given.corpora)


if __name__ == "__main__":
    main()
