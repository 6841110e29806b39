"""The configuration files beside a tokenizer, read and written as `transformers` does.

Names of special tokens, tokens to be added, sides and `model_max_length`, with the precedence of
transformers 5.23: `added_tokens_decoder` of `tokenizer_config.json`, or where it has none the older
`special_tokens_map.json` and `added_tokens.json`; last the names a tokenizer class has by default.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast

if TYPE_CHECKING:
    from neox_text._core import AddedToken, JapaneseTokenizer, NeoxTextError, Tokenizer

UNLIMITED = int(1e30)  # model_max_length where none is told, as transformers has it
CONFIG_FILES = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
NAMES = ("bos_token", "eos_token", "unk_token", "pad_token")
# The order in which transformers adds named tokens that a vocabulary lacks; ids follow from it.
NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
END = "<|endoftext|>"
CLASS_NAMES: dict[str, dict[str, str]] = {
    "GPTNeoXTokenizer": {**dict.fromkeys(NAMES, END), "pad_token": "<|padding|>"},
    "GPT2Tokenizer": {"bos_token": END, "eos_token": END, "unk_token": END},
    "GPTNeoXJapaneseTokenizer": {**dict.fromkeys(NAMES, END), "bos_token": "<|startoftext|>"},
}
LIMIT = 256 << 20  # bytes of a file
OWN = "neox_text"  # the key for what transformers does not know
TEMPLATE_FLAGS = ("add_bos_token", "add_eos_token")
FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


Numbered: TypeAlias = tuple[int, dict[str, Any]]  # an id, and the arguments of its AddedToken


class Config(TypedDict):
    """What is honoured of a directory's configuration."""

    bos_token: str | None
    eos_token: str | None
    unk_token: str | None
    pad_token: str | None
    padding_side: str
    truncation_side: str
    model_max_length: int
    tokenizer_class: str | None
    do_clean_text: bool
    add_prefix_space: bool | None  # None: as tokenizer.json has it
    template_flag: str | None  # the flag, if any, that asks for a template without tokenizer.json
    added_tokens: list[Numbered]  # they replace those of their name
    special_tokens: list[dict[str, Any]]  # added where no added token has their content
    own: dict[str, Any]  # what is kept for us alone


def read_config(folder: str | os.PathLike[str], kind: str | None = None) -> Config:
    """What the configuration files of a directory say; defaults where there are none.

    `kind` is the tokenizer's class in transformers, where that is known beforehand.
    NeoxTextError, with the file and the place in it, where they are malformed.
    """
    path, older, legacy = (Path(folder, name) for name in CONFIG_FILES)
    found = read_json(path) if path.is_file() else {}
    added = decoder_tokens(path, "added_tokens_decoder", found.get("added_tokens_decoder"))
    origin: dict[str, Path] = {}
    if "added_tokens_decoder" not in found and older.is_file():
        more = read_json(older)
        found |= more
        origin = dict.fromkeys(more, older)
    told = found.get("tokenizer_class")
    if not (told is None or isinstance(told, str)):
        raise config_error(path, "tokenizer_class", f"{told!r}, where a string is due")
    kind = kind or (told.removesuffix("Fast") if told else None)
    for name, token in CLASS_NAMES.get(kind or "", {}).items():
        found.setdefault(name, token)
    specials = _special_tokens(found, lambda name: origin.get(name, path))
    if "added_tokens_decoder" not in found and legacy.is_file():
        known = {token["content"] for token in specials.values()}
        specials = _legacy_tokens(legacy, known) | specials
    names: dict[str, Any] = {
        name: specials[name]["content"] if name in specials else None for name in NAMES
    }
    flags = {}
    for name in ("add_prefix_space", "do_clean_text"):
        flags[name] = found.get(name, False)
        if not isinstance(flags[name], bool):
            raise config_error(path, name, f"{flags[name]!r}, where true or false is due")
    own = found.get(OWN, {})
    if not isinstance(own, dict):
        raise config_error(path, OWN, "no object")
    return cast(
        Config,
        names
        | {
            "padding_side": side_of(path, found, "padding_side"),
            "truncation_side": side_of(path, found, "truncation_side"),
            "model_max_length": length_of(path, found),
            "tokenizer_class": kind,
            "do_clean_text": flags["do_clean_text"],
            "add_prefix_space": flags["add_prefix_space"] if kind in CLASS_NAMES else None,
            "template_flag": next((name for name in TEMPLATE_FLAGS if found.get(name)), None),
            "added_tokens": added,
            "special_tokens": list(specials.values()),
            "own": own,
        },
    )


