# ruff: noqa: PYI021  this file is the reference page
"""Both tokenizers: but for `BaseTokenizer`, every name here is also a name of `neox_text`.

Words used throughout. A *text* is a `str`. An *id* is an int from 0 to 2**24. A *token* is the
string of an id. In byte-level BPE an entry of the vocabulary is spelled in the alphabet of GPT-2,
one character a byte (`"Ġthe"` for `" the"`), an added token as it is; a *piece* is what the GPT-2
pattern cuts off a text before merging; the *template* is the post-processor of a `tokenizer.json`,
which may put special tokens around a text. An *added token* is matched whole, before all else.

`Tokenizer` gives ids, tokens, offsets, words and masks of `tokenizers` 0.23.3 for the same file,
`JapaneseTokenizer` the ids of `transformers` 5.23 or of the original; `tok(...)` gives what
`transformers` 5.23 gives; `encode_ordinary` and `decode_bytes` are named as in `tiktoken`.

Positions count characters (code points of the `str`) unless a `unit` says bytes, which are those of
its UTF-8. Lists are new ones at each access.

Errors: TypeError for a value of the wrong type, NeoxTextError (a ValueError) for a wrong value,
UnicodeEncodeError for a text with a lone surrogate, FileNotFoundError and other OSErrors for files
that cannot be read or written. Each is named below only where there is more to say.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import (
    Any,
    ClassVar,
    Literal,
    Protocol,
    SupportsIndex,
    TypeAlias,
    final,
    overload,
    type_check_only,
)

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, disjoint_base

from neox_text._batch_encoding import BatchEncoding

__all__ = [
    "AddedToken",
    "BaseTokenizer",
    "Batch",
    "DecodeStream",
    "Encoding",
    "InternalError",
    "JapaneseTokenizer",
    "NeoxTextError",
    "Rewrite",
    "Tokenizer",
    "TrainReport",
    "__version__",
    "_japanese_of_files",
    "_restore",
    "japanese_clean_text",
    "japanese_emoji_classes",
    "japanese_normalize",
    "japanese_split_sentences",
    "train_bpe",
    "train_japanese",
]

__version__: str

@type_check_only
class _Array(Protocol):
    """An array of numpy or a tensor of torch."""

    @property
    def dtype(self) -> Any: ...
    def tolist(self) -> Any: ...

_Path: TypeAlias = str | os.PathLike[str]
_Ids: TypeAlias = SupportsIndex | Iterable[SupportsIndex] | _Array
_IdArray: TypeAlias = NDArray[np.uint16] | NDArray[np.uint32]
_Special: TypeAlias = Literal["parse", "text", "error"] | AbstractSet[str]
_Nfc: TypeAlias = Literal["unicode9", "unicode17"]
_Side: TypeAlias = Literal["left", "right"]
_Profile: TypeAlias = Literal["hf", "original", "modern"]
_Price: TypeAlias = Literal["hf", "hf-py310", "original"]

class NeoxTextError(ValueError):
    """Something given is not as it must be: a file, a text, an id or an option.

    The message names the place and, where there is one, the way out.

    >>> try:
    ...     Tokenizer.from_str("404: Not Found")
    ... except NeoxTextError as error:
    ...     error.where
    'line 1 column 3'
    """

    path: str | None
    """The file, where a file is at fault; else None."""
    where: str | None
    """The place in it, where known; else None.

    A JSON path (`model.merges[2]`), a line (`line 4`, `line 1 column 3`), a byte offset (`byte 17`)
    or, for a text, a character (`character 8`; in a batch `text 3, character 8`). All but lines and
    columns count from 0.
    """

class InternalError(RuntimeError):
    """A defect of neox-text, never of what it was given; please report it."""

@final
class AddedToken:
    """A token that is matched whole, before the text is cut into pieces.

    The flags and their defaults are those of `tokenizers.AddedToken`; frozen, comparable, hashable.
    `str(token)` is its content.

    content: the text to match.
    single_word: match only where no word character touches it.
    lstrip, rstrip: swallow the white space to the left, to the right.
    normalized: look for the normal form of the content in the normalized text, rather than for the
        content in the text as given. None means `not special`.
    special: a token for control: `special=` governs it in encoding, and `skip_special_tokens=True`
        leaves it out in decoding.

    >>> AddedToken("<|user|>", special=True).normalized
    False
    """

    def __new__(
        cls,
        content: str,
        *,
        single_word: bool = False,
        lstrip: bool = False,
        rstrip: bool = False,
        normalized: bool | None = None,
        special: bool = False,
    ) -> Self: ...
    @property
    def content(self) -> str:
        """The text to match."""
    @property
    def single_word(self) -> bool:
        """Whether it matches only where no word character touches it."""
    @property
    def lstrip(self) -> bool:
        """Whether it swallows the white space to its left."""
    @property
    def rstrip(self) -> bool:
        """Whether it swallows the white space to its right."""
    @property
    def normalized(self) -> bool:
        """Whether its normal form is looked for in the normalized text."""
    @property
    def special(self) -> bool:
        """Whether it is for control rather than text."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[[], AddedToken], tuple[()]]: ...

