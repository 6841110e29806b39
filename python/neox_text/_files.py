"""Writing files whole: what is half-written never carries the name asked for."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write that takes the name `path` when the block ends well, and else is removed.

    It can be read and rewound inside the block. What is no regular file (a device, a named pipe)
    is written to directly. OSError as `open` raises it.
    """
    exists = os.path.exists(path)
    if exists and not stat.S_ISREG(os.stat(path).st_mode):
        with open(path, "wb") as device:
            yield device
        return
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        file = open(unfinished, "w+b")  # noqa: SIM115  the name is needed after it is closed
    except OSError as error:
        raise type(error)(error.errno, error.strerror, os.fspath(path)) from None
    try:
        with file:
            yield file
        if exists:
            shutil.copymode(target, unfinished)
        os.replace(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