def _special_tokens(
    found: dict[str, Any], origin: Callable[[str], Path]
) -> dict[str, dict[str, Any]]:
    """Named and further special tokens in the order in which transformers adds them."""
    extra = found.get("extra_special_tokens") or found.get("additional_special_tokens") or []
    if not isinstance(extra, (list, dict)):
        place = "extra_special_tokens"
        raise config_error(origin(place), place, f"{extra!r}, where a list is due")
    others = [name for name in found if name.endswith("_token") and name not in NAMED]
    tokens = {}
    for name in (*NAMED, *others):
        if isinstance(found.get(name), (str, dict)) or (name in NAMED and found.get(name)):
            tokens[name] = _token(origin(name), name, found[name])
    pairs = extra.items() if isinstance(extra, dict) else enumerate(extra)
    for i, token in pairs:
        place = f"extra_special_tokens[{i}]"
        tokens[place] = _token(origin("extra_special_tokens"), place, token)
    return tokens


def _token(path: Path, place: str, value: object, special: bool = True) -> dict[str, Any]:
    """The arguments of an AddedToken, from a string or an object."""
    if isinstance(value, str):
        value = {"content": value}
    if not isinstance(value, dict):
        raise config_error(
            path, place, f"{value!r}, where a token is due, as a string or an object"
        )
    content = value.get("content")
    if not isinstance(content, str) or not content:
        raise config_error(path, f"{place}.content", f"{content!r}, where a token is due")
    token: dict[str, Any] = {"content": content}
    for flag in FLAGS:
        if flag in value:
            if not isinstance(value[flag], bool):
                raise config_error(
                    path, f"{place}.{flag}", f"{value[flag]!r}, where true or false is due"
                )
            token[flag] = value[flag]
    if special:
        token["special"] = True
    token.setdefault("normalized", not token.get("special", False))
    return token


def decoder_tokens(path: Path, name: str, decoder: object) -> list[Numbered]:
    """The tokens of an object from id to token, in order of ids."""
    if decoder is None:
        return []
    if not isinstance(decoder, dict):
        raise config_error(path, name, "no object from ids to tokens")
    tokens = {}
    for id, value in decoder.items():
        place = f"{name}.{id}"
        if not (id.isascii() and id.isdigit()):
            raise config_error(path, place, f"{id!r} is no id")
        tokens[int(id)] = _token(path, place, value, special=False)
    return sorted(tokens.items(), key=lambda token: token[0])


def _legacy_tokens(path: Path, special: set[str]) -> dict[str, dict[str, Any]]:
    """The tokens of `added_tokens.json`, an object from token to id, in order of ids."""
    found = read_json(path)
    for content, id in found.items():
        if type(id) is not int:
            raise config_error(path, content, f"{id!r}, where an id is due")
    return {
        f"added_tokens.{content}": {
            "content": content,
            "special": content in special,
            "normalized": content not in special,
        }
        for content in sorted(found, key=found.__getitem__)
    }


def side_of(path: Path, found: dict[str, Any], name: str) -> str:
    side = found.get(name, "right")
    if side not in ("left", "right"):
        raise config_error(path, name, f"{side!r}, where 'left' or 'right' is due")
    return str(side)


def length_of(path: Path, found: dict[str, Any]) -> int:
    length = found.get("model_max_length", found.get("max_len"))
    if length is None:
        return UNLIMITED
    if isinstance(length, bool) or not isinstance(length, (int, float)) or not 0 <= length < 1e300:
        raise config_error(path, "model_max_length", f"{length!r}, where a length is due")
    return int(length)


def read_json(path: Path) -> dict[str, Any]:
    """The object that a file holds; NeoxTextError with the place where it holds none."""
    if path.stat().st_size > LIMIT:
        raise config_error(path, "", f"more than {LIMIT} bytes, which is the limit")
    try:
        value = json.loads(path.read_bytes().decode())
    except UnicodeDecodeError as error:
        raise config_error(path, f"byte {error.start}", "not UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise config_error(path, place, f"no JSON: {error.msg}") from None
    except RecursionError:
        raise config_error(path, "", "nested too deeply") from None
    if not isinstance(value, dict):
        raise config_error(path, "", f"holds a {type(value).__name__}, where an object is due")
    return value


def config_error(path: Path, where: str, message: str) -> NeoxTextError:
    from neox_text._core import NeoxTextError

    error = NeoxTextError(": ".join(part for part in (str(path), where, message) if part))
    error.path, error.where = str(path), where or None
    return error


def config_of(tok: Tokenizer | JapaneseTokenizer, kind: str) -> dict[str, Any]:
    """A `tokenizer_config.json`: names, sides, length, added tokens with their flags."""
    return {name: getattr(tok, name) for name in NAMES} | {
        # Where this is told, older files beside this one are not read.
        "added_tokens_decoder": {str(id): shown(token) for id, token in tok.added_tokens.items()},
        "clean_up_tokenization_spaces": False,
        "model_max_length": tok.model_max_length,
        "padding_side": tok.padding_side,
        "tokenizer_class": kind,
        "truncation_side": tok.truncation_side,
    }


def shown(token: AddedToken) -> dict[str, Any]:
    """The arguments of an added token, all of them."""
    return {"content": token.content} | {flag: getattr(token, flag) for flag in FLAGS}


def as_file(config: dict[str, Any]) -> bytes:
    """The bytes of a configuration file."""
    return json.dumps(config, indent=2, ensure_ascii=False).encode() + b"\n"