@disjoint_base
class BaseTokenizer:
    """What every tokenizer does, whatever its algorithm; no name of `neox_text`.

    Frozen: options are arguments of a call, and one object may be used by many threads, copied,
    pickled and sent to other processes. Two are equal when they are of one class and their ids
    (`fingerprint`), their named tokens, their sides and their `model_max_length` are.

    One keyword, `special`, says what becomes of special tokens that stand in a text:

    "parse": their ids, as in `tokenizers` and `transformers`.
    "text": they are text like any other.
    "error": NeoxTextError with the token and its place.
    a set of them: those become their ids, the others are text; a name that is no special token is
        a NeoxTextError.

    Special are the special added tokens and, of a `JapaneseTokenizer`, all tags of its vocabulary
    (`<SP>`, `<|byte65|>`...) where they stand in the text as such; spaces, emoji and the like
    become their tags in every mode. Added tokens that are not special, such as the runs of spaces
    of GPT-NeoX, match in every mode.
    """

    def encode(
        self,
        text: str | Sequence[str],
        pair: str | Sequence[str] | None = None,
        *,
        add_special_tokens: bool = True,
        is_split_into_words: bool = False,
        special: _Special = "parse",
    ) -> Encoding:
        """Encode a text, or two that belong together.

        add_special_tokens: whether the template of a `Tokenizer` adds its special tokens. A
            `JapaneseTokenizer` has none.
        is_split_into_words: `text` and `pair` are lists of words, each encoded on its own. Then
            `word_ids` are the places of words in the list, and positions count within a word.
        special: what becomes of special tokens in the text; see `BaseTokenizer`.

        >>> tok = Tokenizer.default()
        >>> tok.encode(["two", "words"], is_split_into_words=True).word_ids[0]
        0
        >>> tok.encode("stop <|endoftext|>", special="error")
        Traceback (most recent call last):
            ...
        neox_text.NeoxTextError: character 5: the text holds the special token ...
        """
    def encode_batch(
        self,
        texts: Iterable[str] | Iterable[Sequence[str]],
        *,
        add_special_tokens: bool = True,
        is_split_into_words: bool = False,
        special: _Special = "parse",
        threads: int | None = None,
    ) -> Batch:
        """Encode many texts, a row of the Batch each; options as for `encode`.

        threads: at most so many; None for one a core. The result does not depend on it.

        The GIL is released meanwhile. An error names the text, counted from 0.
        """
    def encode_ordinary(self, text: str) -> list[int]:
        """Give the ids of a text in which special tokens are text; the template adds none.

        The same as `encode(text, special="text", add_special_tokens=False).ids`, but quicker.
        """
    def encode_to_numpy(
        self,
        text: str | bytes | bytearray | memoryview,
        *,
        special: _Special = "parse",
        errors: Literal["strict", "replace"] = "strict",
    ) -> _IdArray:
        """Give the ids of a text as an array of shape (tokens,); the template adds none.

        The dtype is uint16 where every id of the tokenizer fits, else uint32.

        special: what becomes of special tokens in the text; see `BaseTokenizer`.
        errors: what becomes of bytes that are no UTF-8; see `encode_bytes`.
        """
    def encode_bytes(
        self,
        data: bytes | bytearray | memoryview,
        *,
        errors: Literal["strict", "replace"] = "strict",
    ) -> Encoding:
        """Encode a text given as UTF-8, as `encode` does by default.

        errors: `"strict"` for a NeoxTextError with the byte offset where it is no UTF-8,
            `"replace"` to read that as U+FFFD, as `bytes.decode` does.
        """
    @overload
    def count(self, text: str) -> int: ...
    @overload
    def count(self, text: list[str] | tuple[str, ...]) -> list[int]:
        """Count the ids of a text, or of each text of a list, over all cores.

        Special tokens in a text count as one id; the template adds none.

        >>> tok = Tokenizer.default()
        >>> tok.count(["", "one two"]) == [0, len(tok.encode_to_numpy("one two"))]
        True
        """
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
        special: _Special = "parse",
    ) -> BatchEncoding:
        """Encode as a tokenizer of `transformers` 5.23 does when it is called.

        text: a text, a list of texts, or a list of pairs of texts.
        text_pair: the second text, or as many as there are texts.
        add_special_tokens, is_split_into_words, special: as for `encode`.
        padding: True or `"longest"` fills rows up to the longest, `"max_length"` up to
            `max_length`; it needs a `pad_token`.
        truncation: True or `"longest_first"`, `"only_first"`, `"only_second"` cuts rows down to
            `max_length`.
        max_length: tokens, those of the template among them; None for `model_max_length`. Alone, it
            cuts.
        stride: tokens that an overflowing part shares with the part before.
        pad_to_multiple_of: fill rows up to a multiple of so many tokens.
        padding_side, truncation_side: `"left"` or `"right"`; None for the tokenizer's own.
        return_tensors: None for lists of int, `"np"` for numpy, `"pt"` for torch.
        return_...: whether there is a value of that kind; the attention mask is there by default.

        The result is a dict that also has attributes: `input_ids` and, as asked for,
        `attention_mask`, `token_type_ids`, `special_tokens_mask`, `offset_mapping`, `length`.
        Arrays are int64 of shape (rows, tokens), offsets (rows, tokens, 2). Without
        `return_tensors` a single text gives plain rows.

        What is cut off is told as `transformers` tells it: a `Tokenizer` gives the overflowing
        parts as further rows, with `overflow_to_sample_mapping`; a `JapaneseTokenizer` gives
        `overflowing_tokens`, the ids with `stride` more, and `num_truncated_tokens`, and neither
        with `return_tensors`. There `length` counts the tokens of a list of texts before rows are
        filled.

        NeoxTextError or another ValueError where `transformers` refuses the call, and for rows of
        unequal length with `return_tensors`; ImportError for `"pt"` without torch.

        >>> tok = Tokenizer.default()
        >>> out = tok(["one", "one two"], padding="max_length", max_length=8, return_tensors="np")
        >>> out["input_ids"].shape, out.attention_mask.shape
        ((2, 8), (2, 8))
        """
    def decode(
        self,
        ids: _Ids,
        *,
        skip_special_tokens: bool = False,
        errors: Literal["replace", "strict", "ignore"] = "replace",
        clean_up_tokenization_spaces: Literal[False] | None = None,
    ) -> str:
        """Give the text of ids: their bytes joined and read as UTF-8.

        A `JapaneseTokenizer` of the profile `"hf"` reads each byte token alone, which gives U+FFFD
        for every byte of a character that has several, and takes white space off both ends.

        ids: a list or another iterable of int, an array, a tensor of one dimension, or one id.
        skip_special_tokens: whether special tokens are left out.
        errors: for bytes that are no UTF-8, as in `bytes.decode`: U+FFFD, a UnicodeDecodeError, or
            nothing.
        clean_up_tokenization_spaces: pipelines of transformers give it; True is refused.

        NeoxTextError for an id that the tokenizer does not have.
        """
    def decode_batch(
        self,
        ids: Batch | Iterable[_Ids] | _Array,
        *,
        skip_special_tokens: bool = False,
        errors: Literal["replace", "strict", "ignore"] = "replace",
        clean_up_tokenization_spaces: Literal[False] | None = None,
    ) -> list[str]:
        """Give the texts of many rows of ids, or of a Batch; see `decode`."""
    def batch_decode(
        self,
        ids: Batch | Iterable[_Ids] | _Array,
        *,
        skip_special_tokens: bool = False,
        errors: Literal["replace", "strict", "ignore"] = "replace",
        clean_up_tokenization_spaces: Literal[False] | None = None,
    ) -> list[str]:
        """Do what `decode_batch` does; this is the name that `transformers` has for it."""
    def decode_bytes(self, ids: _Ids) -> bytes:
        """Give the bytes of ids, which lose nothing where they are no UTF-8; see `decode`.

        Byte tokens give their byte in every profile, and no white space is taken off.
        """
    def decode_stream(self, *, skip_special_tokens: bool = False) -> DecodeStream:
        """Give an object that decodes an id at a time.

        >>> tok = Tokenizer.default()
        >>> stream = tok.decode_stream()
        >>> pieces = [stream.step(id) for id in tok.encode("naïve 🙂").ids]
        >>> "".join(pieces) + stream.finish()
        'naïve 🙂'
        """
    def token_to_id(self, token: str) -> int | None:
        """Give the id of a token, added or not; None where there is no such token.

        Every surface of a `JapaneseTokenizer` is a token.
        """
    def id_to_token(self, id: int) -> str | None:
        """Give the token of an id, added or not; None where there is no such id.

        Of the surfaces of a `JapaneseTokenizer` it is the first one of the line.
        """
    def get_vocab(self, with_added_tokens: bool = True) -> dict[str, int]:
        """Give a new dict from token to id, with or without the added tokens.

        Added tokens that are entries of the vocabulary too are always there.
        """
    def get_vocab_size(self, with_added_tokens: bool = True) -> int:
        """Give the number of tokens, with or without the added ones; see `get_vocab`."""
    @property
    def vocab_size(self) -> int:
        """The number of tokens without the added ones, as in `transformers`.

        `len(tok)` counts all. A `JapaneseTokenizer` counts distinct lines, as there, or with
        `distinct_ids=True` all lines.
        """
    @property
    def added_tokens(self) -> dict[int, AddedToken]:
        """The added tokens by id: a new dict, in order of ids."""
    @property
    def bos_token(self) -> str | None:
        """The token that begins a text, None where none is named."""
    @property
    def bos_token_id(self) -> int | None:
        """The id of `bos_token`."""
    @property
    def eos_token(self) -> str | None:
        """The token that ends a text, None where none is named."""
    @property
    def eos_token_id(self) -> int | None:
        """The id of `eos_token`."""
    @property
    def unk_token(self) -> str | None:
        """The token for what is unknown, None where none is named; encoding never needs it."""
    @property
    def unk_token_id(self) -> int | None:
        """The id of `unk_token`."""
    @property
    def pad_token(self) -> str | None:
        """The token that fills rows, None where none is named."""
    @property
    def pad_token_id(self) -> int | None:
        """The id of `pad_token`."""
    @property
    def all_special_ids(self) -> list[int]:
        """The ids of the named tokens and of the special added tokens, in order, each once."""
    @property
    def padding_side(self) -> _Side:
        """The side on which `tok(...)` fills rows unless told otherwise.

        It can be set, as pipelines of transformers do; all else is an argument of the call.
        """
    @padding_side.setter
    def padding_side(self, side: _Side, /) -> None: ...
    @property
    def truncation_side(self) -> _Side:
        """The side on which `tok(...)` cuts rows unless told otherwise."""
    @property
    def model_max_length(self) -> int:
        """The tokens that the model takes at most; `int(1e30)` where that is not told."""
    @property
    def is_fast(self) -> bool:
        """Always True: pipelines of transformers ask for it before they ask for offsets."""
    @property
    def chat_template(self) -> None:
        """Always None: there are no templates of chats."""
    @property
    def fingerprint(self) -> str:
        """SHA-256, 64 hexadecimal digits, of all that decides ids.

        Of a `Tokenizer` that is normalizer, prefix space, added tokens, vocabulary, merges and
        post-processor; of a `JapaneseTokenizer` both files, all options and added tokens. Sides and
        `model_max_length` are no part of it.
        """
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def _encode_full(
        self,
        text: str | Sequence[str],
        pair: str | Sequence[str] | None,
        *,
        add_special_tokens: bool,
        is_split_into_words: bool,
        special: _Special,
        truncation: tuple[int, str, int, str, bool] | None,
    ) -> Encoding: ...
    def _num_added_tokens(self, is_pair: bool) -> int: ...

