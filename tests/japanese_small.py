"""A small Japanese vocabulary and emoji table of our own, shaped as the published ones."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

GRAMS = [
    "慶応,慶應", "東京,東亰", "大阪", "大学,大學", "今日", "である", "です", "ました,ﾏｼﾀ", "きぃ",
    "ている", "テスト,ﾃｽﾄ", "吾輩", "出身", "1,①",
]  # fmt: skip
KANJI = "慶応東京大阪学今日吾輩猫実出身円年月日時千万億"
SYMBOLS = "。、「」！？（）()[]{}*^_-+/\\:;.@#%&'\"=~|!?$` ー ～ ― ☆ …"
DISPLAYS = ["😀", "🤕", "⚽", "🐯", "🇯🇵", "🍙", "🥁", "🤚", "❤", "🟥", "🌏", "(^_^)"]
EMOJI = {
    "😀": 1, "😷": 2, "⚽": 3, "🐯": 4, "🇯🇵": 5, "🍙": 6, "🥁": 7, "👋": 8, "👋🏻": 8, "❤️": 9,
    "❤": 9, "🟥": 10, "🌏": 11, "(^_^)": 12, "(^_^)/": 12, "m(_ _)m": 12,
}  # fmt: skip
TAGS = [
    *("<BR>", "<SP>", "<TAB>", "<URL>", "<EMAIL>", "<TEL>", "<DATE>", "<PRICE>", "<BLOCK>"),
    *("<KIGOU>", "<U2000U2BFF>"),
    *(f"<|emoji{n}|>" for n in range(1, 13)),
    *(f"<|byte{n}|>" for n in range(255)),
    *(f"<|{name}|>" for name in ("startoftext", "separator", "nottoken", "endoftext")),
]
ODD = [
    " ", "\u3000", "\n", "\r\n", "\t", "—", "−", "é", "𓀀", "”", "<SP>", "<|byte65|>", "─", "🤖",
    "<|startoftext|>", "<|endoftext|>", "https://a.jp/x", "a@b.jp", "03-1234-5678",
    "2020年1月2日", "1,200円",
]  # fmt: skip


def lines() -> list[str]:
    """The lines of `vocab.txt`; one occurs twice, so distinct lines are one fewer than ids."""
    kana = [chr(c) for c in (*range(0x3041, 0x3097), *range(0x30A1, 0x30F7))]
    ascii_letters = [chr(c) for c in range(0x30, 0x7B) if chr(c).isalnum()]
    singles = ["弁,辨,辯", *dict.fromkeys(KANJI), *ascii_letters]
    symbols = dict.fromkeys(c for c in SYMBOLS if c != " ")
    return [*GRAMS, *kana, *singles, *symbols, "<", ">", ",", "きぃ", *TAGS]


def files(folder: Path) -> tuple[Path, Path]:
    """Both files, written into a folder that is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    vocab, emoji = folder / "vocab.txt", folder / "emoji.json"
    vocab.write_bytes("\n".join(lines()).encode())
    table: dict[str, Any] = {
        "emoji": {key: f"<|emoji{n}|>" for key, n in EMOJI.items()},
        "emoji_inv": {f"<|emoji{n}|>": shown for n, shown in enumerate(DISPLAYS, 1)},
    }
    emoji.write_bytes(json.dumps(table).encode())
    return vocab, emoji


def draw_text(source: random.Random) -> str:
    """A short text of words, tags, spaces, emoji and odd characters."""
    words = [surface for line in GRAMS for surface in line.split(",")]
    pools = [words, [*KANJI, "は", "と", "の"], list(EMOJI), ODD]
    return "".join(source.choice(source.choice(pools)) for _ in range(source.randint(0, 9)))
