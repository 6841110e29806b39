"""Directories as they are, and repositories fetched into one."""

from __future__ import annotations

import os
import re
from pathlib import Path

REPO = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?", re.ASCII)


def find(path: str | os.PathLike[str], patterns: list[str], revision: str | None = None) -> Path:
    """Give the directory, or that of a repository after fetching the files that patterns name.

    Raises:
        FileNotFoundError: there is no such directory, and no repository of that id within reach.
        ImportError: a repository is asked for, and huggingface_hub is not installed.
    """
    if Path(path).is_dir():
        return Path(path)
    if not isinstance(path, str) or not REPO.fullmatch(path):
        raise FileNotFoundError(f"{os.fspath(path)}: no such directory")
    try:
        from huggingface_hub import errors, snapshot_download
    except ImportError:
        raise ImportError(
            f"{path} is no local directory, and fetching a repository needs huggingface_hub:"
            " pip install neox-text[hub]"
        ) from None
    try:
        return Path(snapshot_download(path, revision=revision, allow_patterns=patterns))
    except errors.GatedRepoError:
        raise
    except (
        errors.RepositoryNotFoundError,
        errors.RevisionNotFoundError,
        errors.LocalEntryNotFoundError,
    ) as error:
        told = str(error).strip().partition("\n")[0]
        raise FileNotFoundError(
            f"{path}: no such directory, and no repository of that id could be fetched: {told}"
        ) from error