@final
class Tokenizer(BaseTokenizer):
    """A byte-level BPE tokenizer, as GPT-NeoX, Pythia, GPT-J and GPT-2 use.

    Made by one of the class methods, by `with_added_tokens` or by `train_bpe`. What it shares with
    `JapaneseTokenizer` is documented in `BaseTokenizer`.

    >>> tok = Tokenizer.default()
    >>> text = "Hello  world"
    >>> tok.decode(tok.encode(text).ids)
    'Hello  world'
    """

    @classmethod
    def from_file(
        cls,
        path: _Path,
        *,
        nfc: _Nfc = "unicode9",
        bos_token: str | None = None,
        eos_token: str | None = None,
        unk_token: str | None = None,
        pad_token: str | None = None,
    ) -> Self:
        """Read a `tokenizer.json`.

        nfc: the tables of NFC where the file asks for it: those of Unicode 9, which `tokenizers`
            0.23.3 has and the published models were trained with, or of Unicode 17. Ids differ on
            text with combining marks added to Unicode since.
        bos_token, eos_token, unk_token, pad_token: names for tokens of the vocabulary, else as a
            `tokenizer_config.json` beside the file has them, else None. They do not change ids.

        NeoxTextError with `path` and `where` for a file that is damaged, that is something else, or
        that holds what would not be honoured; for a name that is not in the vocabulary; and for a
        file over 256 MiB.
        """
    @classmethod
    def from_str(
        cls,
        json: str,
        *,
        nfc: _Nfc = "unicode9",
        bos_token: str | None = None,
        eos_token: str | None = None,
        unk_token: str | None = None,
        pad_token: str | None = None,
    ) -> Self:
        """Read the text of a `tokenizer.json`; see `from_file`."""
    @classmethod
    def from_buffer(
        cls,
        buffer: bytes | bytearray | memoryview,
        *,
        nfc: _Nfc = "unicode9",
        bos_token: str | None = None,
        eos_token: str | None = None,
        unk_token: str | None = None,
        pad_token: str | None = None,
    ) -> Self:
        """Read the bytes of a `tokenizer.json`; see `from_file`."""
    @classmethod
    def from_files(
        cls,
        vocab_file: _Path,
        merges_file: _Path,
        *,
        normalizer: Literal["nfc"] | None = "nfc",
        nfc: _Nfc = "unicode9",
        unk_token: str | None = None,
        bos_token: str | None = None,
        eos_token: str | None = None,
        pad_token: str | None = None,
        add_prefix_space: bool = False,
        trim_offsets: bool = True,
    ) -> Self:
        """Read a `vocab.json` and a `merges.txt`, with the options of `GPTNeoXTokenizerFast`.

        normalizer: `"nfc"` as for GPT-NeoX, None as for GPT-2.
        nfc: the tables of NFC, as for `from_file`.
        unk_token, bos_token, eos_token, pad_token: special tokens; one that the vocabulary lacks is
            added behind it. None by default, so a special token of the model must be named here.
        add_prefix_space: put a space in front of a text (of what lies between added tokens) that
            does not begin with one.
        trim_offsets: let `offsets` leave out the white space of a token.

        NeoxTextError with `path` and `where` as for `from_file`.
        """
    @classmethod
    def from_pretrained(
        cls, dir_or_repo: _Path, revision: str | None = None, *, nfc: _Nfc = "unicode9"
    ) -> Self:
        """Read the tokenizer of a directory, or of a repository on the Hugging Face hub.

        Read are `tokenizer.json` (or `vocab.json` with `merges.txt`) and the configuration beside
        it: added tokens, named tokens, sides and `model_max_length`, as `transformers` does.

        dir_or_repo: a directory if there is one of that name, else the id of a repository, say
            `"EleutherAI/gpt-neox-20b"`.
        revision: branch, tag or commit of the repository.
        nfc: the tables of NFC, as for `from_file`.

        FileNotFoundError where there is no such directory, repository or file in it,
        NotADirectoryError for a file, ImportError for a repository without huggingface_hub
        (`pip install neox-text[hub]`), NeoxTextError as for `from_file`.
        """
    @classmethod
    def default(cls) -> Self:
        """Give the tokenizer that is shipped: 32k entries, NFC, runs of spaces, read once.

        `bos_token`, `eos_token` and `unk_token` are `<|endoftext|>`, `pad_token` is `<|padding|>`.
        """
    @classmethod
    def from_cache(cls, path: _Path) -> Self:
        """Read a file that `compile` wrote: quicker than `tokenizer.json`, and all is kept.

        NeoxTextError for a file that is damaged or of another version: compile it again.
        """
    def compile(self, path: _Path) -> None:
        """Write a file for `from_cache`. It is checked by SHA-256 when it is read."""
    def save(self, path: _Path, pretty: bool = True) -> None:
        """Write a `tokenizer.json`, which `tokenizers` reads too, with the same ids.

        pretty: one line a value, indented; else all on one line.

        The file appears whole or not at all. Named tokens, sides and `model_max_length` are no part
        of it; `save_pretrained` keeps them.
        """
    def save_pretrained(self, directory: _Path) -> None:
        """Write `tokenizer.json` and `tokenizer_config.json`, which `transformers` reads too.

        The directory is made where it is not there.
        """
    def to_str(self, pretty: bool = False) -> str:
        """Give the text of a `tokenizer.json`; see `save`."""
    @property
    def num_merges(self) -> int:
        """The number of merges."""
    def with_added_tokens(self, tokens: Iterable[str | AddedToken]) -> Self:
        """Give a new tokenizer that has these added tokens too; this one stays as it is.

        A string is added with the flags `AddedToken(string)` has, so it is not special. A token
        that is an entry of the vocabulary keeps its id, one that is an added token already takes
        the flags given, all others get the next ids.

        NeoxTextError for an empty token.

        >>> tok = Tokenizer.default()
        >>> more = tok.with_added_tokens([AddedToken("<|user|>", special=True)])
        >>> more.token_to_id("<|user|>") == len(tok)
        True
        """
    @property
    def nfc(self) -> _Nfc | None:
        """The tables of NFC, None where texts are not normalized."""
    def __reduce__(self) -> tuple[Callable[[bytes], Tokenizer], tuple[bytes]]: ...
    def _with_settings(
        self,
        *,
        bos_token: str | None = None,
        eos_token: str | None = None,
        unk_token: str | None = None,
        pad_token: str | None = None,
        padding_side: str = "right",
        truncation_side: str = "right",
        model_max_length: int | None = None,
    ) -> Self: ...

