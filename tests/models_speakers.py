"""Random models that speak our tokenizers: what they say means nothing, and breaks characters."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import models_reference as reference
from conftest import END, PAD
from models_reference import Pair
from neox_text import JapaneseTokenizer, Tokenizer

PROMPT = "Das Wetter ist heute"
JAPANESE_PROMPT = "吾輩は猫である。"
CONTEXT = 128


def speaker(tok: Any, folder: Path, family: str = "gpt_neox", **more: Any) -> Pair:
    """A model and the tokenizer in one folder; it chooses among all ids of the tokenizer."""
    size: dict[str, Any] = {
        "vocab_size": max(tok.get_vocab().values()) + 1,
        "hidden_size": 32,
        "num_attention_heads": 2,
        "max_position_embeddings": CONTEXT,
    }
    config = reference.draw(family, random.Random("speaker"), **size | more)
    made = Pair(config, folder, spread=0.35)
    tok.save_pretrained(folder)
    return made


def speak(kind: str, tiny_file: Path, folder: Path, **more: Any) -> tuple[Pair, Any]:
    """A speaker of byte-level BPE, or of Japanese, and its tokenizer."""
    japanese = kind == "japanese"
    tok: Any = JapaneseTokenizer.default()
    if not japanese:
        tok = Tokenizer.from_file(tiny_file, eos_token=END, pad_token=PAD)
    own = {"family": "gpt_neox_japanese" if japanese else "gpt_neox"}
    return speaker(tok, folder, **own | more), tok


def pieces_of(tok: Any, ids: list[int]) -> list[str]:
    """What a decoding stream gives for each id, and at the end."""
    stream = tok.decode_stream(skip_special_tokens=True)
    return [*(stream.step(id) for id in ids), stream.finish()]
