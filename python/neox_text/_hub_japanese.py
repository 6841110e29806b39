"""Japanese tokenizers in directories, repositories, single files and pickles.

A directory is what `transformers` writes for `GPTNeoXJapaneseTokenizer`: `vocab.txt`, `emoji.json`
and `tokenizer_config.json`. The configuration has one key of our own, with profile and options;
`do_clean_text` and the names of tokens stand where `transformers` has them, and count there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neox_text._files import written_whole
from neox_text._hub import Wanted, missing, resolve
from neox_text._hub_config import (
    NAMES,
    OWN,
    Numbered,
    as_file,
    config_error,
    config_of,
    decoder_tokens,
    length_of,
    read_config,
    read_json,
    shown,
    side_of,
)

if TYPE_CHECKING:
    from neox_text._core import AddedToken, JapaneseTokenizer

KIND = "GPTNeoXJapaneseTokenizer"
FILES = ("vocab.txt", "emoji.json")
WANTED = Wanted(
    FILES,
    (),
    "vocab.txt and emoji.json",
    "JapaneseTokenizer.from_file reads what save wrote, from_files a vocab.txt and an emoji.json",
    "abeja/gpt-neox-japanese-2.7b",
)
TOLD_ELSEWHERE = {"do_clean_text", *NAMES}  # where transformers has them
FORMAT = {"format": "neox_text.JapaneseTokenizer", "version": 1}
SETTINGS = ("padding_side", "truncation_side", "model_max_length")
PARTS = {"options": dict, "settings": dict, "added_tokens": dict, "vocab": str, "emoji": str}


def from_pretrained(
    cls: type[JapaneseTokenizer], dir_or_repo: str | os.PathLike[str], revision: str | None = None
) -> JapaneseTokenizer:
    """Read the tokenizer of a directory or of a repository.

    FileNotFoundError where there is no such directory, repository or file in it, NeoxTextError
    where a file does not hold what it should, ImportError without huggingface_hub.
    """
    folder = resolve(dir_or_repo, revision, WANTED)
    for name in FILES:
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder}: no {name} is in this directory")
    config, path = read_config(folder, KIND), folder / "tokenizer_config.json"
    told: dict[str, Any] = {**config}
    for name in TOLD_ELSEWHERE & config["own"].keys():
        raise config_error(path, f"{OWN}.{name}", f"{name} has its place at the top of the file")
    options = config["own"] | {name: told[name] for name in TOLD_ELSEWHERE}
    with _placed(path, OWN):
        tok = cls.from_files(*(folder / name for name in FILES), **options)
    with _placed(path, "added_tokens_decoder"):
        tok = _with_tokens(tok, missing(tok, config))
    _check_ids(tok, config["added_tokens"], path, "added_tokens_decoder")
    return tok._with_settings(**{name: told[name] for name in SETTINGS})  # noqa: SLF001


def _with_tokens(tok: JapaneseTokenizer, tokens: list[AddedToken]) -> JapaneseTokenizer:
    return tok.with_added_tokens(tokens) if tokens else tok


def _check_ids(tok: JapaneseTokenizer, added: list[Numbered], path: Path, place: str) -> None:
    for id, token in added:
        content = token["content"]
        found = tok.token_to_id(content)
        if found != id:
            raise config_error(path, f"{place}.{id}", f"{content!r} has the id {found}, not {id}")


@contextlib.contextmanager
def _placed(path: Path, place: str) -> Iterator[None]:
    """Errors that tell no file, or only a part of this one, get its path and the place in it."""
    from neox_text._core import NeoxTextError

    try:
        yield
    except TypeError as error:
        raise config_error(path, place, str(error)) from None
    except NeoxTextError as error:
        told = str(error).removeprefix(f"{error.path}: ").removeprefix(f"{error.where}: ")
        if error.path in PARTS:
            place = ", ".join(part for part in (error.path, error.where) if part)
        elif error.path is not None:
            raise
        name, _, rest = told.partition(": ")
        if name in NAMES:
            place, told = name, rest
        raise config_error(path, place, told) from None


def save_pretrained(tok: JapaneseTokenizer, directory: str | os.PathLike[str]) -> None:
    """Write `vocab.txt` and `emoji.json` as they were read, and `tokenizer_config.json`.

    The directory is made where it is not there. All three files appear, whole, or none. OSError
    where they cannot be written.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    options = tok.options
    own = {name: value for name, value in options.items() if name not in TOLD_ELSEWHERE}
    config = config_of(tok, KIND) | {"do_clean_text": options["do_clean_text"], OWN: own}
    named = {getattr(tok, name) for name in NAMES}
    special = [str(token) for token in tok.added_tokens.values() if token.special]
    if extra := [token for token in special if token not in named]:
        config["extra_special_tokens"] = extra
    vocab, emoji = tok._files()  # noqa: SLF001
    contents = {"vocab.txt": vocab, "emoji.json": emoji, "tokenizer_config.json": as_file(config)}
    with contextlib.ExitStack() as stack:
        for name, content in contents.items():
            stack.enter_context(written_whole(folder / name)).write(content)


