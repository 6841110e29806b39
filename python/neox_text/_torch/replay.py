"""A function of tensors that a GPU records once, and then launches as a whole."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class Replay:
    """Call it as the function, always with tensors of the same shapes.

    On a GPU the first call records a CUDA graph and each later one replays it, so that what a call
    costs is one launch and not one for each operation. What the function writes has to stay at its
    place in memory, what it returns is overwritten by the next call. Elsewhere it is the function.
    """

    def __init__(self, function: Callable[..., Tensor]) -> None:
        self.function = function
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, *given: Tensor) -> Tensor:
        """Give what the function gives."""
        if not given[0].is_cuda:
            return self.function(*given)
        if self.graph is None:
            self.given = [tensor.clone() for tensor in given]
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):  # libraries set themselves up outside of the recording
                self.function(*self.given)
            torch.cuda.current_stream().wait_stream(side)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.found = self.function(*self.given)
        for kept, new in zip(self.given, given, strict=True):
            kept.copy_(new)
        self.graph.replay()
        return self.found
