"""A small vocabulary and emoji table of our own, and texts that are hard for them.

The vocabulary has the form of the published ones: learnt n-grams, some of which a prefix beats;
single characters with their alternates; lines that occur twice; tags, bytes and special tokens.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from neox_text import JapaneseTokenizer

# In the order of ids: "カード" beats its prefixes, "ている" is beaten by "てい".
NGRAMS = (
    "カード", "てい", "です", "ます", "まし", "した", "東京", "大学", "慶応,慶應,𢝑応", "ある",
    "ている",
    "ました", "である", "実は", "カー", "ード", "東京都", "きぃ", "学生", "日本", "本当", "きぃ",
    "会社",
    "キィ", "あの", "あのね", "12", "ab", "the", "か゛", "が,か゛", "弁護", "西爪,西瓜",
)  # fmt: skip
KANJI = (
    "東", "京", "都", "大", "学", "慶", "応,應", "実", "日", "本", "人",
    "弁,弁\U000e0100,辨,瓣,辯", "護",
    "竜,龍", "島,嶋", "爪,瓜", "西", "箇,ケ,ヶ", "一", "二", "三", "十", "百", "千", "万", "億",
    "円", "年", "月",
    "葛", "猫,貓", "髙", "神", "税", "込", "抜", "時", "分", "曜", "令,㋿", "和", "平", "成",
    "昭", "々", "〇",
    "株,㍿", "会", "社", "生", "当", "の",
)  # fmt: skip
SIGNS = tuple("。、「」！？…→○★♪§¶†・ー〜～゛゜㈱①©®♂♀♨㊙☆")
TAGS = (
    "<BR>", "<SP>", "<TAB>", "<URL>", "<EMAIL>", "<TEL>", "<DATE>", "<PRICE>", "<BLOCK>",
    "<KIGOU>",
    "<U2000U2BFF>",
)  # fmt: skip
SPECIAL = ("<|startoftext|>", "<|separator|>", "<|nottoken|>", "<|endoftext|>")
# In the order of the file: of two keys that meet, the upper one is taken first.
EMOJI = {
    "😀": 1, "😃": 1, "🤕": 2, "❤️": 9, "❤": 9, "👋": 8, "👋🏻": 8, "👋🏿": 8, "👩": 8, "👨": 8,
    "👩‍❤️‍👨": 9, "👨‍👩‍👧": 8, "🏴": 5, "🏴‍☠️": 1, "🔥": 11, "❤️‍🔥": 9, "🐯": 4, "🐈": 4,
    "🍙": 6, "🌏": 11,
    "⚽": 3, "🥁": 7, "©️": 10, "©": 10, "®": 10, "♂️": 10, "♂": 10, "♨": 11, "㊙️": 10,
    "㊙": 10, "🟥": 10,
    "1️⃣": 10, "🇯🇵": 5, "🇺🇸": 5, "(^_^)": 12, "(^^)": 12, "m(_ _)m": 12, "|*￣ー￣|": 12,
    "(;_;)": 12, "^^": 12,
}  # fmt: skip
DISPLAYS = ("😀", "🤕", "⚽", "🐯", "🇯🇵", "🍙", "🥁", "🤚", "❤", "🟥", "🌏", "(^_^)")


def vocab_text() -> str:
    """The text of a `vocab.txt` without a last newline."""
    kana = [chr(c) for c in (*range(0x3041, 0x3097), *range(0x30A1, 0x30F7))]
    kana[kana.index("ゔ")] = "う,ゔ"
    alternates = {"カ": "カ,ｶ", "ア": "ア,ｱ", "ハ": "ハ,ﾊ", "ガ": "ガ,ｶﾞ"}
    digits = [chr(c) for c in range(0xFF10, 0xFF1A)]
    ascii_ = [chr(c) for c in range(0x21, 0x7F)]
    lines = (
        *NGRAMS, *(alternates.get(c, c) for c in kana), *KANJI, "ヶ", *digits, *ascii_, *SIGNS,
        *TAGS,
        *(f"<|emoji{i}|>" for i in range(1, 13)), *(f"<|byte{i}|>" for i in range(255)), *SPECIAL,
    )  # fmt: skip
    return "\n".join(lines)


def emoji_table() -> dict[str, dict[str, str]]:
    """An `emoji.json` as a value."""
    shown = {f"<|emoji{i}|>": text for i, text in enumerate(DISPLAYS, 1)}
    return {"emoji": {key: f"<|emoji{i}|>" for key, i in EMOJI.items()}, "emoji_inv": shown}


def write(folder: Path) -> tuple[Path, Path]:
    """Both files in a folder."""
    vocab, emoji = folder / "vocab.txt", folder / "emoji.json"
    vocab.write_bytes(vocab_text().encode())
    emoji.write_bytes(json.dumps(emoji_table()).encode())
    return vocab, emoji


@functools.cache
def small(profile: str = "hf", **options: object) -> JapaneseTokenizer:
    """A tokenizer of the small vocabulary."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        vocab, emoji = write(Path(folder))
        return JapaneseTokenizer.from_files(vocab, emoji, profile=profile, **options)  # type: ignore[arg-type]


