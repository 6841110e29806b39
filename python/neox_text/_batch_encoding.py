"""What a call gives: a dict of rows that also answers by attribute and maps tokens to the text."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

if TYPE_CHECKING:
    from neox_text._core import Encoding

TENSORS = ("np", "pt")


class CharSpan(NamedTuple):
    """Characters `start` up to `end` of the text given."""

    start: int
    end: int


class TokenSpan(NamedTuple):
    """Tokens `start` up to `end` of a row."""

    start: int
    end: int


class LazyEncodings(Sequence["Encoding"]):
    """The Encodings of `count` rows, each made by `make(row)` when it is first asked for."""

    def __init__(self, count: int, make: Callable[[int], Encoding]) -> None:
        self._made: list[Encoding | None] = [None] * count
        self._make = make

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, row: int) -> Encoding: ...
    @overload
    def __getitem__(self, row: slice) -> list[Encoding]: ...
    def __getitem__(self, row: int | slice) -> Encoding | list[Encoding]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        found = self._made[row]
        if found is None:
            found = self._made[row] = self._make(row % len(self))
        return found

    def __iter__(self) -> Iterator[Encoding]:
        return (self[i] for i in range(len(self)))


class BatchEncoding(dict[str, Any]):
    """The result of `tok(...)`: `result["input_ids"]` and `result.input_ids` are the same object.

    Keys and values are those of `transformers.BatchEncoding`. `result[i]` with a number is the
    Encoding of row i; a row is a text, or a part of one with `return_overflowing_tokens=True`.
    The methods that take a row and a position may leave out the row when there is only one. A
    pickle holds the values alone: what a worker sends to its trainer should be no more.
    """

    def __init__(self, data: dict[str, Any], encodings: Sequence[Encoding] | None = None) -> None:
        super().__init__(data)
        self._rows = encodings

    def __getitem__(self, key: Any) -> Any:
        """A value by its name; the Encoding of a row by its number, a list of them by a slice."""
        if isinstance(key, (int, slice)):
            return self._kept()[key]
        return super().__getitem__(key)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getitem__(name)
        except KeyError:
            raise AttributeError(f"no value {name!r}; there are {', '.join(self)}") from None

    def __reduce__(self) -> tuple[type[BatchEncoding], tuple[dict[str, Any]]]:
        return type(self), (dict(self),)

    def __copy__(self) -> BatchEncoding:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> BatchEncoding:
        return type(self)(copy.deepcopy(dict(self), memo), self._rows)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def first_row(self, *, numbers: bool = False) -> BatchEncoding:
        """The values of the first row, without the list around them.

        A value of numbers stays a list, unless `numbers`.
        """
        values = {
            name: rows[0] if numbers or isinstance(rows[0], list) else rows
            for name, rows in self.items()
        }
        return type(self)(values, self._rows)

    def copy(self) -> BatchEncoding:
        """A shallow copy."""
        return type(self)(dict(self), self._rows)

    @property
    def encodings(self) -> list[Encoding] | None:
        """The Encodings of all rows, truncated and padded as the rows are; None after a pickle."""
        return None if self._rows is None else list(self._rows)

    @property
    def n_sequences(self) -> int | None:
        """1 for single texts, 2 for pairs."""
        return self._rows[0].n_sequences if self._rows else None

    @property
    def is_fast(self) -> bool:
        """Whether there are Encodings, so that tokens can be mapped to the text."""
        return self._rows is not None

    def tokens(self, batch_index: int = 0) -> list[str]:
        """The tokens of a row."""
        return self._kept()[batch_index].tokens

    def word_ids(self, batch_index: int = 0) -> list[int | None]:
        """For each token of a row the word it belongs to, None for special tokens and padding."""
        return self._kept()[batch_index].word_ids

    def sequence_ids(self, batch_index: int = 0) -> list[int | None]:
        """For each token of a row 0 or 1, the text of the pair; None for what was added."""
        return self._kept()[batch_index].sequence_ids

    def token_to_sequence(
        self, batch_or_token_index: int, token_index: int | None = None
    ) -> int | None:
        """The text of the pair, 0 or 1, that a token belongs to."""
        encoding, index = self._place(batch_or_token_index, token_index, tokens=True)
        return encoding.token_to_sequence(index)

    def token_to_word(
        self, batch_or_token_index: int, token_index: int | None = None
    ) -> int | None:
        """The word that a token belongs to."""
        encoding, index = self._place(batch_or_token_index, token_index, tokens=True)
        return encoding.token_to_word(index)

    def token_to_chars(
        self, batch_or_token_index: int, token_index: int | None = None
    ) -> CharSpan | None:
        """The characters that a token stands for; None for special tokens and padding."""
        encoding, index = self._place(batch_or_token_index, token_index, tokens=True)
        span = encoding.token_to_chars(index)
        return None if span is None else CharSpan(*span)

    def char_to_token(
        self, batch_or_char_index: int, char_index: int | None = None, sequence_index: int = 0
    ) -> int | None:
        """The token that holds a character; None where no token does."""
        encoding, index = self._place(batch_or_char_index, char_index)
        return encoding.char_to_token(index, sequence_index)

    def char_to_word(
        self, batch_or_char_index: int, char_index: int | None = None, sequence_index: int = 0
    ) -> int | None:
        """The word that holds a character; None where no word does."""
        encoding, index = self._place(batch_or_char_index, char_index)
        return encoding.char_to_word(index, sequence_index)

    def word_to_tokens(
        self, batch_or_word_index: int, word_index: int | None = None, sequence_index: int = 0
    ) -> TokenSpan | None:
        """The tokens of a word; None where it has none."""
        encoding, index = self._place(batch_or_word_index, word_index)
        span = encoding.word_to_tokens(index, sequence_index)
        return None if span is None else TokenSpan(*span)

    def word_to_chars(
        self, batch_or_word_index: int, word_index: int | None = None, sequence_index: int = 0
    ) -> CharSpan | None:
        """The characters of a word; None where there is no such word."""
        encoding, index = self._place(batch_or_word_index, word_index)
        span = encoding.word_to_chars(index, sequence_index)
        return None if span is None else CharSpan(*span)

    def convert_to_tensors(self, tensor_type: str | None = None) -> BatchEncoding:
        """Turn all values into arrays, in place; ValueError where rows differ in length."""
        if tensor_type is not None:
            self.update(as_tensors(dict(self), tensor_type))
        return self

    def to(self, device: Any, *, non_blocking: bool = False) -> BatchEncoding:
        """Move all tensors to a device, in place; values that are no tensors stay."""
        for name, value in self.items():
            if callable(getattr(value, "to", None)):
                self[name] = value.to(device=device, non_blocking=non_blocking)
        return self

    def _kept(self) -> Sequence[Encoding]:
        if self._rows is None:
            raise ValueError("the Encodings are not here: a pickle keeps the values alone")
        return self._rows

    def _place(
        self, first: int, second: int | None, *, tokens: bool = False
    ) -> tuple[Encoding, int]:
        """The Encoding and the position that one or two numbers name; -1 is the last token."""
        row, index = (0, first) if second is None else (first, second)
        encoding = self._kept()[row]
        return encoding, index + len(encoding) if tokens and index < 0 else index


def as_tensors(data: dict[str, Any], kind: str) -> dict[str, Any]:
    """The values as arrays of 64-bit integers: kind `"np"` numpy, `"pt"` torch.

    Rows are (rows, tokens), offsets (rows, tokens, 2); an array of numpy is taken as it is.
    ValueError for another kind and for rows that differ in length, ImportError without torch.
    """
    check_kind(kind)
    import numpy as np

    made = {}
    for name, value in data.items():
        if isinstance(value, list):
            widths = sorted({len(row) for row in value if isinstance(row, list)})
            if len(widths) > 1:
                raise ragged(name, widths[0], widths[-1])
            value = np.asarray(value, dtype=np.int64)
        made[name] = value
    if kind == "pt":
        import torch

        made = {
            name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
            for name, value in made.items()
        }
    return made


def check_kind(kind: object) -> None:
    """ValueError unless it is one of TENSORS; ImportError where its library is not installed."""
    if kind not in TENSORS:
        raise ValueError(f"return_tensors={kind!r} is unknown; it is None, 'np' or 'pt'")
    if kind == "pt":
        try:
            import torch  # noqa: F401
        except ImportError:
            raise ImportError("return_tensors='pt' needs PyTorch: pip install torch") from None


def ragged(name: str, least: int, most: int) -> ValueError:
    """The error of rows that make no array."""
    return ValueError(
        f"{name} has rows of {least} to {most} entries, which make no array;"
        " pass padding=True, with truncation=True where a text may be too long"
    )
