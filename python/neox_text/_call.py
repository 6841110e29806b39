"""`tok(...)`: the rows, masks and arrays that `transformers` 5.23 gives for the same call.

A list of texts goes through `encode_batch`, and no token is touched in Python unless lists of
tokens are what was asked for. Pairs, offsets, type ids, special-token masks and overflowing parts
go Encoding by Encoding. `tests/test_call.py` holds both ways against transformers and each other.

In transformers, `GPTNeoXJapaneseTokenizer` is of the back end written in Python, which cuts pairs
and tells what it cut off in another way than `tokenizers`: that is `_call_python`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from neox_text import _call_python
from neox_text._batch_encoding import BatchEncoding, LazyEncodings, check_kind, ragged
from neox_text._call_plan import UNBOUNDED, Fields, Padding, Truncation, is_slice, plan
from neox_text._core import JapaneseTokenizer

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import numpy as np
    from numpy.typing import NDArray

    from neox_text._core import Batch, Encoding
    from neox_text._protocol import Encoder

    Text: TypeAlias = str | Sequence[str]
    Row: TypeAlias = tuple[Text, Text | None]


def call(
    tok: Encoder,
    text: Text | Sequence[Any],
    text_pair: Text | Sequence[Any] | None = None,
    *,
    add_special_tokens: bool = True,
    padding: bool | str | None = None,
    truncation: bool | str | None = None,
    max_length: int | None = None,
    stride: int = 0,
    is_split_into_words: bool = False,
    pad_to_multiple_of: int | None = None,
    padding_side: str | None = None,
    truncation_side: str | None = None,
    return_tensors: str | None = None,
    return_token_type_ids: bool | None = None,
    return_attention_mask: bool | None = None,
    return_overflowing_tokens: bool = False,
    return_special_tokens_mask: bool = False,
    return_offsets_mapping: bool = False,
    return_length: bool = False,
    special: str | AbstractSet[str] = "parse",
) -> BatchEncoding:
    """Encode a text, a list of texts, or pairs of them, as `transformers` does when called.

    Lists hold int; arrays are int64 of shape (rows, tokens), offsets (rows, tokens, 2). A call
    that `transformers` refuses is a ValueError; so are rows of unequal length with
    `return_tensors`, of which it makes an array of objects. A lone surrogate is a
    UnicodeEncodeError, an absent torch an ImportError.
    """
    if return_tensors is not None:
        check_kind(return_tensors)
    single = not _is_batch(text, is_split_into_words)
    python = isinstance(tok, JapaneseTokenizer)
    fill, cut = plan(
        tok,
        padding,
        truncation,
        max_length,
        stride=stride,
        multiple=pad_to_multiple_of,
        padding_side=padding_side,
        truncation_side=truncation_side,
        python=python,
    )
    if cut is not None:
        cut = cut._replace(overflow=bool(return_overflowing_tokens))
    fields = Fields(
        bool(return_token_type_ids),
        return_attention_mask is None or bool(return_attention_mask),
        return_special_tokens_mask,
        return_offsets_mapping,
        return_length,
        return_overflowing_tokens and not (python and return_tensors is not None),
    )
    options: dict[str, Any] = {
        "add_special_tokens": add_special_tokens,
        "is_split_into_words": is_split_into_words,
        "special": special,
    }
    texts = None
    if (
        text_pair is None
        and not fields.need_encodings
        and (cut is None or is_slice(tok, cut, add_special_tokens, python=python))
    ):
        texts = _plain(text, is_split_into_words)
    if texts is not None:
        result = _from_batch(
            tok,
            texts,
            fill,
            cut,
            fields,
            filled_length=single or not python,
            arrays=return_tensors is not None,
            options=options,
        )
    elif isinstance(tok, JapaneseTokenizer):
        rows = _rows(text, text_pair, is_split_into_words, empty_pairs=True)
        result = _call_python.from_rows(
            tok, rows, fill, cut, fields, single=single, options=options
        )
    else:
        rows = _rows(text, text_pair, is_split_into_words)
        result = _from_encodings(
            [tok._encode_full(first, second, truncation=cut, **options) for first, second in rows],  # noqa: SLF001
            fill,
            fields,
        )
    if max_length is None and cut is None and (fill is None or fill.length is None):
        _warn_if_too_long(result["input_ids"], tok.model_max_length)
    if return_tensors is not None:
        return result.convert_to_tensors(return_tensors)
    if python and single:
        return result.first_row(numbers=True)
    return result.first_row() if single and not return_overflowing_tokens else result


def _is_batch(text: object, words: bool) -> bool:
    """Whether it is a list of texts (of lists of words), and not a single one."""
    if not isinstance(text, (list, tuple)):
        return False
    return not words or (bool(text) and isinstance(text[0], (list, tuple)))


def _plain(text: object, words: bool) -> list[Any] | None:
    """The texts (the lists of words), None where one is a pair or something else."""
    if isinstance(text, str) and not words:
        return [text]
    if not isinstance(text, (list, tuple)):
        return None
    if set(map(type, text)) <= {str}:
        return [text] if words else list(text) or None
    if words and all(
        isinstance(row, (list, tuple)) and set(map(type, row)) <= {str} for row in text
    ):
        return list(text)
    return None


def _rows(text: Any, text_pair: Any, words: bool, *, empty_pairs: bool = False) -> list[Row]:
    """The texts with their pairs; ValueError for what is none.

    A list or tuple of two texts is a pair where a text is due. The pair of a single text counts as
    absent when it is empty, unless `empty_pairs`, as in the back ends of transformers.
    """
    if not _is_batch(text, words):
        pair = None if text_pair is None else _text(text_pair, "text_pair", words)
        return [(_text(text, "text", words), pair if empty_pairs else pair or None)]
    if text_pair is None:
        if not text:
            raise ValueError("text is an empty list, of which there is nothing to return")
        return [_row(given, f"text[{i}]", words) for i, given in enumerate(text)]
    if not isinstance(text_pair, (list, tuple)) or len(text_pair) != len(text):
        shown = len(text_pair) if isinstance(text_pair, (list, tuple)) else repr(text_pair)[:40]
        raise ValueError(f"text is a list of {len(text)}, text_pair must be one too, not {shown}")
    return [
        (_text(first, f"text[{i}]", words), _text(second, f"text_pair[{i}]", words))
        for i, (first, second) in enumerate(zip(text, text_pair, strict=True))
    ]


def _row(given: Any, place: str, words: bool) -> Row:
    """One text, or two that came as a pair."""
    if not isinstance(given, str) and isinstance(given, (list, tuple)) and len(given) == 2:
        kind = (list, tuple) if words else str
        if isinstance(given[0], kind):
            return (
                _text(given[0], f"{place}[0]", words),
                _text(given[1], f"{place}[1]", words),
            )
    return _text(given, place, words), None


def _text(given: Any, place: str, words: bool) -> Text:
    """The text (the words) as given; ValueError where it is something else."""
    if not words:
        if isinstance(given, str):
            return given
        raise ValueError(f"{place} is {type(given).__name__}, where a str is due")
    if not isinstance(given, (list, tuple)):
        raise ValueError(
            f"{place} is {type(given).__name__}, where is_split_into_words=True takes a list of str"
        )
    for i, word in enumerate(given):
        if not isinstance(word, str):
            raise ValueError(f"{place}[{i}] is {type(word).__name__}, where a str is due")
    return given


def _from_encodings(
    encodings: list[Encoding], fill: Padding | None, fields: Fields
) -> BatchEncoding:
    """Every value from the Encodings; the overflowing parts of a text are rows behind it."""
    if fill is not None:
        width = fill.width([len(encoding) for encoding in encodings])
        encodings = [fill.pad(encoding, width) for encoding in encodings]
    samples = list(range(len(encodings)))
    if fields.overflowing:
        parts = [[encoding, *encoding.overflowing] for encoding in encodings]
        samples = [i for i, part in enumerate(parts) for _ in part]
        encodings = [encoding for part in parts for encoding in part]
    data: dict[str, Any] = {"input_ids": [encoding.ids for encoding in encodings]}
    if fields.token_type_ids:
        data["token_type_ids"] = [encoding.type_ids for encoding in encodings]
    if fields.attention_mask:
        data["attention_mask"] = [encoding.attention_mask for encoding in encodings]
    if fields.special_tokens_mask:
        data["special_tokens_mask"] = [encoding.special_tokens_mask for encoding in encodings]
    if fields.offset_mapping:
        data["offset_mapping"] = [encoding.offsets for encoding in encodings]
    if fields.length:
        data["length"] = [len(encoding) for encoding in encodings]
    if fields.overflowing:
        data["overflow_to_sample_mapping"] = samples
    return BatchEncoding(data, encodings)


def _from_batch(
    tok: Encoder,
    texts: list[Any],
    fill: Padding | None,
    cut: Truncation | None,
    fields: Fields,
    *,
    filled_length: bool,
    arrays: bool,
    options: dict[str, Any],
) -> BatchEncoding:
    """Ids, attention mask and lengths from one Batch; the Encodings are made when asked for."""
    batch = tok.encode_batch(texts, threads=1 if len(texts) == 1 else None, **options)
    found = list(batch.lengths)
    kept = found if cut is None else [min(length, cut.max_length) for length in found]
    width = 0 if fill is None else fill.width(kept)

    def make(row: int) -> Encoding:
        if cut is None or kept[row] == found[row]:
            encoding = batch[row]
        else:
            alone = cut._replace(stride=0)  # what overflows was not asked for
            encoding = tok._encode_full(texts[row], None, truncation=alone, **options)  # noqa: SLF001
        return encoding if fill is None else fill.pad(encoding, width)

    ids, mask = (_arrays if arrays else _lists)(batch, kept, width, fill, cut)
    data = {"input_ids": ids}
    if fields.length and not filled_length:
        data["length"] = kept
    if fields.attention_mask:
        data["attention_mask"] = mask
    if fields.length and filled_length:
        data["length"] = [max(length, width) for length in kept]
    return BatchEncoding(data, LazyEncodings(len(texts), make))


def _lists(
    batch: Batch, kept: list[int], width: int, fill: Padding | None, cut: Truncation | None
) -> tuple[Any, Any]:
    """Ids and attention mask as lists, each row cut to its length in `kept` and filled up."""
    rows = batch.to_lists()
    if cut is not None:
        left = cut.side == "left"
        rows = [
            row[len(row) - length :] if left else row[:length]
            for row, length in zip(rows, kept, strict=True)
        ]
    masks = [[1] * length for length in kept]
    if fill is not None:
        gaps = [width - length for length in kept]  # a list times a negative number is empty
        id_fills = [[fill.pad_id] * gap for gap in gaps]
        mask_fills = [[0] * gap for gap in gaps]
        if fill.side == "left":
            rows, id_fills, masks, mask_fills = id_fills, rows, mask_fills, masks
        rows = [row + more for row, more in zip(rows, id_fills, strict=True)]
        masks = [mask + more for mask, more in zip(masks, mask_fills, strict=True)]
    return rows, masks


def _arrays(
    batch: Batch, kept: list[int], width: int, fill: Padding | None, cut: Truncation | None
) -> tuple[Any, Any]:
    """The same as int64 arrays (rows, tokens); ValueError where rows end at unequal lengths."""
    import numpy as np

    ends = [max(length, width) for length in kept]
    least, width = min(ends), max(ends)
    if least != width:
        raise ragged("input_ids", least, width)
    lengths = np.asarray(kept, dtype=np.int64)[:, None]
    column = np.arange(width, dtype=np.int64)[None, :]
    if fill is not None and fill.side == "left":
        column = column - (width - lengths)
    inside = (column >= 0) & (column < lengths)
    flat = batch.flat_ids
    ids: NDArray[np.integer[Any]]
    if cut is not None and len(flat) > sum(kept):
        first = batch.row_offsets[:-1, None]
        if cut.side == "left":
            first = batch.row_offsets[1:, None] - lengths
        ids = np.full((len(kept), width), fill.pad_id if fill else 0, dtype=np.int64)
        ids[inside] = flat[(first + column)[inside]]
    elif fill is not None:
        ids = batch.pad(width, pad_id=fill.pad_id, side=fill.side)
    else:
        ids = flat.reshape(len(kept), width)
    return ids.astype(np.int64, copy=False), inside.astype(np.int64)


def _warn_if_too_long(rows: Any, limit: int) -> None:
    if 0 < limit <= UNBOUNDED:
        longest = max(map(len, rows))
        if longest > limit:
            warnings.warn(
                f"a text has {longest} tokens, more than the {limit} that model_max_length names;"
                " truncation=True cuts it",
                stacklevel=3,
            )
