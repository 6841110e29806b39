"""Directories and repositories as `transformers` writes and reads them.

`tokenizer.json` decides the ids and is honoured whole, but for tokens that the configuration adds,
and for `add_prefix_space`: for the classes `GPT2Tokenizer` and `GPTNeoXTokenizer` that of the
configuration wins, as in transformers 5.23. (There those two classes also leave out the
post-processor of the file; here it stays.)
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from neox_text._files import written_whole
from neox_text._hub_config import (
    CONFIG_FILES,
    NAMES,
    Config,
    as_file,
    config_error,
    config_of,
    read_config,
    read_json,
)

if TYPE_CHECKING:
    from neox_text._core import AddedToken, JapaneseTokenizer, Tokenizer

    Nfc: TypeAlias = Literal["unicode9", "unicode17"]

REPO = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?", re.ASCII)
PREFIX_SPACE = re.compile(rb'"pre_tokenizer"\s*:\s*\{[^}]*"add_prefix_space"\s*:\s*true')


class Wanted(NamedTuple):
    """What a directory holds, and the words for saying so."""

    files: tuple[str, ...]
    older: tuple[str, ...]  # in place of the first file
    what: str  # a directory with ...
    reader: str  # what reads a single file
    example: str


BPE = Wanted(
    ("tokenizer.json",),
    ("vocab.json", "merges.txt"),
    "a tokenizer.json",
    "Tokenizer.from_file reads a tokenizer.json",
    "EleutherAI/gpt-neox-20b",
)


def from_pretrained(
    cls: type[Tokenizer],
    dir_or_repo: str | os.PathLike[str],
    *,
    revision: str | None = None,
    nfc: Nfc = "unicode9",
) -> Tokenizer:
    """Read the tokenizer of a directory or of a repository.

    FileNotFoundError where there is no such directory, repository or file in it, NeoxTextError
    where a file does not hold what it should, ImportError without huggingface_hub.
    """
    folder = resolve(dir_or_repo, revision)
    config = read_config(folder)
    tok = _load(cls, folder, config, nfc)
    tokens = missing(tok, config)
    if tokens:
        tok = tok.with_added_tokens(tokens)
    return tok._with_settings(  # noqa: SLF001
        bos_token=config["bos_token"],
        eos_token=config["eos_token"],
        unk_token=config["unk_token"],
        pad_token=config["pad_token"],
        padding_side=config["padding_side"],
        truncation_side=config["truncation_side"],
        model_max_length=config["model_max_length"],
    )


def missing(tok: Tokenizer | JapaneseTokenizer, config: Config) -> list[AddedToken]:
    """The tokens of the configuration that the tokenizer lacks or has with other flags."""
    from neox_text._core import AddedToken

    known = list(tok.added_tokens.values())
    tokens = [AddedToken(**token) for _, token in config["added_tokens"]]
    present = {token.content for token in (*known, *tokens)}
    for token in config["special_tokens"]:
        if token["content"] not in present:
            present.add(token["content"])
            tokens.append(AddedToken(**token))
    return [token for token in tokens if token not in known]


def with_names_beside(tok: Tokenizer, config_file: str | os.PathLike[str]) -> Tokenizer:
    """The tokenizer of a file with the names that the configuration beside it tells.

    A name that the tokenizer has already stays; one that its vocabulary lacks is left out, since
    the file alone decides the ids (`from_pretrained` adds it, as transformers does).
    """
    config: dict[str, Any] = {**read_config(Path(config_file).parent)}
    names: dict[str, Any] = {}
    for name in NAMES:
        told = config[name]
        known = told is not None and tok.token_to_id(told) is not None
        names[name] = getattr(tok, name) or (told if known else None)
    return tok._with_settings(**names)  # noqa: SLF001


def save_pretrained(tok: Tokenizer, directory: str | os.PathLike[str]) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`, which transformers reads too.

    The directory is made where it is not there. OSError where it cannot be written.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    tok.save(folder / "tokenizer.json")
    config = config_of(tok, "PreTrainedTokenizerFast")
    with written_whole(folder / "tokenizer_config.json") as file:
        file.write(as_file({name: value for name, value in config.items() if value is not None}))


def resolve(
    dir_or_repo: str | os.PathLike[str], revision: str | None = None, wanted: Wanted = BPE
) -> Path:
    """The directory that holds the files: a local one as it is, a repository fetched.

    FileNotFoundError where it is neither, NotADirectoryError for a file.
    """
    path = Path(dir_or_repo)
    if path.is_dir():
        return path
    if path.exists():
        raise NotADirectoryError(f"{path} is a file; {wanted.reader}")
    name = os.fspath(dir_or_repo)
    if not isinstance(dir_or_repo, str) or not REPO.fullmatch(name) or name.endswith(".json"):
        raise FileNotFoundError(
            f"{name}: no such directory; from_pretrained takes a directory with {wanted.what}"
            f" or the id of a repository, such as {wanted.example}"
        )
    return _fetch(name, revision, wanted)


def _fetch(repo: str, revision: str | None, wanted: Wanted) -> Path:
    """The files of a repository that are needed, from huggingface_hub's cache or the network."""
    try:
        from huggingface_hub import errors, snapshot_download
    except ImportError:
        raise ImportError(
            f"{repo} is no local directory, and fetching a repository needs huggingface_hub:"
            " pip install neox-text[hub]"
        ) from None
    try:
        names = [*wanted.files, *CONFIG_FILES]
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=names))
        if wanted.older and not (folder / wanted.files[0]).is_file():
            names = list(wanted.older)
            folder = Path(snapshot_download(repo, revision=revision, allow_patterns=names))
    except errors.GatedRepoError:
        raise
    except (
        errors.RepositoryNotFoundError,
        errors.RevisionNotFoundError,
        errors.LocalEntryNotFoundError,
    ) as error:
        told = str(error).strip().splitlines()[0]
        raise FileNotFoundError(
            f"{repo}: no such directory, and no repository of that id could be fetched: {told}"
        ) from error
    return folder


