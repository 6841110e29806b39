"""Where Japanese tokens come from: offsets, spans and rewrites."""

from __future__ import annotations

import random

import pytest
from japanese_texts import EMOJI, emoji_table, small, texts, vocab_text
from neox_text import Encoding, JapaneseTokenizer
from reference.japanese import Twin

KINDS = {
    "space", "dash", "emoji", "url", "email", "tel", "date", "price", "block", "heterograph",
    "symbol", "bytes",
}  # fmt: skip


def pieces(text: str, encoding: Encoding) -> list[str]:
    return [text[start:end] for start, end in encoding.spans().tolist()]


def partition(text: str, encoding: Encoding) -> None:
    """Every character and every byte lies in one span, and offsets are the sources."""
    for unit, size in (("char", len(text)), ("byte", len(text.encode()))):
        at = 0
        for start, end in encoding.spans(unit=unit).tolist():  # type: ignore[arg-type]
            assert start == at <= end, ascii(text)
            at = end
        assert at == size, ascii(text)
    source, due = (0, 0), []
    for start, end in encoding.spans().tolist():
        source = (start, end) if start < end else source
        due.append(source)
    assert encoding.offsets == due, ascii(text)
    assert encoding.offsets_array().tolist() == [list(pair) for pair in due]


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("profile", ["hf", "original"])
def test_spans_are_the_slow_ones(rng: random.Random, profile: str, clean: bool) -> None:
    tok = small(profile, do_clean_text=clean)
    slow = Twin(vocab_text(), emoji_table(), profile, clean=clean)
    for text in texts(rng, 1500, list(slow.ids)):
        encoding = tok.encode(text)
        due = [[token.start, token.end] for token in slow.tokens(text)]
        assert encoding.spans().tolist() == due, ascii(text)
        partition(text, encoding)


MENDS: list[dict[str, object]] = [
    {}, {"do_clean_text": True}, {"do_clean_text": True, "cleaning": "reference"},
    {"emoji": "rank"}, {"ivs": "keep"},
    {"compose": False}, {"match": "smallest"}, {"dropout": 0.3, "seed": 5},
]  # fmt: skip


@pytest.mark.parametrize("options", MENDS, ids=str)
def test_spans_are_a_partition_in_modern(rng: random.Random, options: dict[str, object]) -> None:
    tok = small("modern", **options)
    for text in texts(rng, 500, list(EMOJI)):
        partition(text, tok.encode(text))


def test_batches_have_the_same_offsets(rng: random.Random) -> None:
    for tok in (small(), small("modern", do_clean_text=True)):
        cases = list(texts(rng, 200))
        batch = tok.encode_batch(cases)
        alone = [tok.encode(case) for case in cases]
        assert [encoding.offsets for encoding in batch] == [encoding.offsets for encoding in alone]
        assert batch.offsets.tolist() == [list(pair) for e in alone for pair in e.offsets]


@pytest.mark.parametrize("profile", ["hf", "original"])
def test_known_spans(profile: str) -> None:
    plain, clean = small(profile), small(profile, do_clean_text=True)
    for text, due in {
        "慶應 大学": ["慶應", " ", "大学"], "a\r\nb": ["a", "\r\n", "b"], "é": ["é", ""],
        "𓀀": ["𓀀", "", "", ""],
        "a🐯b": ["a", "🐯", "b"], "(^_^)": ["(^_^)"], "👋🏻": ["👋", "🏻", "", "", ""],
        "<SP>猫": ["<SP>", "猫"],
        "弁\U000e0100": ["弁\U000e0100"], "": [],
    }.items():  # fmt: skip
        assert pieces(text, plain.encode(text)) == due, text
    for text, due in {
        "猫─━│猫": ["猫", "─━│", "猫"], "─<BLOCK>─": ["─<BLOCK>─"], "a@b.jp\n": ["a@b.jp", "\n"],
        "は\u3000https://a.jp/x 03-1234-5678": ["は", "\u3000", "https://a.jp/x", " ",
        "03-1234-5678"],
        "2020年1月2日(月)12:34に": ["2020年1月2日(月)12:34", "に"],
        "12,345円(税込)猫": ["12,345円(税込)", "猫"],
    }.items():  # fmt: skip
        assert pieces(text, clean.encode(text)) == due, text


