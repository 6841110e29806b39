"""Memory in huge pages, where Linux gives them."""

from __future__ import annotations

import ctypes
import mmap
import sys

import torch
from torch import Tensor

HUGE = 14  # MADV_HUGEPAGE of <sys/mman.h>


def empty(shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """Give a tensor that is read quickly from one end to the other.

    With pages of 4 KiB a processor spends part of its time finding them. What is not granted is
    ordinary memory.
    """
    tensor = torch.empty(shape, dtype=dtype)
    if sys.platform == "linux" and tensor.nbytes > 2 * mmap.PAGESIZE:
        start = -(-tensor.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
        size = (tensor.data_ptr() + tensor.nbytes - start) // mmap.PAGESIZE * mmap.PAGESIZE
        advise = ctypes.CDLL(None).madvise
        advise(ctypes.c_void_p(start), ctypes.c_size_t(size), HUGE)
    return tensor
