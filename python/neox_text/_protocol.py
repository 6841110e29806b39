"""The surface that every tokenizer of this package shares, as a type."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, overload, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self

    from neox_text._batch_encoding import BatchEncoding
    from neox_text._core import AddedToken, Batch, DecodeStream, Encoding

    Ids: TypeAlias = Sequence[int] | NDArray[np.integer[Any]]
    Special: TypeAlias = Literal["parse", "text", "error"] | AbstractSet[str]
    Errors: TypeAlias = Literal["strict", "replace"]
    Side: TypeAlias = Literal["left", "right"]


@runtime_checkable
class AnyTokenizer(Protocol):
    """What a tokenizer answers, whatever its algorithm.

    `special` says what special tokens in the text become: `"parse"` their ids, `"text"` plain
    text, `"error"` a ValueError with their place; a set names those to parse. Texts with a lone
    surrogate raise UnicodeEncodeError, ids out of range ValueError. Objects are frozen: options
    are arguments of the call.
    """

    @classmethod
    def from_pretrained(
        cls, dir_or_repo: str | os.PathLike[str], revision: str | None = None
    ) -> Self: ...

    def encode(
        self,
        text: str | Sequence[str],
        pair: str | Sequence[str] | None = None,
        *,
        add_special_tokens: bool = True,
        is_split_into_words: bool = False,
        special: Special = "parse",
    ) -> Encoding: ...

    def encode_batch(
        self,
        texts: Sequence[str] | Sequence[Sequence[str]],
        *,
        add_special_tokens: bool = True,
        is_split_into_words: bool = False,
        special: Special = "parse",
        threads: int | None = None,
    ) -> Batch: ...

    def encode_ordinary(self, text: str) -> list[int]: ...

    def encode_to_numpy(
        self, text: str | bytes, *, special: Special = "parse", errors: Errors = "strict"
    ) -> NDArray[np.uint16] | NDArray[np.uint32]: ...

    def encode_bytes(self, data: bytes, *, errors: Errors = "strict") -> Encoding: ...

    @overload
    def count(self, text: str) -> int: ...
    @overload
    def count(self, text: list[str]) -> list[int]: ...

    def decode(
        self, ids: Ids, *, skip_special_tokens: bool = False, errors: Errors = "replace"
    ) -> str: ...

    def decode_batch(
        self,
        ids: Iterable[Ids] | Batch,
        *,
        skip_special_tokens: bool = False,
        errors: Errors = "replace",
    ) -> list[str]: ...

    def batch_decode(
        self,
        ids: Iterable[Ids] | Batch,
        *,
        skip_special_tokens: bool = False,
        errors: Errors = "replace",
    ) -> list[str]: ...

    def decode_bytes(self, ids: Ids) -> bytes: ...

    def decode_stream(self, *, skip_special_tokens: bool = False) -> DecodeStream: ...

    def __call__(
        self,
        text: str | Sequence[Any],
        text_pair: str | Sequence[Any] | None = None,
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
        special: Special = "parse",
    ) -> BatchEncoding: ...

    def token_to_id(self, token: str) -> int | None: ...

    def id_to_token(self, id: int) -> str | None: ...

    def get_vocab(self, with_added_tokens: bool = True) -> dict[str, int]: ...

    def get_vocab_size(self, with_added_tokens: bool = True) -> int: ...

    def __len__(self) -> int: ...

    def with_added_tokens(self, tokens: Sequence[str | AddedToken]) -> Self: ...

    def save(self, path: str | os.PathLike[str]) -> None: ...

    def save_pretrained(self, directory: str | os.PathLike[str]) -> None: ...

    @property
    def added_tokens(self) -> Mapping[int, AddedToken]: ...

    @property
    def bos_token(self) -> str | None: ...
    @property
    def bos_token_id(self) -> int | None: ...
    @property
    def eos_token(self) -> str | None: ...
    @property
    def eos_token_id(self) -> int | None: ...
    @property
    def unk_token(self) -> str | None: ...
    @property
    def unk_token_id(self) -> int | None: ...
    @property
    def pad_token(self) -> str | None: ...
    @property
    def pad_token_id(self) -> int | None: ...
    @property
    def all_special_ids(self) -> list[int]: ...
    @property
    def padding_side(self) -> Side: ...
    @property
    def truncation_side(self) -> Side: ...
    @property
    def model_max_length(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...


class Encoder(AnyTokenizer, Protocol):
    """A tokenizer with what the call needs beyond the public surface."""

    def _encode_full(
        self,
        text: str | Sequence[str],
        pair: str | Sequence[str] | None,
        *,
        add_special_tokens: bool,
        is_split_into_words: bool,
        special: Special,
        truncation: tuple[int, str, int, str, bool] | None,
    ) -> Encoding: ...

    def _num_added_tokens(self, is_pair: bool) -> int: ...
