"""Rows as the back end of `transformers` that is written in Python makes them.

No template adds tokens there. A pair that is too long is cut in its own way, a text that may not
be cut stays too long, and what was cut off stands beside its row: `overflowing_tokens`, with
`stride` tokens more, and `num_truncated_tokens`. Where only some rows of a batch were cut, which
transformers refuses, the others have an empty list and 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from neox_text._batch_encoding import BatchEncoding, LazyEncodings

if TYPE_CHECKING:
    from neox_text._call_plan import Fields, Padding, Truncation
    from neox_text._core import Encoding, JapaneseTokenizer
    from neox_text._protocol import Side


class Row(NamedTuple):
    """What stays of a text and its pair, and what does not."""

    first: list[int]
    second: list[int] | None
    overflowing: list[int]
    removed: int  # tokens cut off, as far as `overflowing` tells them

    @property
    def ids(self) -> list[int]:
        return self.first + (self.second or [])


def from_rows(
    tok: JapaneseTokenizer,
    texts: Sequence[tuple[Any, Any]],
    fill: Padding | None,
    cut: Truncation | None,
    fields: Fields,
    *,
    single: bool,
    options: dict[str, Any],
) -> BatchEncoding:
    """Every value for texts with their pairs, None where there is none, in lists of rows."""
    firsts = tok.encode_batch([first for first, _ in texts], **options)
    pairs = {row: pair for row, (_, pair) in enumerate(texts) if pair is not None}
    if fields.overflowing and pairs and cut and cut.strategy == "longest_first":
        raise ValueError(
            "return_overflowing_tokens with pairs needs truncation='only_first' or 'only_second':"
            " 'longest_first' does not tell what it cuts off"
        )
    encoded = tok.encode_batch(list(pairs.values()), **options)
    seconds = dict(zip(pairs, encoded.to_lists(), strict=True))
    place = {row: i for i, row in enumerate(pairs)}
    rows = [_shortened(ids, seconds.get(row), cut) for row, ids in enumerate(firsts.to_lists())]
    ids = [row.ids for row in rows]
    lengths = [len(row) for row in ids]
    width = 0 if fill is None else fill.width(lengths)

    def make(row: int) -> Encoding:
        encoding = _cut(firsts[row], rows[row].first, cut)
        if row in place:
            second = _cut(encoded[place[row]], rows[row].second or [], cut)
            encoding = encoding._with_pair(second)  # noqa: SLF001
        return encoding if fill is None else fill.pad(encoding, width)

    def filled(row: list[int], value: int) -> list[int]:
        gap = [value] * (width - len(row))  # a list times a negative number is empty
        return gap + row if fill is not None and fill.side == "left" else row + gap

    encodings = LazyEncodings(len(rows), make)
    data: dict[str, Any] = {"input_ids": [filled(row, fill.pad_id if fill else 0) for row in ids]}
    if fields.token_type_ids:
        other = int(options["add_special_tokens"])  # without it, they are all 0
        types = [[0] * len(row.first) + [other] * len(row.second or ()) for row in rows]
        data["token_type_ids"] = [filled(row, 0) for row in types]
    if fields.special_tokens_mask:
        data["special_tokens_mask"] = [filled([0] * length, 1) for length in lengths]
    if fields.overflowing and any(row.overflowing for row in rows):
        data["overflowing_tokens"] = [row.overflowing for row in rows]
        data["num_truncated_tokens"] = [row.removed if row.overflowing else 0 for row in rows]
    if fields.length and not single:
        data["length"] = lengths
    if fields.attention_mask:
        data["attention_mask"] = [filled([1] * length, 0) for length in lengths]
    if fields.length and single:
        data["length"] = [max(length, width) for length in lengths]
    if fields.offset_mapping:
        data["offset_mapping"] = [encoding.offsets for encoding in encodings]
    return BatchEncoding(data, encodings)


def _shortened(first: list[int], second: list[int] | None, cut: Truncation | None) -> Row:
    """Cut a text and its pair down to `max_length` as far as the strategy may."""
    if cut is None or cut.max_length == 0:
        return Row(first, second, [], 0)
    over, side = len(first) + len(second or ()) - cut.max_length, cut.side
    if over <= 0 or (cut.strategy == "only_second" and not second):
        return Row(first, second, [], 0)
    if cut.strategy == "only_second" and second:
        return Row(first, _less(second, over, side), _end(second, over + cut.stride, side), over)
    if cut.strategy == "only_first" or second is None:
        return Row(_less(first, over, side), second, _end(first, over + cut.stride, side), over)
    # The longer one is cut down to the other, then both alike; an odd token is the second's.
    uneven = min(abs(len(first) - len(second)), over)
    less = (over - uneven) // 2 + (uneven if len(first) > len(second) else 0)
    return Row(_less(first, less, side), _less(second, over - less, side), [], 0)


def _less(ids: list[int], count: int, side: Side) -> list[int]:
    """The ids without so many at the side that is cut."""
    return ids[count:] if side == "left" else ids[: max(len(ids) - count, 0)]


def _end(ids: list[int], count: int, side: Side) -> list[int]:
    """So many ids of the side that is cut, or all that there are."""
    return ids[:count] if side == "left" else ids[max(len(ids) - count, 0) :]


def _cut(encoding: Encoding, kept: list[int], cut: Truncation | None) -> Encoding:
    """The Encoding of what is kept of a text."""
    if cut is None or len(kept) == len(encoding):
        return encoding
    return encoding.truncate(len(kept), direction=cut.side)