@final
class JapaneseTokenizer(BaseTokenizer):
    """A Japanese tokenizer, BPEEncoder V2, as GPT-NeoX-Japanese uses.

    Made by one of the class methods, by `with_options`, `with_added_tokens` or `train_japanese`.
    What it shares with `Tokenizer` is documented in `BaseTokenizer`.

    A *surface* is a way to write an entry of the vocabulary: 慶応 and 慶應 are two of one id, and
    the first of its line is the canonical one, which decoding prints. A *tag* is an entry that
    stands for more than itself: `<SP>` for a space, `<|emoji4|>` for a class of emoji, `<|byte65|>`
    for a byte, `<URL>` for what cleaning found.

    Of the three profiles, `"hf"` gives the ids of `GPTNeoXJapaneseTokenizer` of `transformers` from
    4.50 on, `"original"` those of `SWEEncoder_ja`; `"modern"` mends every flaw of both.

    >>> tok = JapaneseTokenizer.default()
    >>> tok.decode(tok.encode("吾輩は猫である。").ids)
    '吾輩は猫である。'
    >>> tok.encode("慶應").ids == tok.encode("慶応").ids
    True
    """

    @classmethod
    def from_files(
        cls,
        vocab_file: _Path,
        emoji_file: _Path,
        *,
        profile: _Profile = "hf",
        do_clean_text: bool = False,
        price: _Price | None = None,
        comma: bool | None = None,
        lossless: bool | None = None,
        strip: bool | None = None,
        distinct_ids: bool | None = None,
        emoji: Literal["rank", "grapheme"] | None = None,
        match: Literal["smallest", "longest"] | None = None,
        cleaning: Literal["reference", "better"] | None = None,
        compose: bool | None = None,
        ivs: Literal["keep", "strip"] | None = None,
        heterographs: Literal["vocab", "layers"] | None = None,
        dropout: float = 0.0,
        seed: int = 0,
        unk_token: str | None = "<|endoftext|>",
        pad_token: str | None = "<|endoftext|>",
        bos_token: str | None = "<|startoftext|>",
        eos_token: str | None = "<|endoftext|>",
    ) -> Self:
        """Read a `vocab.txt` and an `emoji.json`.

        Of the options from `price` to `heterographs` None means the profile's own.

        profile: `"hf"`, `"original"` or `"modern"`; see the class.
        do_clean_text: whether web and e-mail addresses, telephone numbers, dates, prices and runs
            of box drawing become one tag each.
        price: the pattern of prices: `"hf"` (`transformers` >= 4.50 on Python >= 3.11),
            `"hf-py310"` (4.50 and later 4.x on Python 3.10) or `"original"` (before).
        comma: whether the line `,` is the comma's; else a comma becomes bytes.
        lossless: whether byte tokens are decoded together, so that every character comes back.
        strip: whether `decode` takes white space off both ends.
        distinct_ids: whether sizes count every line, so that added tokens get ids of their own.
        emoji: `"rank"` finds them one after another in the order of the file, `"grapheme"` whole
            and the longest first.
        match: of the surfaces that begin at a place, `"smallest"` takes that of the smallest id
            among those of up to three characters, `"longest"` the longest.
        cleaning: `"reference"`, or `"better"`: dates of eras, grouped prices, full-width digits,
            and no @handles.
        compose: whether a voicing mark joins the kana before it (か and U+3099, ｶﾞ).
        ivs: `"strip"` passes over variation selectors behind an ideograph.
        heterographs: `"layers"` lets a surface that is not its line's first count only where a
            layer of `neox_text.japanese.normalize` knows the pair.
        dropout: the probability with which each place drops its best candidate, 0 to 1.
        seed: what that is drawn from, 0 to 2**64-1: ids are a function of text and seed.
        unk_token, pad_token, bos_token, eos_token: named tokens; bos and eos are special.

        NeoxTextError with `path` and `where` (`line 3`, a JSON path) for a file that is damaged or
        something else, or over 256 MiB; NeoxTextError for an option with an unknown value, which
        names the choices, and for a named token whose id would be another entry's; TypeError for
        an option of the wrong type, and for one that there is not.
        """
    @classmethod
    def from_pretrained(cls, dir_or_repo: _Path, revision: str | None = None) -> Self:
        """Read the tokenizer of a directory, or of a repository on the Hugging Face hub.

        Read are `vocab.txt`, `emoji.json` and the configuration beside them: `do_clean_text`, named
        and added tokens, sides and `model_max_length`, as `transformers` does; and, where
        `save_pretrained` wrote it, profile and options. Else the profile is `"hf"`.

        dir_or_repo: a directory if there is one of that name, else the id of a repository, say
            `"abeja/gpt-neox-japanese-2.7b"`.
        revision: branch, tag or commit of the repository.

        FileNotFoundError where there is no such directory, repository or file in it,
        NotADirectoryError for a file, ImportError for a repository without huggingface_hub
        (`pip install neox-text[hub]`), NeoxTextError as for `from_files`, and for an added token
        whose id would be another entry's.
        """
    @classmethod
    def from_file(cls, path: _Path) -> Self:
        """Read a file that `save` wrote.

        NeoxTextError with `path` and `where` for a file that is damaged or something else.
        """
    @classmethod
    def default(cls) -> Self:
        """Give the tokenizer that is shipped: 32,000 ids, the profile `"modern"`, read once."""
    def save(self, path: _Path) -> None:
        """Write one file, JSON, with all that the tokenizer is: both files, options, settings.

        It appears whole or not at all; `from_file` reads it.
        """
    def save_pretrained(self, directory: _Path) -> None:
        """Write `vocab.txt`, `emoji.json` and `tokenizer_config.json`.

        The first two are byte for byte as they were read. `transformers` reads the directory too,
        as the profile `"hf"`; profile and options stand under a key of our own, `neox_text`. The
        directory is made where it is not there.
        """
    @property
    def profile(self) -> _Profile:
        """`"hf"`, `"original"` or `"modern"`."""
    @property
    def options(self) -> dict[str, Any]:
        """All options by name, as `from_files` and `with_options` take them: a new dict."""
    def with_options(
        self,
        *,
        profile: _Profile | None = None,
        do_clean_text: bool | None = None,
        price: _Price | None = None,
        comma: bool | None = None,
        lossless: bool | None = None,
        strip: bool | None = None,
        distinct_ids: bool | None = None,
        emoji: Literal["rank", "grapheme"] | None = None,
        match: Literal["smallest", "longest"] | None = None,
        cleaning: Literal["reference", "better"] | None = None,
        compose: bool | None = None,
        ivs: Literal["keep", "strip"] | None = None,
        heterographs: Literal["vocab", "layers"] | None = None,
        dropout: float | None = None,
        seed: int | None = None,
        unk_token: str | None = ...,
        pad_token: str | None = ...,
        bos_token: str | None = ...,
        eos_token: str | None = ...,
    ) -> Self:
        """Give a new tokenizer with other options; see `from_files` for what they mean.

        What is not given stays as it is. With `profile`, the options from `price` to
        `heterographs` that are not given become that profile's own.

        >>> tok = JapaneseTokenizer.default().with_options(do_clean_text=True)
        >>> tok.encode("2020年1月2日").tokens
        ['<DATE>']
        """
    def with_added_tokens(self, tokens: Iterable[str | AddedToken]) -> Self:
        """Give a new tokenizer that has these added tokens too; this one stays as it is.

        A string is added with the flags `AddedToken(string)` has, so it is not special. A token
        that is a surface keeps its id, one that is an added token already takes the flags given,
        all others get the next ids.

        NeoxTextError for an empty token, and for one whose id would be another entry's, as with
        the published vocabularies in the profile `"hf"`: `distinct_ids=True` mends that.
        """
    def explain(self, text: str) -> list[Rewrite]:
        """Give what becomes of a text on its way to tokens, in order and without overlap.

        With these rewrites in place the text is the canonical surfaces of its ids, joined.

        >>> tok = JapaneseTokenizer.default()
        >>> [(rewrite.source, rewrite.target, rewrite.kind) for rewrite in tok.explain("猫 と")]
        [(' ', '<SP>', 'space')]
        """
    def __reduce__(self) -> tuple[Callable[..., JapaneseTokenizer], tuple[Any, ...]]: ...
    def _files(self) -> tuple[bytes, bytes]: ...
    def _with_settings(
        self,
        *,
        padding_side: str = "right",
        truncation_side: str = "right",
        model_max_length: int | None = None,
    ) -> Self: ...

