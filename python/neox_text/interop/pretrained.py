"""A tokenizer of ours as a `PreTrainedTokenizerBase` of transformers 5."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from neox_text import AnyTokenizer

NAMES = ("bos_token", "eos_token", "unk_token", "pad_token")
SETTINGS = ("padding_side", "truncation_side", "model_max_length")


def for_transformers(tok: AnyTokenizer) -> PreTrainedTokenizerBase:
    """Give the tokenizer in a class that transformers knows; ids and texts are ours.

    Raises:
        ImportError: transformers is not installed.
    """
    made: PreTrainedTokenizerBase = _kind()(tok)
    return made


@functools.cache
def _kind() -> Any:
    from transformers import BatchEncoding, PreTrainedTokenizerBase

    class NeoxTextTokenizer(PreTrainedTokenizerBase):  # type: ignore[misc]
        """What asks nothing of transformers but its place in the tree of classes."""

        def __init__(self, tok: AnyTokenizer) -> None:
            self.tok = tok
            told = {name: getattr(tok, name) for name in (*NAMES, *SETTINGS)}
            super().__init__(**told)

        def __len__(self) -> int:
            return len(self.tok)

        def __reduce__(self) -> Any:
            return for_transformers, (self.tok,)

        @property
        def vocab_size(self) -> int:
            return self.tok.get_vocab_size(with_added_tokens=False)

        @property
        def is_fast(self) -> bool:
            return True

        @property
        def added_tokens_decoder(self) -> Any:
            return self.tok.added_tokens

        def get_vocab(self) -> dict[str, int]:
            return self.tok.get_vocab()

        def tokenize(self, text: str, pair: str | None = None, **kwargs: Any) -> list[str]:
            asked = kwargs.get("add_special_tokens", False)
            return self.tok.encode(text, pair, add_special_tokens=asked).tokens

        def _encode_plus(self, text: Any, text_pair: Any = None, **kwargs: Any) -> BatchEncoding:
            for name, key in (
                ("padding", "padding_strategy"),
                ("truncation", "truncation_strategy"),
            ):
                kwargs[name] = getattr(kwargs[key], "value", kwargs.pop(key))
            kwargs.pop("padding_strategy", None)
            kwargs.pop("truncation_strategy", None)
            special = "text" if kwargs.pop("split_special_tokens", False) else "parse"
            kwargs.pop("verbose", None)
            found = self.tok(text, text_pair, special=special, **kwargs)  # type: ignore[arg-type]
            return BatchEncoding(dict(found))

        def _decode(
            self, token_ids: int | list[int], skip_special_tokens: bool = False, **_: Any
        ) -> str:
            ids = [token_ids] if isinstance(token_ids, int) else token_ids
            return self.tok.decode(ids, skip_special_tokens=skip_special_tokens)

        def _convert_token_to_id_with_added_voc(self, token: str) -> int | None:
            found = self.tok.token_to_id(token)
            return self.tok.unk_token_id if found is None else found

        def convert_ids_to_tokens(
            self, ids: int | Iterable[int], skip_special_tokens: bool = False
        ) -> Any:
            if isinstance(ids, int):
                return self.tok.id_to_token(ids)
            special = {*self.tok.all_special_ids} if skip_special_tokens else set()
            return [self.tok.id_to_token(int(id)) for id in ids if int(id) not in special]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return self.tok.decode(self.convert_tokens_to_ids(tokens))

        def num_special_tokens_to_add(self, pair: bool = False) -> int:
            return len(self.tok.encode("", "" if pair else None).ids)

        def save_pretrained(self, save_directory: str | os.PathLike[str], **_: Any) -> Any:
            self.tok.save_pretrained(save_directory)
            return tuple(os.path.join(save_directory, name) for name in os.listdir(save_directory))

    return NeoxTextTokenizer
