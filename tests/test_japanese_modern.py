"""What the profile "modern" mends: each mend by its own option and by its number."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from japanese_texts import EMOJI, small, texts
from neox_text import JapaneseTokenizer

Holds = Callable[[JapaneseTokenizer], bool]


def cleaned(tok: JapaneseTokenizer, text: str) -> list[str]:
    return tok.with_options(do_clean_text=True).encode(text).tokens


def comma(tok: JapaneseTokenizer) -> bool:
    return tok.encode("a,b").tokens == ["a", ",", "b"]


def lossless(tok: JapaneseTokenizer) -> bool:
    return tok.decode(tok.encode("é𓀀한").ids) == "é𓀀한"


def unstripped(tok: JapaneseTokenizer) -> bool:
    return tok.decode(tok.encode(" あ\n").ids) == " あ\n"


def distinct(tok: JapaneseTokenizer) -> bool:
    lines = max(tok.get_vocab().values()) + 1
    try:
        added = tok.with_added_tokens(["新語"]).token_to_id("新語")
    except ValueError:
        return False
    return len(tok) == tok.get_vocab_size() == lines == added


def grapheme(tok: JapaneseTokenizer) -> bool:
    emoji = ("👋🏻", "🏴‍☠️", "❤️‍🔥", "👨‍👩‍👧", "m(_ _)m")
    return all(len(tok.encode(text).ids) == 1 for text in emoji)


def longest(tok: JapaneseTokenizer) -> bool:
    return [tok.encode(t).tokens for t in ("ている", "ました")] == [["ている"], ["ました"]]


def better(tok: JapaneseTokenizer) -> bool:
    known = {"令和2年3月4日": "<DATE>", "1,234,567円": "<PRICE>", "２０２０年１月２日": "<DATE>"}
    return "<EMAIL>" not in cleaned(tok, "@user の") and all(
        cleaned(tok, text) == [tag] for text, tag in known.items()
    )


def composed(tok: JapaneseTokenizer) -> bool:
    return tok.encode("ｶﾞか\u3099は\u309aﾊﾟ").ids == tok.encode("ガがぱパ").ids


def stripped(tok: JapaneseTokenizer) -> bool:
    text = "葛\U000e0100神\ufe00葛\U000e0101\U000e0102"
    return tok.encode(text).ids == tok.encode("葛神葛").ids


def principled(tok: JapaneseTokenizer) -> bool:
    differ = tok.encode("西瓜").ids != tok.encode("西爪").ids
    return differ and tok.encode("慶應").ids == tok.encode("慶応").ids


# F9, offsets, has a file of its own, and so has F8, tags as text.
MENDS: dict[str, tuple[dict[str, Any], Holds]] = {
    "F1 comma": ({"comma": True}, comma),
    "F2 lossless": ({"lossless": True}, lossless),
    "F3 no strip": ({"strip": False}, unstripped),
    "F4 ids of their own": ({"distinct_ids": True}, distinct),
    "F5 whole emoji": ({"emoji": "grapheme"}, grapheme),
    "F6 longest match": ({"match": "longest"}, longest),
    "F10 better cleaning": ({"cleaning": "better"}, better),
    "F11 voicing": ({"compose": True}, composed),
    "F12 heterographs": ({"heterographs": "layers"}, principled),
    "F14 variation selectors": ({"ivs": "strip"}, stripped),
}


@pytest.mark.parametrize("name", MENDS)
def test_mend(name: str) -> None:
    option, holds = MENDS[name]
    assert holds(small("modern"))
    assert not holds(small("hf"))
    assert holds(small("hf", **option))
    assert holds(small("hf").with_options(**option))
    # Without it modern has the flaw again.
    ((key, value),) = option.items()
    flaw = small("hf").options[key]
    assert flaw != value
    assert not holds(small("modern").with_options(**{key: flaw}))


@pytest.mark.parametrize("name", MENDS)
def test_a_mend_changes_nothing_else(rng: random.Random, name: str) -> None:
    """Texts that no flaw touches have the same ids."""
    option, _ = MENDS[name]
    plain, mended = small(), small("hf", **option)
    words = ("カード", "東京", "です", "あのね", " ", "\n", "🐯", "猫", "a", "é", "”", "<SP>", "12")
    for _ in range(300):
        text = "".join(rng.choices(words, k=rng.randint(0, 9)))
        if name == "F6 longest match" and ("12" in text or "あのね" in text):
            continue
        assert mended.encode(text).ids == plain.encode(text).ids, text


def test_f7_dropout() -> None:
    tok = small("modern")
    text = "カードている東京都あのね。" * 300
    counts = {
        r: len(tok.with_options(dropout=r, seed=1).encode(text)) for r in (0.0, 0.1, 0.5, 1.0)
    }
    assert counts[0.0] == len(tok.encode(text)) < counts[0.1] < counts[0.5] < counts[1.0]
    first, again, other = (
        tok.with_options(dropout=0.3, seed=s).encode(text).ids for s in (7, 7, 8)
    )
    assert first == again != other
    some = tok.with_options(dropout=0.3, seed=7)
    assert some.encode_batch([text, "あ", text]).to_lists()[::2] == [first, first]
    assert tok.decode(first) == text
    for bad in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="dropout"):
            tok.with_options(dropout=bad)
    # An end of line, a tag and a sign without a line have no second choice.
    for rate in (1e-9, 1.0):
        dropping = tok.with_options(dropout=rate, seed=3)
        assert dropping.encode("a\r\nb<SP>”").ids == tok.encode("a\r\nb<SP>”").ids


def test_f8_tags_of_others_are_text() -> None:
    tok = small("modern")
    assert tok.decode(tok.encode_ordinary("<|endoftext|>")) == "<|endoftext|>"
    assert tok.eos_token_id not in tok.encode_ordinary("<|endoftext|>")


def test_f9_offsets() -> None:
    assert small("modern").encode("ｶﾞ👋🏻葛\U000e0100").offsets == [(0, 2), (2, 4), (4, 6)]


def test_f13_linear() -> None:
    """In quadratic time this would take hours; that it ends is the test."""
    for unit in ("1千", "a", "億", "1999年", "ｶﾞ", "葛\U000e0100", "<|byte", "(^"):
        text = unit * (3_000_000 // len(unit))
        for profile in ("hf", "original", "modern"):
            assert len(small(profile, do_clean_text=True).encode_to_numpy(text)) > 0


# Together


def test_everything_comes_back(rng: random.Random) -> None:
    tok = small("modern")
    pool = [
        *"한국ไทยعرéñü𓀀𠀋\U0010ffff\ue000\x00",
        " ",
        "\n",
        "\t",
        *"猫は東京a1,",
        "である",
        "ました",
    ]
    for _ in range(3000):
        text = "".join(rng.choices(pool, k=rng.randint(0, 12)))
        ids = tok.encode(text).ids
        assert tok.decode(ids) == text
        assert tok.decode_bytes(ids) == text.encode()


def test_marks_among_rare_characters() -> None:
    """Characters behind a mark that went are still themselves."""
    tok = small("modern")
    for text, due in {
        "葛\U000e0100한é": "葛한é", "한か\u3099한": "한が한", "𓀀葛\ufe00\ufe01𓀀": "𓀀葛𓀀",
        "ｶﾞ한ｶﾞ": "ガ한ガ",
        "한\U000e0100": "한\U000e0100", "か\ufe00\u3099": "か\ufe00\u3099", "\u3099한": "\u3099한",
        "か\u3099\u3099한": "が\u3099한", "👨‍👩‍👧한葛\ufe00한": None,
    }.items():  # fmt: skip
        found = tok.decode(tok.encode(text).ids)
        assert found == (due or found), ascii(text)
        assert due or found.endswith("한葛한")


def test_modern_texts_agree_in_every_form(rng: random.Random) -> None:
    for options in ({}, {"do_clean_text": True}):
        tok = small("modern", **options)
        cases = list(texts(rng, 1000, list(EMOJI)))
        rows = tok.encode_batch(cases, threads=2).to_lists()
        for case, row in zip(cases, rows, strict=True):
            assert np.array_equal(tok.encode_to_numpy(case), row)
            assert tok.encode(case).ids == row
            assert tok.encode_bytes(case.encode()).ids == row


def test_options_have_names() -> None:
    tok = small()
    for options in (
        {"match": "no such"},
        {"emoji": "?"},
        {"ivs": "?"},
        {"cleaning": "?"},
        {"price": "?"},
        {"profile": "?"},
    ):
        (name,) = options
        with pytest.raises(ValueError, match=name):
            tok.with_options(**options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no_such_option"):
        tok.with_options(no_such_option=1)  # type: ignore[call-arg]
    modern = small("modern")
    assert tok.with_options(profile="modern") == modern
    assert modern.with_options(profile="hf") == tok
    assert modern.options != tok.options