def _load(cls: type[Tokenizer], folder: Path, config: Config, nfc: Nfc) -> Tokenizer:
    """The tokenizer of the directory's files, as they are but for `add_prefix_space`."""
    path, vocab, merges = (folder / n for n in ("tokenizer.json", "vocab.json", "merges.txt"))
    prefix = config["add_prefix_space"]
    if path.is_file():
        if prefix is None or prefix == bool(PREFIX_SPACE.search(path.read_bytes())):
            return cls.from_file(path, nfc=nfc)
        return _with_prefix_space(cls, path, prefix, nfc)
    if not (vocab.is_file() and merges.is_file()):
        raise FileNotFoundError(
            f"{folder}: no tokenizer.json, and no vocab.json with merges.txt, is in this directory"
        )
    if config["template_flag"]:
        raise config_error(
            folder / "tokenizer_config.json",
            config["template_flag"],
            "true, which takes a tokenizer.json with a template, and there is none",
        )
    return cls.from_files(
        vocab,
        merges,
        normalizer=None if config["tokenizer_class"] == "GPT2Tokenizer" else "nfc",
        nfc=nfc,
        add_prefix_space=bool(prefix),
    )


def _with_prefix_space(cls: type[Tokenizer], path: Path, prefix: bool, nfc: Nfc) -> Tokenizer:
    spec = read_json(path)
    splitter = spec.get("pre_tokenizer")
    parts = splitter.get("pretokenizers", [splitter]) if isinstance(splitter, dict) else []
    for part in parts:
        if isinstance(part, dict) and part.get("type") == "ByteLevel":
            part["add_prefix_space"] = prefix
    from neox_text._core import NeoxTextError

    try:
        return cls.from_str(json.dumps(spec, ensure_ascii=False), nfc=nfc)
    except NeoxTextError as error:
        raise config_error(path, error.where or "", str(error)) from None
