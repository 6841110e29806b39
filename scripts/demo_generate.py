"""`make demo-generate`: the tiny Japanese model of this package writes, without network.

    python scripts/demo_generate.py [PROMPT ...] [--seed N]

A demonstration of the whole way from raw text to generated text: the tokenizer and the model were
both trained by scripts of this repository, the model in some minutes on two cores. It knows how
Japanese sentences look, and nothing else.
"""

from __future__ import annotations

import argparse
import time

import torch
from neox_text.models import AttentionMask, TextGenerator, perplexity

PROMPTS = ("吾輩は", "日本の", "彼女は毎朝")
NEW_IDS = 80
# Two sentences with the same characters, one of them in an order that no reader would expect.
SENTENCES = ("私は毎朝七時に犬を連れて散歩に出かける。", "るけか出に歩散てれ連を犬に時七朝毎は私。")


def main() -> None:
    """Show prompts going on, what a token attends to, and what surprises the model."""
    parser = argparse.ArgumentParser(description="Stream Japanese from the tiny model.")
    parser.add_argument("prompts", metavar="PROMPT", nargs="*", default=PROMPTS)
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same text (1)")
    given = parser.parse_args()
    start = time.perf_counter()
    write = TextGenerator.demo()
    count = sum(p.numel() for p in write.model.parameters())
    passed = time.perf_counter() - start
    print(f"{count:,} weights, loaded in {passed:.2f} s; torch {torch.__version__}")
    for prompt in given.prompts:
        print(f"\n{prompt}", end="|", flush=True)
        start = time.perf_counter()
        drawn = {"do_sample": True, "temperature": 0.8, "top_p": 0.95, "seed": given.seed}
        for piece in write.stream(prompt, max_new_tokens=NEW_IDS, **drawn):
            print(piece, end="", flush=True)
        speed = NEW_IDS / (time.perf_counter() - start)
        print(
            f"\n  ({NEW_IDS} tokens, {speed:.0f} a second, the prompt and this terminal included)"
        )
    tokens = write.tokenizer.encode(SENTENCES[0][:8]).tokens
    print(f"\nwhat each token sees\n{AttentionMask(tokens)}\n\nhow surprising a sentence is")
    for sentence in SENTENCES:
        figure = perplexity(write.model, sentence, tokenizer=write.tokenizer)
        print(f"  {sentence}  perplexity {figure:,.0f}")
    print("\nA demonstration: text like Japanese, which means little.")


if __name__ == "__main__":
    main()
