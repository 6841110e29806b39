"""Flat arrays of ids as `.npy` files (format 1.0), written and read as a stream.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from neox_text._commands.documents import BLOCK, DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"


class NpyWriter:
    """Writes ids to a file that can be rewound: the header has their number, known at the end."""

    def __init__(self, file: IO[bytes], vocabulary: int) -> None:
        self._file = file
        self._kind = "<u2" if vocabulary <= 1 << 16 else "<u4"
        self._count = 0
        file.write(self._header())

    def add(self, ids: NDArray[Any]) -> None:
        """Append ids."""
        self._file.write(ids.astype(self._kind, copy=False).tobytes())
        self._count += len(ids)

    def close(self) -> None:
        """Write the header again, with the number of ids; the file stays open."""
        self._file.seek(0)
        self._file.write(self._header())

    def _header(self) -> bytes:
        shape = f"{{'descr': '{self._kind}', 'fortran_order': False, 'shape': ({self._count},), }}"
        return MAGIC + b"\x01\x00\x76\x00" + f"{shape:117}\n".encode()


def npy_blocks(name: str, file: IO[bytes]) -> Iterator[NDArray[np.integer[Any]]]:
    """The ids of an array of integers, block by block; DataError where the file is none."""
    import numpy as np

    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, fortran, kind = read(file)
    except ValueError as error:
        raise DataError(f"{name}: no .npy file: {error}") from None
    if kind.kind not in "iu" or (fortran and len(shape) > 1):
        raise DataError(
            f"{name}: an array of {kind}, shape {shape}, where a flat one of ids is due"
        )
    left = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    while left:
        data = file.read(min(left, BLOCK))
        if len(data) < min(left, BLOCK):
            raise DataError(f"{name}: the file ends {left - len(data)} bytes before its array does")
        left -= len(data)
        yield np.frombuffer(data, dtype=kind)