def save(tok: JapaneseTokenizer, path: str | os.PathLike[str]) -> None:
    """Write one JSON file with all that the tokenizer is, for `from_file`."""
    config = config_of(tok, KIND)
    vocab, emoji = tok._files()  # noqa: SLF001
    value = FORMAT | {
        "options": tok.options,
        "settings": {name: config[name] for name in SETTINGS},
        "added_tokens": config["added_tokens_decoder"],
        "vocab": vocab.decode(),
        "emoji": emoji.decode(),
    }
    with written_whole(path) as file:
        file.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


def from_file(cls: type[JapaneseTokenizer], path: str | os.PathLike[str]) -> JapaneseTokenizer:
    """Read what `save` wrote; NeoxTextError with the place where it is something else."""
    path = Path(path)
    found = read_json(path)
    for name, due in FORMAT.items():
        if found.pop(name, None) != due:
            raise config_error(path, name, f"not {due!r}, as {cls.__name__}.save writes it")
    for name, kind in PARTS.items():
        if not isinstance(found.get(name), kind):
            raise config_error(path, name, f"no {'object' if kind is dict else 'string'}")
    for name in found.keys() - PARTS:
        raise config_error(path, name, "unknown to this version")
    vocab, emoji = (_bytes(path, name, found[name]) for name in ("vocab", "emoji"))
    added = decoder_tokens(path, "added_tokens", found["added_tokens"])
    settings = {
        "padding_side": side_of(path, found["settings"], "padding_side"),
        "truncation_side": side_of(path, found["settings"], "truncation_side"),
        "model_max_length": length_of(path, found["settings"]),
    }
    with _placed(path, "options"):
        tok = restore(vocab, emoji, found["options"], added, settings)
    _check_ids(tok, added, path, "added_tokens")
    return tok


def _bytes(path: Path, place: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise config_error(path, place, f"a lone surrogate at {error.start}") from None


def reduce(tok: JapaneseTokenizer) -> tuple[Callable[..., JapaneseTokenizer], tuple[Any, ...]]:
    """What `pickle` keeps: arguments of `restore`."""
    added = [(id, shown(token)) for id, token in tok.added_tokens.items()]
    settings = {name: getattr(tok, name) for name in SETTINGS}
    return restore, (*tok._files(), tok.options, added, settings)  # noqa: SLF001


def restore(
    vocab: bytes,
    emoji: bytes,
    options: dict[str, Any],
    added: list[Numbered],
    settings: dict[str, Any],
) -> JapaneseTokenizer:
    """The tokenizer of its parts."""
    from neox_text._core import AddedToken, _japanese_of_files

    tok = _japanese_of_files(vocab, emoji, options)
    known = list(tok.added_tokens.values())
    tokens = [AddedToken(**token) for _, token in added]
    tok = _with_tokens(tok, [token for token in tokens if token not in known])
    return tok._with_settings(**settings)  # noqa: SLF001
