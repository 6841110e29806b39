"""`tok(...)` of a Japanese tokenizer beside `GPTNeoXJapaneseTokenizer` of transformers."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from japanese_small import draw_text, files
from neox_text import AnyTokenizer, JapaneseTokenizer, Tokenizer, _call

END = "<|endoftext|>"
LENGTH = 12  # model_max_length
Call = tuple[list[Any], dict[str, Any]]


def made(vocab: Path, emoji: Path, folder: Path, **settings: Any) -> tuple[JapaneseTokenizer, Any]:
    """Read by us and by transformers, with the same settings."""
    peer = transformers.GPTNeoXJapaneseTokenizer(
        vocab_file=str(vocab), emoji_file=str(emoji), **settings
    )
    peer.save_pretrained(folder)
    return JapaneseTokenizer.from_pretrained(folder), peer


@pytest.fixture(scope="module", params=["small", "ja-swe32k"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tokenizer, small or published, read by us and by transformers."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "small":
        vocab, emoji = files(folder / "small")
    else:
        shared = request.getfixturevalue("shared") / "tokenizers"
        vocab, emoji = shared / f"{request.param}.txt", shared / "emoji.json"
    return made(vocab, emoji, folder / "read", model_max_length=LENGTH)


def ask(tok: Any, call: Call) -> Any:
    """Call either; the side of truncation is state of transformers' tokenizer."""
    given, options = call
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not isinstance(tok, JapaneseTokenizer) and "truncation_side" in options:
            options = dict(options)
            tok.truncation_side = options.pop("truncation_side")
            try:
                return tok(*given, **options)
            finally:
                tok.truncation_side = "right"
        return tok(*given, **options)


def values(result: Any) -> dict[str, Any]:
    """A result as comparable values, arrays with their shape and dtype."""
    return {
        name: (value.shape, value.dtype, value.tolist()) if hasattr(value, "dtype") else value
        for name, value in result.items()
    }


def inputs(source: random.Random, words: bool) -> list[Any]:
    """A text, or several, with their pairs or without, in every form that transformers takes."""

    def one() -> Any:
        if not words:
            return draw_text(source)
        return [draw_text(source) for _ in range(source.randint(1, 3))]

    rows = range(source.randint(1, 4))
    forms = ("one", "list", "list", "tuple", "pair", "lists", "pairs")
    match source.choice(forms[:-1] if words else forms):
        case "one":
            return [one()]
        case "list":
            return [[one() for _ in rows]]
        case "tuple":
            return [tuple(one() for _ in rows)]
        case "pair":
            return [one(), one()]
        case "lists":
            return [[one() for _ in rows], [one() for _ in rows]]
    return [[source.choice([(one(), one()), [one(), one()], one()]) for _ in rows]]


def calls(source: random.Random, count: int) -> Iterator[Call]:
    """Calls drawn over all options."""
    for _ in range(count):
        words = source.random() < 0.2
        given = inputs(source, words)
        drawn: dict[str, list[Any]] = {
            "truncation": [
                None, False, True, "longest_first", "only_first", "only_second", "do_not_truncate",
            ],
            "max_length": [None, 0, 1, 2, 3, 4, 5, 8, 16],
            "stride": [0, 0, 1, 2, 9],
            "padding": [False, True, "longest", "max_length", "do_not_pad"],
            "padding_side": ["left", "right"],
            "truncation_side": ["left", "right"],
            "pad_to_multiple_of": [None, 1, 4],
            "add_special_tokens": [True, False],
            "return_attention_mask": [None, True, False],
            "return_token_type_ids": [None, True, False],
            "return_special_tokens_mask": [True, False],
            "return_overflowing_tokens": [True, False],
            "return_length": [True, False],
        }  # fmt: skip
        options: dict[str, Any] = {"is_split_into_words": True} if words else {}
        options |= {n: source.choice(of) for n, of in drawn.items() if source.random() < 0.35}
        yield given, options