@final
class Rewrite:
    """A part of a text that its tokens write in another way; `JapaneseTokenizer.explain` gives it.

    Frozen, comparable, hashable.
    """

    def __new__(cls, start: int, end: int, source: str, target: str, kind: str) -> Self: ...
    @property
    def start(self) -> int:
        """Where it begins, in characters of the text."""
    @property
    def end(self) -> int:
        """Where it ends."""
    @property
    def source(self) -> str:
        """What stands in the text."""
    @property
    def target(self) -> str:
        """What takes its place: tags, or the canonical surface."""
    @property
    def kind(self) -> str:
        """What it is.

        `"space"` (line ends and tabs too), `"dash"`, `"emoji"`, `"heterograph"`, `"symbol"` or
        `"bytes"`; with cleaning also `"url"`, `"email"`, `"tel"`, `"date"`, `"price"` or `"block"`.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[int, int, str, str, str]: ...

@final
class Encoding:
    """The tokens of a text, of a part of it, or of a pair.

    Fields have one entry a token, and names and values as in `tokenizers.Encoding`; `spans` is not
    known there. Ids are there from the start; everything else is computed when the first of it is
    asked for, and kept. Frozen: `truncate` and `pad` give new ones. Two are equal when all fields
    are, and the fingerprints of their tokenizers.

    A *word* is a piece or an added token, or a word of pre-tokenized input, counted from 0 in each
    text; to a `JapaneseTokenizer` a text is one word. A *sequence* is one text of a pair: 0 or 1.
    Positions count from the start of their own text (of their own word, for pre-tokenized input).

    >>> enc = Tokenizer.default().encode("Hello  wörld")
    >>> len(enc) == len(enc.ids) == len(enc.tokens) == len(enc.offsets)
    True
    """

    @property
    def ids(self) -> list[int]:
        """The ids."""
    @property
    def tokens(self) -> list[str]:
        """The tokens: of added tokens what stands in the text, white space swallowed included.

        Of a `JapaneseTokenizer` they are the surfaces matched and the tags.
        """
    @property
    def offsets(self) -> list[tuple[int, int]]:
        """Start and end of each token in characters of the text; (0, 0) where there is no text.

        As in `tokenizers` 0.23.3, so they may leave out white space (`trim_offsets`) and combining
        marks that NFC composes, and tokens that share a character overlap. `spans` are a partition.
        Of a `JapaneseTokenizer` they are what each token was made of.
        """
    @property
    def word_ids(self) -> list[int | None]:
        """The word of each token; None for what the template or padding added."""
    @property
    def type_ids(self) -> list[int]:
        """0, or 1 for the second text of a pair, or what the template says."""
    @property
    def attention_mask(self) -> list[int]:
        """1, or 0 for padding."""
    @property
    def special_tokens_mask(self) -> list[int]:
        """1 for what the template or padding added, 0 for what stands in the text.

        A special token that stands in the text has 0, as in `tokenizers`.
        """
    @property
    def n_sequences(self) -> int:
        """The number of sequences: 1, or 2 for a pair."""
    @property
    def sequence_ids(self) -> list[int | None]:
        """The sequence of each token; None for what the template or padding added."""
    @property
    def overflowing(self) -> list[Encoding]:
        """The other parts of what was truncated."""
    def to_numpy(self) -> _IdArray:
        """Give the ids as an array of shape (tokens,).

        The dtype is uint16 where every id of the tokenizer fits, else uint32.
        """
    def offsets_array(self) -> NDArray[np.uint32]:
        """Give `offsets` as an array of shape (tokens, 2)."""
    def spans(self, unit: Literal["char", "byte"] = "char") -> NDArray[np.uint32]:
        """Give start and end of each token as an array of shape (tokens, 2): a partition.

        Every character of the text lies in exactly one span: of tokens that share a character, the
        first holds it and the others are empty. What the template or padding added is empty too.

        unit: count characters of the text or bytes of its UTF-8.

        >>> text = "Hello  wörld 🙂"
        >>> spans = Tokenizer.default().encode(text).spans()
        >>> "".join(text[start:end] for start, end in spans.tolist()) == text
        True
        """
    def char_to_token(self, char_pos: int, sequence_index: int = 0) -> int | None:
        """Give the first token whose offsets hold a character; None where none do."""
    def char_to_word(self, char_pos: int, sequence_index: int = 0) -> int | None:
        """Give the word that holds a character; None where none does."""
    def token_to_chars(self, token_index: int) -> tuple[int, int] | None:
        """Give the offsets of a token; None where the template added it, and out of range."""
    def token_to_word(self, token_index: int) -> int | None:
        """Give the word of a token; None where it has none, and out of range."""
    def token_to_sequence(self, token_index: int) -> int | None:
        """Give the sequence of a token; None where the template added it, and out of range."""
    def word_to_tokens(self, word_index: int, sequence_index: int = 0) -> tuple[int, int] | None:
        """Give the first token of a word and the one behind its last; None for no such word."""
    def word_to_chars(self, word_index: int, sequence_index: int = 0) -> tuple[int, int] | None:
        """Give start and end of a word in characters; None for no such word."""
    def truncate(self, max_length: int, *, stride: int = 0, direction: _Side = "right") -> Encoding:
        """Give a new Encoding of at most `max_length` tokens; the rest is in its `overflowing`.

        stride: tokens that a part shares with the part before; less than `max_length`, else a
            NeoxTextError.
        direction: the side that is cut.

        As in `tokenizers`, what is cut forgets its sequences (all tokens are of sequence 0 then),
        and special tokens of the template are cut like others; `tok(..., truncation=True)` spares
        them.

        >>> enc = Tokenizer.default().encode("one two three")
        >>> short = enc.truncate(2)
        >>> short.ids + [id for part in short.overflowing for id in part.ids] == enc.ids
        True
        """
    def pad(
        self,
        length: int,
        *,
        direction: _Side = "right",
        pad_id: int = 0,
        pad_token: str = "[PAD]",
        pad_type_id: int = 0,
    ) -> Encoding:
        """Give a new Encoding of at least `length` tokens, its overflowing parts filled likewise.

        direction: the side that is filled.
        pad_id, pad_token, pad_type_id: what `ids`, `tokens` and `type_ids` hold there.

        NeoxTextError for a length over 2**24.
        """
    def _with_pair(self, pair: Encoding) -> Encoding: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Batch:
    """The encodings of many texts: one array of ids, and where each row of it begins.

    `batch[i]` is the Encoding of row i, made at each access (-1 is the last; IndexError beyond),
    and iteration goes over them all.

    >>> batch = Tokenizer.default().encode_batch(["one", "", "one two"])
    >>> start, end = batch.row_offsets[2:4].tolist()
    >>> batch.flat_ids[start:end].tolist() == batch[2].ids
    True
    """

    @property
    def flat_ids(self) -> _IdArray:
        """The ids of all rows, one behind the other: an array of shape (total,), read-only.

        The dtype is uint16 or uint32; every id fits.
        """
    @property
    def row_offsets(self) -> NDArray[np.int64]:
        """Where rows begin in `flat_ids`, and the last one ends: an array of shape (rows + 1,)."""
    @property
    def lengths(self) -> list[int]:
        """The number of ids of each row."""
    @property
    def offsets(self) -> NDArray[np.uint32]:
        """`Encoding.offsets` of all rows as an array of shape (total, 2); made at each access."""
    def to_lists(self) -> list[list[int]]:
        """Give the ids of each row as a list."""
    def pad(
        self,
        length: int | None = None,
        *,
        pad_id: int,
        side: _Side = "right",
        multiple_of: int | None = None,
    ) -> NDArray[np.uint32]:
        """Give the ids as an array of shape (rows, width), filled with `pad_id`.

        length: the width; None for that of the longest row. NeoxTextError where a row is longer.
        side: the side that is filled.
        multiple_of: round the width up to a multiple of it.
        """
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: SupportsIndex, /) -> Encoding: ...
    def __iter__(self) -> Iterator[Encoding]: ...

@final
class DecodeStream:
    """Decodes an id at a time; made by `decode_stream` of a tokenizer.

    What `step` and `finish` give joins to `decode` of all ids, but for the white space that
    `decode` takes off both ends in the profile `"hf"` of a `JapaneseTokenizer`. A character is
    given the moment its last byte is there, bytes that cannot become one as U+FFFD. Time and
    memory a step do not grow. One stream is for one text and one thread.
    """

    def step(self, id: _Ids) -> str:
        """Take an id (or several) and give the text that is now certain; it may be empty.

        NeoxTextError for an id that the tokenizer does not have; no other id fails.
        """
    def finish(self) -> str:
        """Give what is left at the end: U+FFFD for an unfinished character, else nothing.

        The stream then begins anew.
        """

def train_bpe(
    files: Iterable[str | os.PathLike[str]],
    vocab_size: int,
    *,
    special_tokens: Iterable[str] | None = None,
    min_frequency: int = 0,
    normalizer: Literal["nfc"] | None = "nfc",
    space_runs: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int, Literal["count", "merge"]], object] | None = None,
) -> Tokenizer:
    """Train a byte-level BPE tokenizer: the merges of `BpeTrainer` of `tokenizers` 0.23.3.

    files: a list or tuple names UTF-8 files, read line by line, line ends included, as `tokenizers`
        does; any other iterable gives texts.
    vocab_size: tokens in all: special tokens, the 256 bytes, merges and runs of spaces. There are
        fewer where no pair is left to merge, and more where it leaves no room for the bytes.
    special_tokens: they have the first ids, in this order.
    min_frequency: a pair seen less often is not merged.
    normalizer: `"nfc"` (with the tables of Unicode 9) or None; it is part of the tokenizer.
    space_runs: n adds the runs of 2 to n spaces as tokens, as GPT-NeoX has them for n = 24; they
        are cut out of the text before it is counted.
    threads: at most so many; None for one a core. The result does not depend on it.
    progress: told `(done, total, stage)`: stage `"count"` in bytes (of texts, `total` is what was
        read so far), then `"merge"` in tokens, whose `total` shrinks when there are no more pairs.
        An exception it raises ends the training and is passed on.

    FileNotFoundError or another OSError for a file that cannot be read, NeoxTextError with `path`
    and byte offset for one that is not UTF-8.

    >>> tok = train_bpe(iter(["ab ab ab"]), 258, special_tokens=["<|endoftext|>"])
    >>> tok.token_to_id("<|endoftext|>"), tok.token_to_id("ab"), len(tok)
    (0, 257, 258)
    """

@final
class TrainReport:
    """What a training of `train_japanese` came to, on the texts it was given."""

    @property
    def dead_ids(self) -> list[int]:
        """The entries whose text does not become their id, tags not counted."""
    @property
    def chars_per_token(self) -> float:
        """Characters of the lines for each token, ends of lines not counted."""
    @property
    def round_trip_rate(self) -> float:
        """The share of lines that survive encoding and decoding, 0 to 1.

        Those are the lines that `neox_text.japanese.normalize` finds unchanged, a wide space
        counted as a space; it is measured on up to 8,192 lines.
        """
    @property
    def lines(self) -> int:
        """Lines that were read, without empty ones."""
    @property
    def characters(self) -> int:
        """Characters of these lines, ends of lines not counted."""
    @property
    def tokens(self) -> int:
        """Tokens of these lines."""
    @property
    def ngrams(self) -> int:
        """Entries of several characters."""
    @property
    def single_characters(self) -> int:
        """Entries of one character."""
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

def train_japanese(
    files: Iterable[str | os.PathLike[str]],
    vocab_size: int,
    *,
    emoji: _Path | None = None,
    heterographs: bool | Iterable[str] | None = None,
    max_length: dict[str, int] | None = None,
    min_frequency: int = 2,
    threads: int | None = None,
    progress: Callable[[int, int, Literal["count", "learn"]], object] | None = None,
) -> tuple[JapaneseTokenizer, TrainReport]:
    """Train a Japanese tokenizer of the profile `"modern"`, and report on it.

    files: a list or tuple names UTF-8 files, read line by line; any other iterable gives texts,
        whose lines are trained on one by one.
    vocab_size: entries in all: the tags, 256 bytes, kana, punctuation and ASCII, the characters
        that are seen, and n-grams of characters of one script.
    emoji: an `emoji.json`; None for the one that is shipped.
    heterographs: the layers of `neox_text.japanese.normalize` whose forms are one entry: True or
        None for all, False for none, or their names.
    max_length: the most characters of an n-gram by script, 1 to 16: `"hiragana"`, `"katakana"`,
        `"latin"`, `"digits"` and `"symbols"` (3 each where they are not given), `"kanji"` (2).
    min_frequency: an n-gram seen less often is no entry.
    threads: at most so many; None for one a core. The result does not depend on it.
    progress: told `(done, total, stage)`: stage `"count"` in bytes (of texts, `total` is what was
        read so far), then `"learn"` in rounds of the search. An exception it raises ends the
        training and is passed on.

    FileNotFoundError or another OSError for a file that cannot be read, NeoxTextError with `path`
    and byte offset for one that is not UTF-8, and for a `vocab_size` that is too small.

    >>> tok, report = train_japanese(iter(["すもももももももものうち"] * 9), 1000)
    >>> report.dead_ids, report.round_trip_rate, len(tok) <= 1000
    ([], 1.0, True)
    """

def japanese_clean_text(text: str, *, profile: _Profile = "hf") -> str:
    """Clean a text; see `neox_text.japanese.clean_text`."""

def japanese_normalize(text: str, *, layers: Iterable[str] | None = None) -> str:
    """Write a text as layers of heterographs write it; see `neox_text.japanese.normalize`."""

def japanese_emoji_classes(text: str) -> list[tuple[int, int, int]]:
    """Give the emoji of a text; see `neox_text.japanese.emoji_classes`."""

def japanese_split_sentences(text: str) -> list[str]:
    """Give the sentences of a text; see `neox_text.japanese.split_sentences`."""

def _restore(compiled: bytes) -> Tokenizer: ...
def _japanese_of_files(
    vocab: bytes, emoji: bytes, options: dict[str, Any]
) -> JapaneseTokenizer: ...
