"""Memory for traces, used again when a trace is gone.

The system clears each page of fresh memory before it is first written, which takes twice as long as writing it: two
thirds of what it costs to keep a run. The large tensors of dropped traces therefore leave their blocks here, and the
next trace takes them. A block comes back only when nothing refers to any part of it any more: torch then lets go of
the numpy array under the tensor, and that array's finalizer returns the block.
"""

from __future__ import annotations

import math
import threading
import weakref

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

#: Smaller tensors are not worth it.
MIN_BYTES = 1 << 18
#: A block is used for a tensor that fills most of it.
LEAST_FILL = 0.8


class Memory:
    """Blocks of float32 numbers that wait for their next use, at most `max_bytes` of them."""

    def __init__(self, max_bytes: int = 1 << 28) -> None:
        self.max_bytes = max_bytes
        self._free: list[np.ndarray] = []
        # Re-entrant: a block may come back (by garbage collection) while this very thread takes another.
        self._lock = threading.RLock()

    @property
    def nbytes(self) -> int:
        """Bytes that wait."""
        with self._lock:
            return sum(block.nbytes for block in self._free)

    def tensor(self, shape: tuple[int, ...], zero: bool = False) -> Float[Tensor, ...]:
        """A tensor of this shape, uninitialised unless `zero`. An ordinary one also within torch.inference_mode."""
        size = math.prod(shape)
        with torch.inference_mode(False):
            if size * 4 < MIN_BYTES:
                return (torch.zeros if zero else torch.empty)(shape)
            block = self._take(size)
            if block is None:
                block = torch.empty(size).numpy()
            lent = block[:size]
            weakref.finalize(lent, self._give_back, block).atexit = False
            made = torch.from_numpy(lent).view(shape)
            return made.zero_() if zero else made

    def _take(self, size: int) -> np.ndarray | None:
        with self._lock:
            fitting = [at for at, block in enumerate(self._free) if size <= block.size <= size / LEAST_FILL]
            return self._free.pop(min(fitting, key=lambda at: self._free[at].size)) if fitting else None

    def _give_back(self, block: np.ndarray) -> None:
        with self._lock:
            self._free.append(block)
            while self.nbytes > self.max_bytes:
                self._free.pop(0)  # the one that waits longest


TRACES = Memory()
"""Shared by all captures of the process."""