def test_drawn_calls_give_what_transformers_gives(both: Any, rng: random.Random) -> None:
    tok, peer = both
    found: dict[str, int] = dict.fromkeys(("refused", "mixed", "overflow", "arrays"), 0)
    for call in calls(rng, 3000):
        given, options = call
        try:
            expected = ask(peer, call)
        except ValueError:
            found["refused"] += 1
            with pytest.raises(ValueError):  # noqa: PT011  which one is left open
                ask(tok, call)
            continue
        except AssertionError:  # only some rows of a batch overflow: see test_rows_that_...
            found["mixed"] += 1
            assert "overflowing_tokens" in ask(tok, call), call
            continue
        if expected["input_ids"] == []:
            continue  # see test_an_empty_text_is_filled
        got = ask(tok, call)
        assert values(got) == values(expected), call
        assert list(got) == list(expected), call
        found["overflow"] += "overflowing_tokens" in got
        tensors = (given, options | {"return_tensors": "np"})
        try:
            expected = ask(peer, tensors)
        except ValueError:
            expected = None
        if expected is None or any(value.dtype == object for value in expected.values()):
            with pytest.raises(ValueError, match="rows of"):
                ask(tok, tensors)
            continue
        found["arrays"] += 1
        assert values(ask(tok, tensors)) == values(expected), tensors
    assert min(found.values()) > 5, found
    assert found["arrays"] > 1000, found


def test_rows_that_were_not_cut_overflow_by_nothing(both: Any) -> None:
    """There transformers stops at an assertion of its own."""
    tok, peer = both
    text, options = (
        "吾輩猫である",
        {"max_length": 2, "return_overflowing_tokens": True, "stride": 1},
    )
    alone = tok(text, **options)
    assert dict(alone) == dict(peer(text, **options))
    out = tok([text, "猫"], **options)
    assert out.overflowing_tokens == [alone.overflowing_tokens, []]
    assert out.num_truncated_tokens == [alone.num_truncated_tokens, 0]
    assert out.input_ids == [alone.input_ids, tok.encode("猫").ids]


def test_an_empty_text_is_filled(both: Any) -> None:
    """There transformers gives a row of another length than was asked for."""
    tok, peer = both
    options = {"padding": "max_length", "max_length": 3}
    assert peer("", **options)["input_ids"] == []
    filled = {"input_ids": [tok.pad_token_id] * 3, "attention_mask": [0] * 3}
    assert dict(tok("", **options)) == filled
    assert dict(tok([""], **options)) == {name: [row] for name, row in filled.items()}
    assert values(tok([""], **options)) == values(peer([""], **options))


def test_encodings_agree_with_the_rows(both: Any, rng: random.Random) -> None:
    """Ids, masks, types and offsets of the Encodings, whichever way the rows were made."""
    tok, _ = both
    pairs = cut = 0
    for given, options in calls(rng, 600):
        options |= {"return_offsets_mapping": True, "return_attention_mask": True}
        options |= {"return_token_type_ids": True, "add_special_tokens": True}
        options |= {"return_special_tokens_mask": True, "return_overflowing_tokens": False}
        options["pad_to_multiple_of"] = None
        got = ask(tok, (given, options))
        single = isinstance(got.input_ids[0], int) if got.input_ids else True
        rows = {name: [value] if single else value for name, value in got.items()}
        assert len(got.encodings) == len(rows["input_ids"])
        for i, encoding in enumerate(got.encodings):
            assert encoding.ids == rows["input_ids"][i]
            assert encoding.attention_mask == rows["attention_mask"][i]
            assert encoding.type_ids == rows["token_type_ids"][i]
            assert encoding.special_tokens_mask == rows["special_tokens_mask"][i]
            assert encoding.offsets == rows["offset_mapping"][i]
            if encoding.n_sequences == 2:
                pairs += 1
                kinds = [0 if sequence is None else sequence for sequence in encoding.sequence_ids]
                assert kinds == encoding.type_ids
            cut += options.get("max_length") == len(encoding)
    assert pairs > 100
    assert cut > 20


