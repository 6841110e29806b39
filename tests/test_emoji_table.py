"""The emoji table is what its script builds, and makes one class of each emoji."""

from __future__ import annotations

import json
import random
import runpy
from pathlib import Path

import emoji
import pytest
from conftest import ROOT
from neox_text.japanese import emoji_classes

ASSET = ROOT / "python" / "neox_text" / "assets" / "japanese" / "emoji.json"
SIZE_BUDGET = 300_000
EVERY = [
    text
    for text, data in emoji.EMOJI_DATA.items()
    if data["status"] == emoji.STATUS["fully_qualified"]
]


@pytest.fixture(scope="module")
def table() -> dict[str, int]:
    read = json.loads(ASSET.read_text(encoding="ascii"))["emoji"]
    return {sequence: int(tag[len("<|emoji") : -len("|>")]) for sequence, tag in read.items()}


def test_script_builds_the_table() -> None:
    built = runpy.run_path(str(ROOT / "scripts" / "build_emoji.py"))["build"]()
    assert len(built) <= SIZE_BUDGET
    assert built == ASSET.read_text(encoding="ascii"), (
        f"with emoji {emoji.__version__}: run scripts/build_emoji.py"
    )


def test_each_emoji_is_one_class(table: dict[str, int]) -> None:
    assert len(EVERY) > 3_900
    for text in EVERY:
        assert emoji_classes(text) == [(0, len(text), table[text])], ascii(text)


def test_neighbours_stay_apart(table: dict[str, int], rng: random.Random) -> None:
    for _ in range(3_000):
        texts = rng.choices(EVERY, k=3)
        asked, at = [], 1
        for text in texts:
            asked.append((at, at + len(text), table[text]))
            at += len(text)
        assert emoji_classes(f"あ{''.join(texts)}。") == asked, ascii(texts)


def test_replacing_in_turn_gives_one_class(table: dict[str, int]) -> None:
    """What the references do with the table: they know no other search."""
    for text in EVERY:
        left = text
        for sequence, kind in table.items():
            if sequence in left:
                left = left.replace(sequence, f"<|emoji{kind}|>")
        assert left == f"<|emoji{table[text]}|>", ascii(text)


def test_other_forms(table: dict[str, int]) -> None:
    """Without style or with a part left out, the class is that of the whole."""
    for text, data in emoji.EMOJI_DATA.items():
        if data["status"] == emoji.STATUS["component"] or text in "©®™":
            assert emoji_classes(text) == [], ascii(text)
        else:
            assert emoji_classes(text) == [(0, len(text), table[text])], ascii(text)
    assert emoji_classes("猫と(犬)、1#2 <|emoji4|>") == []


def test_classes_of_the_published_table(table: dict[str, int], shared: Path) -> None:
    file = shared / "tokenizers" / "emoji.json"
    published = json.loads(file.read_text(encoding="utf-8"))
    ours = json.loads(ASSET.read_text(encoding="ascii"))
    assert ours["emoji_inv"] == published["emoji_inv"]
    for text, tag in published["emoji"].items():
        text = text.strip(" \u3000")
        if text not in "©®™":
            assert f"<|emoji{table[text]}|>" == tag, ascii(text)
            assert emoji_classes(f"あ{text}あ") == [(1, 1 + len(text), table[text])], ascii(text)


def test_places_are_characters(rng: random.Random) -> None:
    """However long the text is, and whatever stands before."""
    parts = [*rng.choices(EVERY, k=20), "(^_^)", "あ" * 999, "a\n", "\U00020bb7", "é\r\n"]
    texts = rng.choices(parts, k=2_000)
    asked, at = [], 0
    for text in texts:
        for start, end, kind in emoji_classes(text):
            asked.append((at + start, at + end, kind))
        at += len(text)
    assert asked
    assert emoji_classes("".join(texts)) == asked
