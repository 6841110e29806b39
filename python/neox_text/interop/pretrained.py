"""A tokenizer of ours as a `PreTrainedTokenizerBase` of transformers 5."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from neox_text import AddedToken, AnyTokenizer

NAMES = ("bos_token", "eos_token", "unk_token", "pad_token")
FLAGS = ("single_word", "lstrip", "rstrip", "normalized")
UNKNOWN = 10**20  # a length above it says that no length is known
SETTINGS = ("padding_side", "truncation_side", "model_max_length")


def for_transformers(tok: AnyTokenizer) -> PreTrainedTokenizerBase:
    """Give the tokenizer in a class that transformers knows; ids and texts are ours.

    Raises:
        ImportError: transformers is not installed.
    """
    made: PreTrainedTokenizerBase = _kind()(tok)
    return made


def added(token: Any, special: bool) -> AddedToken:
    """Give an added token of ours for a string or an `AddedToken` of transformers."""
    from neox_text import AddedToken

    if isinstance(token, str):
        return AddedToken(token, special=special)
    told = {flag: getattr(token, flag) for flag in FLAGS}
    return AddedToken(token.content, **told, special=special or token.special)


def changed(tok: Any, names: dict[str, Any], settings: dict[str, Any]) -> AnyTokenizer:
    """Give the tokenizer with other named tokens, sides and length."""
    from neox_text import JapaneseTokenizer

    if settings["model_max_length"] > UNKNOWN:
        settings = settings | {"model_max_length": None}
    made: AnyTokenizer
    if isinstance(tok, JapaneseTokenizer):
        made = tok.with_options(**names)._with_settings(**settings)  # noqa: SLF001
    else:
        made = tok._with_settings(**names, **settings)  # noqa: SLF001
    return made


def restored(tok: AnyTokenizer, told: dict[str, Any]) -> PreTrainedTokenizerBase:
    """Give what a pickle holds."""
    made = for_transformers(tok)
    for name, value in told.items():
        setattr(made, name, value)
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
            return restored, (self.tok, self._told(*NAMES, *SETTINGS))

        def _told(self, *names: str) -> dict[str, Any]:
            return {name: getattr(self, name) for name in names}

        def _now(self) -> AnyTokenizer:
            """The tokenizer with the names and settings that were set here since."""
            names, settings = self._told(*NAMES), self._told(*SETTINGS)
            if names | settings != {name: getattr(self.tok, name) for name in names | settings}:
                self.tok = changed(self.tok, names, settings)
            return self.tok

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

        def _encode_plus(
            self,
            text: Any,
            text_pair: Any = None,
            *,
            padding_strategy: Any = False,
            truncation_strategy: Any = False,
            padding_side: str | None = None,
            split_special_tokens: bool = False,
            verbose: bool = True,  # noqa: ARG002
            **kwargs: Any,
        ) -> BatchEncoding:
            found = self._now()(
                text,
                text_pair,
                padding=getattr(padding_strategy, "value", padding_strategy),
                truncation=getattr(truncation_strategy, "value", truncation_strategy),
                padding_side=padding_side,
                special="text" if split_special_tokens else "parse",
                **kwargs,
            )
            return BatchEncoding(dict(found))

        def _decode(
            self, token_ids: int | list[int], skip_special_tokens: bool = False, **_: Any
        ) -> str:
            ids = [token_ids] if isinstance(token_ids, int) else token_ids
            return self.tok.decode(ids, skip_special_tokens=skip_special_tokens)

        def _convert_token_to_id_with_added_voc(self, token: str) -> int | None:
            found = self.tok.token_to_id(token)
            return self.tok.unk_token_id if found is None else found

        def _convert_id_to_token(self, index: int) -> str | None:
            return self.tok.id_to_token(index)

        def _add_tokens(self, new_tokens: Iterable[Any], special_tokens: bool = False) -> int:
            before = len(self.tok)
            new = [added(token, special_tokens) for token in new_tokens]
            new = [token for token in new if self.tok.token_to_id(token.content) is None]
            self.tok = self.tok.with_added_tokens(new)
            return len(self.tok) - before

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
            self._now().save_pretrained(save_directory)
            return tuple(os.path.join(save_directory, name) for name in os.listdir(save_directory))

    return NeoxTextTokenizer