def test_both_ways_give_the_same(
    both: Any, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows from one Batch, and rows text by text."""
    tok, _ = both
    through_batch = 0
    real = _call._from_batch

    def counted(*given: Any, **options: Any) -> Any:
        nonlocal through_batch
        through_batch += 1
        return real(*given, **options)

    for given, options in calls(rng, 600):
        options = options | {"return_overflowing_tokens": False, "pad_to_multiple_of": None}
        monkeypatch.setattr(_call, "_from_batch", counted)
        fast = ask(tok, (given, options))
        with monkeypatch.context() as patch:
            patch.setattr(_call, "_plain", lambda *_: None)
            slow = ask(tok, (given, options))
        assert values(fast) == values(slow), (given, options)
        assert list(fast) == list(slow), (given, options)
        for name in ("tokens", "offsets", "word_ids", "special_tokens_mask", "sequence_ids"):
            found = [[getattr(e, name) for e in result.encodings] for result in (fast, slow)]
            assert found[0] == found[1], (name, given, options)
    assert through_batch > 100


def test_offsets_are_of_the_text(both: Any) -> None:
    tok, _ = both
    first, second = "慶應 大学", "🐯é"
    out = tok(first, second, return_offsets_mapping=True)
    sources = [
        (first, second)[sequence][start:end]
        for sequence, (start, end) in zip(out.sequence_ids(), out.offset_mapping, strict=True)
    ]
    assert sources == ["慶應", " ", "大学", "🐯", "é", "é"]
    assert out.tokens() == ["慶應", "<SP>", "大学", "<|emoji4|>", "<|byte195|>", "<|byte169|>"]
    assert out.token_to_chars(0) == (0, 2)
    assert out.char_to_token(1, sequence_index=1) == 4
    arrays = tok([first, first], return_offsets_mapping=True, return_tensors="np")
    assert arrays.offset_mapping.shape == (2, 3, 2)


def test_tags_in_the_text(both: Any) -> None:
    tok, _ = both
    given = f"猫{END}"
    for special in ("parse", "text", set(), {END}):
        due = tok.encode(given, special=special).ids
        options: dict[str, Any] = {"special": special}
        assert ask(tok, ([given], options)).input_ids == due
        options["return_offsets_mapping"] = True
        assert ask(tok, ([[given]], options)).input_ids == [due]
    assert tok.encode(given).ids != tok.encode(given, special="text").ids
    with pytest.raises(ValueError, match="endoftext"):
        tok([given], special="error")


@pytest.mark.parametrize("profile", ["original", "modern"])
def test_every_profile_is_called_alike(both: Any, profile: Any, rng: random.Random) -> None:
    tok = both[0].with_options(profile=profile)
    texts = [draw_text(rng) for _ in range(20)]
    rows = ask(tok, ([texts], {"padding": True, "return_tensors": "np"}))
    for text, ids, mask in zip(texts, rows.input_ids, rows.attention_mask, strict=True):
        assert ids[mask == 1].tolist() == tok.encode(text).ids
        assert (ids[mask == 0] == tok.pad_token_id).all()
    assert rows.input_ids.dtype == np.int64


def test_what_is_too_long_is_told(both: Any) -> None:
    with pytest.warns(UserWarning, match=f"more than the {LENGTH}") as told:
        both[0]("猫" * 99)
    assert told[0].filename == __file__


@pytest.mark.parametrize("given", ["あい\ud83d", ["あ", "あい\ud83d"], [("あ", "あい\ud83d")]])
def test_a_lone_surrogate_is_a_unicode_error(both: Any, given: Any) -> None:
    for options in ({}, {"return_offsets_mapping": True}):
        with pytest.raises(UnicodeEncodeError) as found:
            both[0](given, **options)
        assert found.value.start == 2


def test_both_tokenizers_satisfy_the_protocol(both: Any) -> None:
    tokenizers: list[AnyTokenizer] = [JapaneseTokenizer.default(), Tokenizer.default()]
    assert all(isinstance(tok, AnyTokenizer) for tok in tokenizers)
    assert not isinstance(both[1], AnyTokenizer)
