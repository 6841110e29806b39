"""Japanese text without a tokenizer: cleaning, one spelling, emoji, sentences, and explanations.

    from neox_text import japanese

    japanese.clean_text("連絡は a@b.jp か 03-1234-5678")  # '連絡は <EMAIL> か <TEL>'
    japanese.normalize("慶應")  # '慶応'
    japanese.emoji_classes("猫🐯")  # [(1, 2, 4)]
    japanese.split_sentences("「行く。」と言った。次の文。")  # ['「行く。」と言った。', '次の文。']

All work in time linear in the text, whatever it holds. Positions count characters. TypeError for
what is no `str`, UnicodeEncodeError for a text with a lone surrogate.
"""

from __future__ import annotations

from neox_text import _core

TYPE_CHECKING = False  # as type checkers read it; `typing` is not worth its time at every start
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from neox_text._core import JapaneseTokenizer, Rewrite

    Profile = Literal["hf", "original", "modern"]
    Layer = Literal["canonical", "ivs", "width", "shinjitai", "koseki", "unihan"]

__all__ = ["LAYERS", "clean_text", "emoji_classes", "explain", "normalize", "split_sentences"]

LAYERS: tuple[Layer, ...] = ("canonical", "ivs", "width", "shinjitai", "koseki", "unihan")
"""The layers of `normalize`, in the order in which they work."""


def clean_text(text: str, *, profile: Profile = "hf") -> str:
    """Replace what carries no language by tags.

    These are `<URL>`, `<EMAIL>`, `<TEL>`, `<DATE>`, `<PRICE>`, and `<BLOCK>` for a run of box
    drawing and block elements (U+2500 to U+259F). Nothing else changes: no line end, no space.

    Args:
        text: Any text.
        profile: Whose rules. `"hf"`: `SubWordJapaneseTokenizer.clean_text` of `transformers` from
            4.50 on; `"original"`: `SWEEncoder_ja` of Japanese-BPEEncoder_V2, whose prices differ;
            `"modern"`: our own, which know dates of eras, grouped prices and full-width digits, and
            leave `@name` alone.

    Returns:
        The text with tags. A tokenizer of the same profile that is made with `do_clean_text=True`
        cleans by the same rules, after it has found emoji.

    Raises:
        NeoxTextError: There is no such profile.

    >>> clean_text("1月2日に https://a.jp/x で1,200円")
    '<DATE>に <URL> で<PRICE>'
    """
    return _core.japanese_clean_text(text, profile=profile)


def normalize(text: str, *, layers: Iterable[str] = LAYERS) -> str:
    """Write characters that are the same to a reader in one way.

    Args:
        text: Any text.
        layers: Which pairs to apply, in any order; they work in the order of `LAYERS`.

            * `"canonical"`: compatibility ideographs and standardized variation sequences
              (`神` U+FA19 becomes `神` U+795E)
            * `"ivs"`: variation selectors behind an ideograph go
            * `"width"`: half-width kana, with their voicing marks composed, radicals, circled and
              squared forms
            * `"shinjitai"`: old forms of the official lists (`慶應` becomes `慶応`)
            * `"koseki"`: forms of the family registers
            * `"unihan"`: `kZVariant` and `kSemanticVariant` of Unihan

    Returns:
        The text in that spelling. Doing it twice changes nothing more. What other words may mean
        stays: `西瓜`, `壬生`, `霞ヶ関`.

    Raises:
        NeoxTextError: There is no such layer.

    >>> normalize("ｶﾞｷﾞと慶應"), normalize("ｶﾞｷﾞと慶應", layers=["width"])
    ('ガギと慶応', 'ガギと慶應')
    """
    return _core.japanese_normalize(text, layers=layers)


def emoji_classes(text: str) -> list[tuple[int, int, int]]:
    """Find emoji and kaomoji, whole graphemes, and tell their classes.

    Args:
        text: Any text.

    Returns:
        `(start, end, class)` of each, in order and without overlap; `text[start:end]` is the emoji.
        The class is that of the token which it becomes, `<|emoji4|>` for 4: 1 smiling faces,
        2 unwell and sad ones, 3 activities, 4 animals and nature, 5 flags, 6 food and drink,
        7 objects, 8 people, 9 hearts, affection and neutral faces, 10 symbols, 11 travel and
        places, 12 kaomoji.

    >>> emoji_classes("猫🐯と(^_^)")
    [(1, 2, 4), (3, 8, 12)]
    """
    return _core.japanese_emoji_classes(text)


def split_sentences(text: str) -> list[str]:
    """Split a text into sentences.

    * `。 ！ ？` and their like (`｡ ‼ ⁉ ❗ ❓`) close a sentence, `！？` once; so do `．` and ASCII
      `. ! ?` where they can be nothing else: not in `3.14`, `e.g.`, `Mr. X`, `Yahoo!ニュース`,
      `/find?q=1`.
    * Closing brackets and quotes, emoji and kaomoji that follow belong to the sentence; so does
      white space, as far as it does not indent the next line.
    * A line end closes a sentence, and empty lines belong to the one before them.
    * Nothing within brackets or quotes closes one: `「行く。」と言った。` is one sentence. A
      bracket without a partner is a character like any other; the partner must follow within 16
      line ends, that of an ASCII bracket, or of a single or straight quote, on the same line.
    * Two that speak are two: `「はい。」「いいえ。」`.

    Args:
        text: Any text.

    Returns:
        The sentences. Joined they give the text, and none is empty; a text of white space alone is
        one, an empty text has none.

    >>> split_sentences("え！？（注。重要）です。😀次")
    ['え！？', '（注。重要）です。😀', '次']
    """
    return _core.japanese_split_sentences(text)


def explain(text: str, *, tokenizer: JapaneseTokenizer | None = None) -> list[Rewrite]:
    """Tell each rewrite that a text goes through on its way to tokens: `tokenizer.explain(text)`.

    Args:
        text: Any text.
        tokenizer: Whose rewrites; the default tokenizer's without.

    Returns:
        A `Rewrite(start, end, source, target, kind)` for each, in order and without overlap, where
        `text[start:end]` is `source`. `kind` is `"space"`, `"dash"`, `"emoji"`, `"url"`, `"email"`,
        `"tel"`, `"date"`, `"price"`, `"block"`, `"heterograph"`, `"symbol"` or `"bytes"`. The text
        with the targets in place is what `id_to_token` gives for its ids, joined.

    >>> [(r.source, r.target, r.kind) for r in explain("慶應—")]
    [('慶應', '慶応', 'heterograph'), ('—', 'ー', 'dash')]
    """
    if tokenizer is None:
        tokenizer = _core.JapaneseTokenizer.default()
    return tokenizer.explain(text)
