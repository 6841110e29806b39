"""`neox_text.japanese`: cleaning, one spelling, emoji and sentences, as a user calls them."""

from __future__ import annotations

import doctest
import functools
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import emoji
import pytest
from hypothesis import given
from hypothesis import strategies as st
from neox_text import NeoxTextError, japanese
from neox_text.japanese import (
    LAYERS,
    clean_text,
    emoji_classes,
    explain,
    normalize,
    split_sentences,
)

FULLY_QUALIFIED = [
    text
    for text, told in emoji.EMOJI_DATA.items()
    if told["status"] == emoji.STATUS["fully_qualified"]
]
FUNCTIONS: list[Callable[[Any], Any]] = [
    clean_text,
    emoji_classes,
    explain,
    normalize,
    split_sentences,
]

# All functions


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("wrong", [None, 5, b"bytes", ["text"]])
def test_only_a_str_is_a_text(function: Callable[[Any], Any], wrong: object) -> None:
    with pytest.raises(TypeError):
        function(wrong)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_lone_surrogate_is_told_with_its_place(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnicodeEncodeError) as told:
        function("あい\ud800う")
    assert told.value.start == 2


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_empty_text(function: Callable[[Any], Any]) -> None:
    assert function("") == ([] if function not in (clean_text, normalize) else "")


def test_examples_in_the_documentation() -> None:
    done = doctest.testmod(japanese, verbose=False)
    assert done.attempted >= 5
    assert not done.failed


def test_every_name_is_documented() -> None:
    assert all(getattr(japanese, name).__doc__ for name in japanese.__all__)


def test_import_is_light() -> None:
    script = "import sys, neox_text.japanese; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not {"numpy", "typing", "emoji", "transformers"} & set(done.stdout.split())


# clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("は https://a.jp/x?y=1 と ftp://b.jp", "は <URL> と <URL>"),
        ("a.b+c@x-y.jp です", "<EMAIL> です"),
        ("03-1234-5678と(090)12345678", "<TEL>と<TEL>"),
        ("2020年1月2日(月)12:34に", "<DATE>に"),
        ("500円(税込)と千万円", "<PRICE>と<PRICE>"),
        ("─━│猫█", "<BLOCK>猫<BLOCK>"),
        (" 猫\u3000と—犬\r\n", " 猫\u3000と—犬\r\n"),
    ],
)
def test_what_becomes_a_tag(text: str, cleaned: str) -> None:
    for profile in ("hf", "original", "modern"):
        assert clean_text(text, profile=profile) == cleaned, profile
    assert clean_text(text) == cleaned


def test_profiles_differ() -> None:
    prices = {
        profile: clean_text("1,234,567円と５００円", profile=profile)
        for profile in ("hf", "original", "modern")
    }
    assert prices == {
        "hf": "1,<PRICE>と<PRICE>",
        "original": "<PRICE>と５００<PRICE>",
        "modern": "<PRICE>と<PRICE>",
    }
    assert clean_text("令和2年3月4日", profile="hf") == "令和2年<DATE>"
    assert clean_text("令和2年3月4日", profile="modern") == "<DATE>"
    assert clean_text("@user さん", profile="hf") == "<EMAIL> さん"
    assert clean_text("@user さん", profile="modern") == "@user さん"


def test_an_unknown_profile() -> None:
    with pytest.raises(NeoxTextError, match=r"fast.*hf.*original.*modern"):
        clean_text("あ", profile="fast")  # type: ignore[arg-type]


@given(st.lists(st.sampled_from([*"あ1-@/:.年月日円,", "\n", "─", "http://", "\r\n"])).map("".join))
def test_lines_are_cleaned_one_by_one(text: str) -> None:
    """No line end is touched, and nothing is found across one."""
    for profile in ("hf", "original", "modern"):
        clean = functools.partial(clean_text, profile=profile)
        assert clean(text) == "\n".join(map(clean, text.split("\n")))


# normalize


@pytest.mark.parametrize(
    ("layer", "text", "due"),
    [
        ("canonical", "\ufa19", "神"),
        ("ivs", "葛\U000e0100", "葛"),
        ("width", "ｶﾞｷﾞ", "ガギ"),
        ("shinjitai", "慶應", "慶応"),
    ],
)
def test_a_layer_alone_and_in_all(layer: Any, text: str, due: str) -> None:
    assert normalize(text, layers=[layer]) == due
    assert normalize(text, layers=iter((layer,))) == due
    assert normalize(text) == due
    assert normalize(text, layers=()) == text