def test_known_spans_of_modern() -> None:
    tok = small("modern")
    for text, due in {
        "👋🏻あ": ["👋🏻", "あ"], "ｶﾞa": ["ｶﾞ", "a"], "か\u3099a": ["か\u3099", "a"],
        "葛\U000e0100\U000e0101の": ["葛\U000e0100\U000e0101", "の"],
        "葛\U000e0100한": ["葛\U000e0100", "한", "", ""],
        "한葛\ufe00é🐯": ["한", "", "", "葛\ufe00", "é", "", "🐯"],
    }.items():  # fmt: skip
        assert pieces(text, tok.encode(text)) == due, ascii(text)


def test_characters_and_tokens() -> None:
    encoding = small().encode("慶應 é🐯")
    assert [encoding.char_to_token(i) for i in range(5)] == [0, 0, 1, 2, 4]
    assert [encoding.token_to_chars(i) for i in range(5)] == [
        (0, 2),
        (2, 3),
        (3, 4),
        (3, 4),
        (4, 5),
    ]
    assert encoding.truncate(2).offsets == [(0, 2), (2, 3)]
    pair = small().encode("慶應", "猫")
    assert (pair.type_ids, pair.offsets) == ([0, 1], [(0, 2), (0, 1)])


def explained(tok: JapaneseTokenizer, text: str) -> set[str]:
    """The kinds of rewrites of a text; with them in place it is its canonical surfaces."""
    parts, at, seen = [], 0, set()
    for rewrite in tok.explain(text):
        assert at <= rewrite.start < rewrite.end, ascii(text)
        assert rewrite.source == text[rewrite.start : rewrite.end], ascii(text)
        assert rewrite.source != rewrite.target
        parts += [text[at : rewrite.start], rewrite.target]
        at = rewrite.end
        seen.add(rewrite.kind)
    due = "".join(tok.id_to_token(i) or "" for i in tok.encode(text).ids)
    assert "".join([*parts, text[at:]]) == due, ascii(text)
    return seen


def test_rewrites_give_the_tokens_back(rng: random.Random) -> None:
    for options in ({}, {"comma": True, "match": "longest"}):
        seen = set()
        for text in texts(rng, 1500, list(EMOJI)):
            seen |= explained(small(do_clean_text=True, **options), text)
        assert seen == KINDS


def test_rewrites_of_modern(rng: random.Random) -> None:
    for text in texts(rng, 1000, list(EMOJI)):
        assert explained(small("modern", do_clean_text=True), text) <= KINDS


def test_known_rewrites() -> None:
    for text, due in {
        "慶應": ("慶応", "heterograph"), "—": ("ー", "dash"), "\u3000": ("<SP>", "space"),
        "\r\n": ("<BR>", "space"),
        "🐯": ("<|emoji4|>", "emoji"), "a@b.jp": ("<EMAIL>", "email"), "http://a": ("<URL>",
        "url"), "─": ("<BLOCK>", "block"),
        "1/2": ("<DATE>", "date"), "1円": ("<PRICE>", "price"), "03-1234-5678": ("<TEL>", "tel"),
        "”": ("<U2000U2BFF>", "symbol"),
        "é": ("<|byte195|><|byte169|>", "bytes"),
    }.items():  # fmt: skip
        found = small(do_clean_text=True).explain(f"あ{text}あ")
        assert [(r.start, r.end, r.source, r.target, r.kind) for r in found] == [
            (1, 1 + len(text), text, *due)
        ]