# Of each kind of trouble, what texts of it are made of.
TROUBLE: dict[str, Sequence[str]] = {
    "prices": (*"0123456789,億万千円", "ドル", "ユーロ", "千円", "万円", "千万円", "(税込)",
    "+tax", "５", "ド", "ユ"),
    "dates": (*"0123456789年月日/-時分:", "2020年", "12月", "3日", "(月)", "(土", "㈪", "㈰",
    "令和", "㍻", "㋿"),
    "telephones": (*"0123456789-()", "090", "1234", "(03)"),
    "addresses": ("http://", "https://", "ftp://", "://", *"aZ9.-_~?%#@/&=+$,;:'()*!あ。<",
    "a@b", "x.jp", "@", "@@"),
    "tags": (
        *TAGS, *SPECIAL, "<|byte65|>", "<|byte227|>", "<|byte255|>", "<|emoji4|>", "<|emoji13|>",
        "<|endoftext|", "<",
        "<<", "<|", "|>", "<S", ">",
    ),
    "blocks": (*"─│╿▀█▟■\u24ff\u2500\u259f\u25a0", "<BLOCK>", " "),
    "spaces": (*" \u3000\r\n\t\xa0\u2028\x0b\x0c\x85\x00\x1f\x7f", "\r\n"),
    "dashes": tuple("—−―–‐－ー~〜～-ーアあ"),
    "borders": (
        *"\ud7ff\ue000\uffff\U00010000\U0010ffff\xa0\xa1\xbf\xc0\u01bf\u01c0\u01c3\u01c4",
        *"\u02b8\u02b9\u02ff",
        *"\u0300\u0362\u0363\u1fff\u2000\u2bff\u2c00\ufeff\x80",
    ),
    "kana": (*"ｱｶﾊﾞﾟｧｬｯ゛゜がかカガヴゔゐヶ々〇\u3099\u309a", "ｶﾞ", "か\u3099", "は\u309a",
    "か゛"),
    "variants": (*"弁辨葛応應竜龍瓜爪①㈱㍿髙\U000e0100\U000e0101\ufe00\ufe0f", "慶応", "慶應",
    "西瓜", "弁\U000e0100"),
    "parts of emoji": tuple("\u200d\ufe0f\ufe0e🏻🏿🇯🇵👋👩❤🔥1#\u20e3🏴☠\U000e0067©♂"),
    "faces": (*"(^_^)(*;∀`)m/ΦωΦ￣ー|", "(^^)", "(^_^)", "m(_ _)m", "|*￣ー￣|"),
    "other scripts": tuple("한국ไทยعéñü𓀀𠀋"),
    "words": ("カード", "ている", "ました", "である", "東京都", "きぃ", "あのね", "the", "ab",
    "12", "会社", "。", "猫"),
}  # fmt: skip


def texts(
    source: random.Random, count: int, *more: Sequence[str], chunks: int = 4, length: int = 8
) -> Iterator[str]:
    """So many texts of one to `chunks` chunks, each of one kind of trouble or of `more`."""
    kinds = [*TROUBLE.values(), tuple(EMOJI), *more]
    for _ in range(count):
        drawn = (
            source.choices(source.choice(kinds), k=source.randint(1, length))
            for _ in range(source.randint(1, chunks))
        )
        yield "".join(part for chunk in drawn for part in chunk)
