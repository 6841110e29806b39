"""`tok(...)` beside transformers, and its way through a Batch beside its way through Encodings."""

from __future__ import annotations

import copy
import json
import pickle
import random
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from conftest import END, PAD
from kinds import draw_text, spec
from neox_text import Tokenizer, _call
from neox_text._batch_encoding import BatchEncoding
from neox_text._protocol import AnyTokenizer

KINDS = ("plain", "template", "prefix")
LENGTH = 24  # model_max_length
Peer = Any
Call = tuple[list[Any], dict[str, Any]]


@pytest.fixture(scope="module", params=KINDS)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tokenizer of a directory, read by us and by transformers."""
    return made(request.param, tmp_path_factory.mktemp(request.param))


def made(kind: str, folder: Path, **names: Any) -> tuple[Tokenizer, Peer]:
    names = {"pad_token": PAD, "eos_token": END, "model_max_length": LENGTH} | names
    (folder / "tokenizer.json").write_text(json.dumps(spec(kind)), encoding="utf-8")
    peer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        **{name: value for name, value in names.items() if value is not None},
    )
    peer.save_pretrained(folder)
    return Tokenizer.from_pretrained(folder), peer


def ask(tok: Any, call: Call) -> Any:
    """Call either; the side of truncation is state of transformers' tokenizer."""
    given, options = call
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not isinstance(tok, Tokenizer) and "truncation_side" in options:
            options = dict(options)
            tok.truncation_side = options.pop("truncation_side")
            try:
                return tok(*given, **options)
            finally:
                tok.truncation_side = "right"
        return tok(*given, **options)


def due(peer: Peer, call: Call) -> Any:
    """What transformers answers, None where it refuses: with any exception, or a panic of Rust."""
    try:
        return ask(peer, call)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


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
        return [draw_text(source) for _ in range(source.randint(0, 3))]

    rows = range(source.randint(1, 4))
    match source.choice(("one", "one", "list", "list", "list", "tuple", "pair", "lists", "pairs")):
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
    pick = source.choice
    for _ in range(count):
        words = source.random() < 0.2
        given = inputs(source, words)
        options: dict[str, Any] = {"is_split_into_words": True} if words else {}
        drawn: dict[str, list[Any]] = {
            "truncation": [
                None, False, True, "longest_first", "only_first", "only_second", "do_not_truncate",
            ],
            "max_length": [None, 4, 5, 6, 8, 11, 16, 40],
            "stride": [0, 0, 1, 2],
            "padding": [False, True, "longest", "max_length", "do_not_pad"],
            "padding_side": ["left", "right"],
            "truncation_side": ["left", "right"],
            "pad_to_multiple_of": [None, 1, 4],
            "add_special_tokens": [True, False],
            "return_attention_mask": [None, True, False],
            "return_token_type_ids": [None, True, False],
            "return_special_tokens_mask": [True, False],
            "return_offsets_mapping": [True, False],
            "return_overflowing_tokens": [True, False],
            "return_length": [True, False],
        }  # fmt: skip
        options |= {name: pick(of) for name, of in drawn.items() if source.random() < 0.35}
        yield given, options


def test_drawn_calls_give_what_transformers_gives(both: Any, rng: random.Random) -> None:
    tok, peer = both
    refused = arrays = 0
    for call in calls(rng, 1000):
        expected = due(peer, call)
        if expected is None:
            refused += 1
            with pytest.raises(ValueError):  # noqa: PT011  which one is left open
                ask(tok, call)
            continue
        got = ask(tok, call)
        assert values(got) == values(expected), call
        assert list(got) == list(expected), call
        assert all(getattr(got, name) is got[name] for name in got), call
        given, options = call
        tensors = (given, options | {"return_tensors": "np"})
        expected = ask(peer, tensors)
        if any(value.dtype == object for value in expected.values()):
            with pytest.raises(ValueError, match="rows of"):
                ask(tok, tensors)
            continue
        arrays += 1
        assert values(ask(tok, tensors)) == values(expected), tensors
    assert refused > 10
    assert arrays > 400


