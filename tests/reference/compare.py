"""What is compared with `tokenizers`, and the smallest text that differs where one does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import neox_text
import tokenizers

FIELDS = (
    "ids", "tokens", "offsets", "word_ids", "type_ids", "attention_mask", "special_tokens_mask",
    "sequence_ids", "n_sequences",
)  # fmt: skip


def chunks(texts: Sequence[str], characters: int = 2_000_000, most: int = 40_000) -> Iterator[Any]:
    """The texts in lists of bounded size."""
    part: list[str] = []
    size = 0
    for text in texts:
        part.append(text)
        size += len(text)
        if size >= characters or len(part) >= most:
            yield part
            part, size = [], 0
    if part:
        yield part


def shortened(text: str, wrong: Callable[[str], bool]) -> str:
    """The text with parts left out as long as it stays wrong; a bounded number of tries."""
    size, tries = max(len(text) // 2, 1), 400
    while size and tries:
        at = 0
        while at < len(text) and tries:
            less = text[:at] + text[at + size :]
            tries -= 1
            if wrong(less):
                text = less
            else:
                at += size
        size //= 2
    return text


def same_ids(
    ours: neox_text.Tokenizer, oracle: tokenizers.Tokenizer, texts: Sequence[str], note: str = ""
) -> None:
    """Every text has the oracle's ids, in a batch; else fail with a small one that has not."""
    for part in chunks(texts):
        got = ours.encode_batch(part, add_special_tokens=False).to_lists()
        due = [e.ids for e in oracle.encode_batch_fast(part, add_special_tokens=False)]
        if got == due:
            continue
        assert len(got) == len(due)
        text = next(t for t, a, b in zip(part, got, due, strict=True) if a != b)

        def wrong(text: str) -> bool:
            return (
                ours.encode(text, add_special_tokens=False).ids
                != oracle.encode(text, add_special_tokens=False).ids
            )

        assert wrong(text), f"{note} in a batch other ids than alone: {text!a:.300}"
        text = shortened(text, wrong)
        mine, theirs = ours.encode(text).ids, oracle.encode(text).ids
        raise AssertionError(f"{note} {text!a:.300}: ids {mine}, due {theirs}")


def difference(got: Any, due: Any) -> str:
    """The first field that is not the oracle's, overflowing parts among them; else nothing."""
    for name in FIELDS:
        mine, theirs = getattr(got, name), getattr(due, name)
        if mine != theirs:
            return f"{name} {mine}, due {theirs}"
    if len(got) != len(due):
        return f"length {len(got)}, due {len(due)}"
    mine, theirs = got.overflowing, due.overflowing
    if len(mine) != len(theirs):
        return f"{len(mine)} parts overflow, due {len(theirs)}"
    for a, b in zip(mine, theirs, strict=True):
        if found := difference(a, b):
            return f"overflowing: {found}"
    return ""


def same_encodings(
    ours: neox_text.Tokenizer, oracle: tokenizers.Tokenizer, texts: Sequence[str], note: str = ""
) -> None:
    """Every field of every text is the oracle's."""
    for text in texts:
        if difference(ours.encode(text), oracle.encode(text)):
            text = shortened(text, lambda t: bool(difference(ours.encode(t), oracle.encode(t))))
            found = difference(ours.encode(text), oracle.encode(text))
            raise AssertionError(f"{note} {text!a:.300}: {found}")
