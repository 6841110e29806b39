"""What a call cuts and what it fills, decided from its arguments as `transformers` decides it."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from neox_text._core import Encoding
    from neox_text._protocol import Encoder, Side

UNBOUNDED = 10**20  # model_max_length beyond this means "no limit", as transformers has it
LONGEST_PADDING = 2**24
PADDING = ("longest", "max_length", "do_not_pad")
TRUNCATION = ("longest_first", "only_first", "only_second", "do_not_truncate")
SIDES: tuple[Side, Side] = ("left", "right")


class Truncation(NamedTuple):
    """How rows are cut; what `Tokenizer._encode_full` takes."""

    max_length: int
    strategy: str
    stride: int
    side: Side
    overflow: bool = False  # whether what is cut off is kept: of a pair that is much


class Fields(NamedTuple):
    """The values asked for beside `input_ids`."""

    token_type_ids: bool
    attention_mask: bool
    special_tokens_mask: bool
    offset_mapping: bool
    length: bool
    overflowing: bool

    @property
    def need_encodings(self) -> bool:
        """Whether ids and lengths are not enough to make them."""
        return (
            self.token_type_ids
            or self.special_tokens_mask
            or self.offset_mapping
            or self.overflowing
        )


class Padding(NamedTuple):
    """How rows are filled: up to `length`, or up to the longest row where that is None."""

    length: int | None
    multiple: int | None
    side: Side
    pad_id: int
    pad_token: str

    def width(self, lengths: Sequence[int]) -> int:
        """The entries a row has at least, given the lengths of all rows."""
        width = max(lengths, default=0) if self.length is None else self.length
        return -(-width // self.multiple) * self.multiple if self.multiple else width

    def pad(self, encoding: Encoding, width: int) -> Encoding:
        """The Encoding and its overflowing parts, filled up to `width`."""
        return encoding.pad(
            width, direction=self.side, pad_id=self.pad_id, pad_token=self.pad_token
        )


def plan(
    tok: Encoder,
    padding: bool | str | None,
    truncation: bool | str | None,
    max_length: int | None,
    *,
    stride: int,
    multiple: int | None,
    padding_side: str | None,
    truncation_side: str | None,
    python: bool,
) -> tuple[Padding | None, Truncation | None]:
    """What to fill and what to cut; ValueError where the arguments do not go together.

    `python` asks for the rules of transformers' back end in Python: there any `stride` will do.
    """
    if max_length is not None:
        max_length = operator.index(max_length)
        if truncation is None and (padding is None or padding is False):
            truncation = True  # max_length alone cuts, as transformers has it
    fill = _strategy("padding", padding, PADDING)
    strategy = _strategy("truncation", truncation, TRUNCATION)
    if padding is True and max_length is not None and strategy is None:
        warnings.warn(
            "max_length has no effect with padding=True and no truncation;"
            " padding='max_length' fills up to it",
            stacklevel=3,
        )
    if max_length is None:
        if tok.model_max_length > UNBOUNDED:
            fill, strategy = None if fill == "max_length" else fill, None
        elif fill == "max_length" or strategy is not None:
            max_length = tok.model_max_length
    fill_side = _side("padding_side", padding_side, tok.padding_side)
    cut_side = _side("truncation_side", truncation_side, tok.truncation_side)
    filling = cutting = None
    if fill is not None:
        filling = _padding(tok, max_length if fill == "max_length" else None, multiple, fill_side)
    if strategy is not None and max_length is not None:
        stride = operator.index(stride)
        cutting = _truncation(max_length, strategy, stride, cut_side)
        if not python:
            _check_stride(tok, cutting)
        if filling and multiple is not None and (multiple == 0 or max_length % multiple):
            raise ValueError(
                f"max_length={max_length} is no multiple of pad_to_multiple_of={multiple},"
                " and rows are both cut and filled"
            )
    return filling, cutting


def _strategy(name: str, value: object, known: tuple[str, ...]) -> str | None:
    """The strategy that a value names, the first for True, None where there is nothing to do."""
    if value is None or value is False:
        return None
    if value is True:
        return known[0]
    if value not in known:
        raise ValueError(f"{name}={value!r} is unknown; it is True, False, {', '.join(known)}")
    found = known[known.index(str.__str__(value))]  # transformers' enumerations are strings too
    return None if found.startswith("do_not") else found


def _side(name: str, value: str | None, default: Side) -> Side:
    if value is not None and value not in SIDES:
        raise ValueError(f"{name}={value!r} is unknown; it is 'left' or 'right'")
    return default if value is None else SIDES[SIDES.index(value)]


def _padding(tok: Encoder, length: int | None, multiple: int | None, side: Side) -> Padding:
    if tok.pad_token is None or tok.pad_token_id is None:
        raise ValueError(
            "padding needs a padding token and this tokenizer names none; load it with"
            " pad_token=... (with_added_tokens adds one that the vocabulary lacks)"
        )
    for name, value in (("max_length", length), ("pad_to_multiple_of", multiple)):
        if value is not None and not 0 <= operator.index(value) <= LONGEST_PADDING:
            raise ValueError(f"{name}={value} is not in 0..{LONGEST_PADDING}, which padding allows")
    return Padding(length, multiple, side, tok.pad_token_id, tok.pad_token)


def _truncation(length: int, strategy: str, stride: int, side: Side) -> Truncation:
    if not (0 <= length < UNBOUNDED and 0 <= stride < UNBOUNDED):
        raise ValueError(f"max_length={length} or stride={stride} is out of range")
    return Truncation(length, strategy, stride, side)


def _check_stride(tok: Encoder, cut: Truncation) -> None:
    spare = cut.max_length - tok._num_added_tokens(False)  # noqa: SLF001
    if 0 <= spare < cut.stride:
        raise ValueError(
            f"stride={cut.stride} is over the {spare} tokens that max_length={cut.max_length}"
            " leaves beside the special tokens"
        )


def is_slice(tok: Encoder, cut: Truncation, add_special_tokens: bool, *, python: bool) -> bool:
    """Whether a single text is cut by taking the first or last ids of the whole."""
    if cut.strategy == "only_second":
        return False
    if python:
        return cut.max_length > 0  # with 0, nothing is cut
    fits = cut.stride < cut.max_length or cut.max_length == 0
    return fits and not (add_special_tokens and tok._num_added_tokens(False))  # noqa: SLF001