def test_batches_and_encodings_give_the_same(
    both: Any, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way through encode_batch, the way Encoding by Encoding, and their Encodings agree."""
    tok, _ = both
    through_batch = 0
    real = _call._from_batch

    def counted(*given: Any, **options: Any) -> BatchEncoding:
        nonlocal through_batch
        through_batch += 1
        return real(*given, **options)

    for given, options in calls(rng, 1000):
        monkeypatch.setattr(_call, "_from_batch", counted)
        fast = due(tok, (given, options))
        arrays = due(tok, (given, options | {"return_tensors": "np"}))
        with monkeypatch.context() as patch:
            patch.setattr(_call, "_plain", lambda *_: None)
            slow = due(tok, (given, options))
            slow_arrays = due(tok, (given, options | {"return_tensors": "np"}))
        assert (fast is None) == (slow is None), (given, options)
        assert (arrays is None) == (slow_arrays is None), (given, options)
        if fast is None:
            continue
        assert values(fast) == values(slow), (given, options)
        if arrays is not None:
            assert values(arrays) == values(slow_arrays), (given, options)
        for name in ("tokens", "offsets", "word_ids", "special_tokens_mask", "sequence_ids"):
            found = [[getattr(e, name) for e in result.encodings] for result in (fast, slow)]
            assert found[0] == found[1], (name, given, options)
    assert through_batch > 200


ODD_CALLS: dict[str, Call] = {
    "nothing": ([None], {}),
    "a number": ([5], {}),
    "no texts": ([[]], {}),
    "no texts, no pairs": ([[], []], {}),
    "no words": ([[]], {"is_split_into_words": True}),
    "a text of no words": ([[["a"], []]], {"is_split_into_words": True}),
    "a list in a list": ([[["a"]]], {}),
    "an empty list in a list": ([[[]]], {}),
    "a text in words": (["abc"], {"is_split_into_words": True}),
    "a number in texts": ([["a", 5]], {}),
    "a number in words": ([[["a", "b"], ["c", 4]]], {"is_split_into_words": True}),
    "an empty pair": (["a", ""], {}),
    "an empty pair of words": ([["a"], []], {"is_split_into_words": True}),
    "a batch with an empty pair": ([["a"], [""]], {}),
    "a list as pair of a text": (["a", ["b"]], {}),
    "a tuple as pair of a text": (["a", ("b", "c")], {}),
    "a number as pair": (["a", 5], {}),
    "a text as pair of a list": ([["a"], "b"], {}),
    "fewer pairs": ([["a", "b"], ["c"]], {}),
    "no pairs": ([["a"], []], {}),
    "a text as pair of words": ([["a", "b"], "c"], {"is_split_into_words": True}),
    "lists as pair of words": ([["a"], [["b"]]], {"is_split_into_words": True}),
    "pairs of words": ([[[["a", "b"], ["c"]]]], {"is_split_into_words": True}),
    "a text as pair of a list of words": ([[["a"]], ["b"]], {"is_split_into_words": True}),
    "padding 1": (["a"], {"padding": 1}),
    "padding unknown": (["a"], {"padding": "no such"}),
    "truncation 1": (["a"], {"truncation": 1}),
    "truncation unknown": (["a"], {"truncation": "no such"}),
    "a side unknown": (["a"], {"padding": "max_length", "padding_side": "middle"}),
    "tensors unknown": (["a"], {"return_tensors": "tf"}),
    "tensors False": (["a"], {"return_tensors": False}),
    "max_length below 0": (["a b c"], {"truncation": True, "max_length": -1}),
    "stride below 0": (["a b c"], {"truncation": True, "max_length": 5, "stride": -1}),
    "stride below 0, not used": (["a b c"], {"stride": -1}),
    "stride over max_length": (["a"], {"truncation": True, "max_length": 4, "stride": 5}),
    "max_length 4 at a multiple of 3": (
        ["a"], {"truncation": True, "max_length": 4, "padding": True, "pad_to_multiple_of": 3},
    ),
    "a multiple of 0, cut": (
        ["a"], {"truncation": True, "max_length": 4, "padding": True, "pad_to_multiple_of": 0},
    ),
    "a multiple of 0": (["a b"], {"padding": True, "pad_to_multiple_of": 0}),
    "a multiple below 0": (["a b"], {"padding": True, "pad_to_multiple_of": -1}),
    "max_length alone cuts": (["one two three four five six seven"], {"max_length": 6}),
    "max_length and do_not_pad": (
        ["one two three four"], {"max_length": 3, "padding": "do_not_pad"},
    ),
    "cut to the model": ([["a " * 50, "b"]], {"truncation": True}),
    "filled to the model": ([["a", "b c"]], {"padding": "max_length"}),
    "only_second without one": (
        ["a b c d e f g h"], {"truncation": "only_second", "max_length": 5},
    ),
    "only_second, short": (["a"], {"truncation": "only_second", "max_length": 5}),
    "no text, as an array": (
        [""],
        {"add_special_tokens": False, "return_tensors": "np", "return_offsets_mapping": True},
    ),
    "enumerations": (
        ["one two three four five six seven"],
        {
            "padding": transformers.utils.PaddingStrategy.MAX_LENGTH,
            "truncation": transformers.tokenization_utils_base.TruncationStrategy.ONLY_FIRST,
            "max_length": 5,
            "return_tensors": transformers.TensorType.NUMPY,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_CALLS)
def test_odd_calls_give_what_transformers_gives(both: Any, name: str) -> None:
    tok, peer = both
    expected = due(peer, ODD_CALLS[name])
    if expected is None:
        with pytest.raises(ValueError):  # noqa: PT011  which one is left open
            ask(tok, ODD_CALLS[name])
    else:
        assert values(ask(tok, ODD_CALLS[name])) == values(expected)


def test_a_limit_below_the_template_is_refused(tmp_path: Path) -> None:
    """There transformers returns the text uncut; what is longer than asked for helps nobody."""
    tok, peer = made("template", tmp_path)
    assert len(peer("one two three", truncation=True, max_length=1)["input_ids"]) > 1
    for given in ("one two three", ["one two three"]):
        with pytest.raises(ValueError, match="1"):
            tok(given, truncation=True, max_length=1)


def test_padding_needs_a_padding_token(tmp_path: Path) -> None:
    tok, peer = made("plain", tmp_path, pad_token=None)
    with pytest.raises(ValueError, match="padding token"):
        peer("a", padding=True)
    with pytest.raises(ValueError, match="padding token"):
        tok("a", padding=True)


def test_no_limit_pads_and_cuts_nothing(tmp_path: Path) -> None:
    tok, peer = made("plain", tmp_path, model_max_length=None, pad_token=None)
    assert tok.model_max_length == peer.model_max_length == int(1e30)
    for options in ({"padding": "max_length"}, {"truncation": True}):
        assert dict(tok("a b c", **options)) == dict(peer("a b c", **options))


def test_defaults_of_the_tokenizer_are_the_defaults_of_the_call(tmp_path: Path) -> None:
    tok, peer = made("plain", tmp_path, padding_side="left", truncation_side="left")
    for options in ({"padding": True}, {"max_length": 3, "padding": True, "truncation": True}):
        texts = ["one two three four", "one"]
        assert dict(tok(texts, **options)) == dict(peer(texts, **options))


@pytest.mark.parametrize("given", ["ab\ud83d", ["a", "ab\ud83d"]])
def test_a_lone_surrogate_is_a_unicode_error(both: Any, given: Any) -> None:
    with pytest.raises(UnicodeEncodeError) as found:
        both[0](given)
    assert found.value.start == 2


def test_special_tokens_in_the_text(both: Any) -> None:
    tok, _ = both
    given = f"one {END} two"
    for special in ("parse", "text", set(), {END}):
        due_ids = tok.encode(given, special=special).ids
        assert tok(given, special=special).input_ids == due_ids
        assert tok([given], special=special).input_ids == [due_ids]
        assert tok([given], special=special, return_offsets_mapping=True).input_ids == [due_ids]
    assert tok(given).input_ids != tok(given, special="text").input_ids
    for one in (given, [given]):
        with pytest.raises(ValueError, match="endoftext"):
            tok(one, special="error")


def test_what_is_too_long_or_ignored_is_told(both: Any) -> None:
    tok, _ = both
    with pytest.warns(UserWarning, match=f"more than the {LENGTH}") as told:
        tok("word " * 99)
    assert told[0].filename == __file__
    with pytest.warns(UserWarning, match="no effect") as told:
        tok("a", padding=True, max_length=9)
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tok("word " * 99, truncation=True)
        tok(["a", "b c"], padding=True)


def test_ragged_rows_say_what_to_do(both: Any) -> None:
    tok, _ = both
    for options in ({}, {"return_offsets_mapping": True}):
        with pytest.raises(ValueError, match="padding=True"):
            tok(["a", "a b c d"], return_tensors="np", **options)


def test_torch_is_asked_for_when_it_is_missing(both: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="PyTorch"):
        both[0]("a", return_tensors="pt")


def test_tensors_are_made_of_the_arrays(both: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for torch: it is handed the arrays and asked for nothing else."""
    tok, _ = both
    stand_in = types.ModuleType("torch")
    monkeypatch.setattr(stand_in, "from_numpy", lambda array: ("tensor", array), raising=False)
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    options = {"padding": True, "return_length": True}
    for more in ({}, {"return_offsets_mapping": True}):
        arrays = tok(["a", "b c d"], return_tensors="np", **options, **more)
        tensors = tok(["a", "b c d"], return_tensors="pt", **options, **more)
        assert list(tensors) == list(arrays)
        for name, tensor in tensors.items():
            word, array = tensor
            assert word == "tensor"
            assert array.dtype == np.int64
            assert array.tolist() == arrays[name].tolist()


class TestBatchEncoding:
    GIVEN = (["one two  three", "'ll see e\u0301"], ["four", "five six"])

    def test_look_ups_are_those_of_transformers(self, both: Any) -> None:
        tok, peer = both
        got, expected = tok(*self.GIVEN), peer(*self.GIVEN)
        assert got.n_sequences == expected.n_sequences == 2
        for row in range(2):
            assert got.tokens(row) == expected.tokens(row)
            assert got.word_ids(row) == expected.word_ids(row)
            assert got.sequence_ids(row) == expected.sequence_ids(row)
            assert got[row].ids == expected[row].ids
            for i in range(len(got.input_ids[row])):
                for name in ("token_to_sequence", "token_to_word", "token_to_chars"):
                    assert getattr(got, name)(row, i) == getattr(expected, name)(row, i), name
            for i in range(20):
                for sequence in range(2):
                    for name in ("char_to_token", "char_to_word", "word_to_tokens"):
                        found = getattr(got, name)(row, i, sequence_index=sequence)
                        peers = getattr(expected, name)(row, i, sequence_index=sequence)
                        assert found == peers, (name, row, i, sequence)
            assert got.word_to_chars(row, 0) == expected.word_to_chars(row, 0)

    def test_a_single_row_needs_no_number(self, both: Any) -> None:
        tok, peer = both
        got, expected = tok("one two"), peer("one two")
        assert got.char_to_token(5) == expected.char_to_token(5)
        assert got.token_to_chars(0) == expected.token_to_chars(0)
        assert got.token_to_chars(-1) == got.token_to_chars(len(got.input_ids) - 1)

    def test_padded_and_cut_encodings(self, both: Any) -> None:
        tok, peer = both
        options = {"padding": True, "truncation": True, "max_length": 6}
        texts = ["one two three four five", "six"]
        got, expected = tok(texts, **options), peer(texts, **options)
        for row in range(2):
            assert got.tokens(row) == expected.tokens(row)
            assert got.word_ids(row) == expected.word_ids(row)
        assert [encoding.ids for encoding in got[0:2]] == got.input_ids
        with pytest.raises(IndexError):
            got.tokens(2)

    def test_dict_and_attributes(self, both: Any) -> None:
        got = both[0](["a", "b"])
        assert {**got} == dict(got.items())
        assert "input_ids" in got
        assert got.input_ids is got["input_ids"]
        assert "input_ids" in dir(got)
        with pytest.raises(AttributeError, match="token_type_ids"):
            got.token_type_ids  # noqa: B018
        with pytest.raises(KeyError):
            got["token_type_ids"]
        got["labels"] = [[1], [2]]
        assert got.copy().labels is got.labels

    def test_pickle_keeps_the_values(self, both: Any) -> None:
        for given in (self.GIVEN, (["one", "two"],)):
            got = both[0](*given)
            assert got.is_fast
            again = pickle.loads(pickle.dumps(got))
            assert type(again) is BatchEncoding
            assert dict(again) == dict(got)
            assert again.encodings is None
            assert not again.is_fast
            with pytest.raises(ValueError, match="pickle"):
                again.word_ids(0)

    def test_copies_keep_the_encodings(self, both: Any) -> None:
        got = both[0](["one", "two"])
        for again in (copy.copy(got), copy.deepcopy(got), got.copy()):
            assert dict(again) == dict(got)
            assert again.tokens(1) == got.tokens(1)
        deep = copy.deepcopy(got)
        deep.input_ids[0].append(5)
        assert got.input_ids[0] != deep.input_ids[0]

    def test_to_moves_what_can_be_moved(self, both: Any) -> None:
        class Movable:
            def to(self, device: str, non_blocking: bool) -> tuple[str, bool]:
                return device, non_blocking

        got = both[0](["a"])
        got["input_ids"] = Movable()
        assert got.to("cuda", non_blocking=True) is got
        assert got.input_ids == ("cuda", True)
        assert isinstance(got.attention_mask, list)

    def test_convert_to_tensors(self, both: Any) -> None:
        got = both[0](["a", "b"])
        assert got.convert_to_tensors() is got
        assert isinstance(got.input_ids, list)
        assert isinstance(got.convert_to_tensors("np").input_ids, np.ndarray)
        with pytest.raises(ValueError, match="no such"):
            got.convert_to_tensors("no such")


def test_importing_needs_no_numpy() -> None:
    code = "import sys, neox_text._call; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_protocol_is_what_a_tokenizer_has(both: Any) -> None:
    assert isinstance(both[0], AnyTokenizer)
    assert not isinstance(both[1], AnyTokenizer)