def test_layers_in_any_order() -> None:
    text = "慶應と\ufa19の葛\U000e0100ｶﾞ"
    assert normalize(text) == normalize(text, layers=LAYERS)
    assert normalize(text, layers=LAYERS[::-1]) == normalize(text)
    assert len(LAYERS) == 6


@pytest.mark.parametrize("text", ["西瓜", "壬生", "戊戌", "霞ヶ関", "弁護士", "一ヶ月", "二〇二六"])
def test_what_means_something_else_stays(text: str) -> None:
    assert normalize(text) == text


def test_unknown_layers() -> None:
    with pytest.raises(NeoxTextError, match="no-such"):
        normalize("あ", layers=["no-such"])
    for wrong in ("width", 5, [5]):
        with pytest.raises((TypeError, NeoxTextError)):
            normalize("あ", layers=wrong)  # type: ignore[arg-type]


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


# emoji_classes


def test_classes() -> None:
    text = "猫🐯と👋🏻👨‍👩‍👧(^_^)。"
    found = emoji_classes(text)
    assert [(text[start:end], kind) for start, end, kind in found] == [
        ("🐯", 4),
        ("👋🏻", 8),
        ("👨‍👩‍👧", 8),
        ("(^_^)", 12),
    ]
    assert emoji_classes("猫と(犬)、1#2 <|emoji4|>") == []


@given(st.text())
def test_spans_are_in_order(text: str) -> None:
    last = 0
    for start, end, kind in emoji_classes(text):
        assert last <= start < end <= len(text)
        assert 1 <= kind <= 12
        last = end


# split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        [],
        ["終わらない文"],
        ["円周率は3.14です。", "次。"],
        ["え！？", "本当？", "うん。"],
        ["一行目\n", "二行目\r\n", "三行目"],
        ["「行く。帰る。」と言った。", "次。"],
        ["『彼は「いい。」と。』と書く。", "次。"],
        ["「はい。」", "「いいえ。」"],
        ["「開いた。", "次。"],
        ["楽しい！😀", "次の文。"],
        ["すごい❗️", "本当⁉️😀", "うん"],
        ["嬉しい。👨‍👩‍👧❤️", "次。"],
        ["嬉しい！(^_^)", "次。"],
        ["It's 今。", "don’t。", "次"],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    assert split_sentences("".join(sentences)) == sentences


def test_every_emoji_belongs_to_the_sentence_before_it(rng: random.Random) -> None:
    """Alone, and with another: no grapheme is split, and none begins a sentence or closes one."""
    assert len(FULLY_QUALIFIED) > 3500
    closing = {text for text in FULLY_QUALIFIED if text[0] in "‼⁉❗❓❔❕"}
    others = [text for text in FULLY_QUALIFIED if text not in closing]
    assert len(closing) == 6
    for one in FULLY_QUALIFIED:
        other = rng.choice(others)
        sentences = [f"楽しい！{one}", f"次{other}の文。{other}{one}", "終わり"]
        assert split_sentences("".join(sentences)) == sentences


@given(st.text(alphabet="あ。！？.!?「」『』（）()[]“”‘’\"' \u3000\n\r\u2028😀\u200d\ufe0f(^_^)a1"))
def test_joined_they_give_the_text(text: str) -> None:
    sentences = split_sentences(text)
    assert "".join(sentences) == text
    assert "" not in sentences


# explain


def test_explain_is_that_of_a_tokenizer() -> None:
    from neox_text import JapaneseTokenizer

    text = "慶應—🐯\u3000\U00013000"
    tok = JapaneseTokenizer.default()
    assert explain(text) == tok.explain(text)
    other = tok.with_options(do_clean_text=True)
    assert explain("は1月2日", tokenizer=other) == other.explain("は1月2日")
    assert [rewrite.kind for rewrite in explain("は1月2日", tokenizer=other)] == ["date"]
    kinds = [rewrite.kind for rewrite in explain(text)]
    assert kinds == ["heterograph", "dash", "emoji", "space", "bytes"]
