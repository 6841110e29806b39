"""The right exception, with the place and the way out."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neox_text
import pytest
from conftest import END
from neox_text import NeoxTextError, Tokenizer


@pytest.fixture(scope="module")
def tok(tiny_file: Path) -> Tokenizer:
    return Tokenizer.from_file(tiny_file)


def ways_in(tok: Tokenizer) -> list[Callable[[Any], object]]:
    return [
        tok.encode,
        lambda text: tok.encode("a", text),
        lambda text: tok.encode([text], is_split_into_words=True),
        lambda text: tok.encode_batch([text]),
        lambda text: tok.encode_batch(["a", text], threads=2),
        lambda text: tok.encode_batch([["a", text]], is_split_into_words=True),
        tok.encode_ordinary,
        tok.encode_to_numpy,
        tok.count,
        lambda text: tok.count(["a", text]),
        tok,
        lambda text: tok(["a", text]),
        lambda text: tok("a", text),
        lambda text: tok.encode(END, special={text}),
        tok.token_to_id,
        lambda text: tok.with_added_tokens([text]),
        Tokenizer.from_str,
    ]


@pytest.mark.parametrize("text", ["ab\u3042\ud83d c", "\udfff", "\U0001f600\ud83d\ude00"])
def test_lone_surrogates(tok: Tokenizer, text: str) -> None:
    """UnicodeEncodeError, with the place of the surrogate."""
    place = next(i for i, c in enumerate(text) if 0xD800 <= ord(c) < 0xE000)
    for call in ways_in(tok):
        with pytest.raises(UnicodeEncodeError) as error:
            call(text)
        assert error.value.start == place, inspect.getsource(call)
        assert error.value.object == text
        assert "surrogate" in error.value.reason


@pytest.mark.parametrize("wrong", [5, None, b"bytes", 1.5, object(), {"a": 1}])
def test_what_is_no_text(tok: Tokenizer, wrong: Any) -> None:
    calls: tuple[Callable[[Any], object], ...] = (
        tok.encode,
        tok.encode_ordinary,
        lambda text: tok.encode_batch([text]),
        lambda text: tok.encode([text], is_split_into_words=True),
    )
    for call in calls:
        with pytest.raises(TypeError, match="must be a"):
            call(wrong)
    batches: tuple[Callable[[Any], object], ...] = (tok.encode_batch, tok.count)
    for call in batches:
        if not isinstance(wrong, dict):
            with pytest.raises(TypeError):
                call(wrong)


def test_lists_where_a_text_is_due(tok: Tokenizer) -> None:
    for wrong in (["a"], ("a",)):
        with pytest.raises(TypeError):
            tok.encode(wrong)
    with pytest.raises(TypeError):
        tok.encode("a b", is_split_into_words=True)
    with pytest.raises(TypeError):
        tok.encode_batch("a b")
    with pytest.raises(TypeError):
        tok.encode_bytes("text")  # type: ignore[arg-type]


def test_subclasses_of_str_are_texts(tok: Tokenizer) -> None:
    class Text(str):
        __slots__ = ()

    assert tok.encode(Text("a text")).ids == tok.encode("a text").ids
    assert tok.encode_batch([Text("a text")]).to_lists() == [tok.encode("a text").ids]


def test_iterators_of_texts(tok: Tokenizer) -> None:
    due = [tok.encode(text).ids for text in ("a", "b")]
    assert tok.encode_batch(iter(["a", "b"])).to_lists() == due
    assert tok.encode_batch(("a", "b")).to_lists() == due
    with pytest.raises(ZeroDivisionError):
        tok.encode_batch(str(1 // 0) for _ in "a")


@pytest.mark.parametrize("bad", [-1, 2**31, 2**32, 2**40, 2**70, -(2**63)])
def test_ids_out_of_range(tok: Tokenizer, bad: int) -> None:
    calls: list[Callable[[list[int]], object]] = [
        tok.decode,
        tok.decode_bytes,
        lambda ids: tok.decode_batch([[1], ids]),
        lambda ids: tok.decode_stream().step(ids[-1]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=str(bad)):
            call([5, bad])
    assert tok.id_to_token(bad) is None if abs(bad) < 2**63 else True


def test_the_first_id_that_is_none(tok: Tokenizer) -> None:
    assert tok.decode([len(tok) - 1])
    with pytest.raises(ValueError, match=str(len(tok))) as error:
        tok.decode([len(tok)])
    assert isinstance(error.value, NeoxTextError)
    assert tok.id_to_token(len(tok)) is None


@pytest.mark.parametrize("wrong", [["a"], [1.5], [None], "abc", b"abc", 1.5, [[1]], object()])
def test_what_is_no_id(tok: Tokenizer, wrong: Any) -> None:
    for call in (tok.decode, tok.decode_bytes):
        with pytest.raises(TypeError):
            call(wrong)


def test_unknown_words_are_named(tok: Tokenizer, tiny_file: Path) -> None:
    cases: list[tuple[str, Callable[[], object]]] = [
        ("sometimes", lambda: tok.encode("a", special="sometimes")),  # type: ignore[arg-type]
        ("ignore", lambda: tok.encode_bytes(b"a", errors="ignore")),  # type: ignore[arg-type]
        ("loose", lambda: tok.decode([1], errors="loose")),  # type: ignore[arg-type]
        ("unicode1", lambda: Tokenizer.from_file(tiny_file, nfc="unicode1")),  # type: ignore[arg-type]
        ("<none>", lambda: Tokenizer.from_file(tiny_file, pad_token="<none>")),
        ("threads", lambda: tok.encode_batch(["a"], threads=0)),
        ("threads=-1", lambda: tok.encode_batch(["a"], threads=-1)),
        ("empty", lambda: tok.with_added_tokens([""])),
    ]
    for word, call in cases:
        with pytest.raises(NeoxTextError, match=word):
            call()


def test_files(tok: Tokenizer, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    for read in (Tokenizer.from_file, Tokenizer.from_cache):
        for path in (missing, str(missing)):
            with pytest.raises(FileNotFoundError) as error:
                read(path)
            assert error.value.filename is not None
            assert str(error.value.filename) == str(missing)
            assert error.value.errno == 2
        with pytest.raises(IsADirectoryError):
            read(tmp_path)
    with pytest.raises(FileNotFoundError):
        Tokenizer.from_files(missing, missing)
    for write in (tok.save, tok.compile):
        with pytest.raises(FileNotFoundError):
            write(tmp_path / "no" / "such" / "folder.json")
        write(tmp_path / "made")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["made"]
    with pytest.raises(TypeError):
        Tokenizer.from_file(5)  # type: ignore[arg-type]


def test_error_classes() -> None:
    assert issubclass(NeoxTextError, ValueError)
    assert issubclass(neox_text.InternalError, RuntimeError)
    with pytest.raises(NeoxTextError) as error:
        Tokenizer.from_str("{")
    assert error.value.path is None
    assert error.value.where == "line 1 column 1"
    assert re.fullmatch(r"\d+\.\d+\.\d+", neox_text.__version__)
