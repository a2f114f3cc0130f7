"""Threads that share tiles: each takes the next block of rows, and runs every product of it by itself.

torch shares one product among threads and lets them meet at its end. A tile's products last tens of microseconds, so
the threads meet ten thousand times a second; where other processes have the cores, each meeting waits for them: on two
cores shared with a dozen busy processes attention in tiles took ten times as long as torch's kernel. Threads that each
take whole blocks of rows, as FlashAttention-2 shares them among processors, meet once.

Worked example: two threads take five items between them.

>>> taken = []
>>> team_of(2).share(range(5), lambda items: taken.extend(items))
>>> sorted(taken)
[0, 1, 2, 3, 4]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Generic, TypeVar

import torch

T = TypeVar("T")


class TileTeam:
    """`size` threads. What is given to them runs as in the caller's inference mode, without gradients."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size, "tiles") if size > 1 else None
        if self._pool is not None:
            here = threading.Barrier(size)
            wait([self._pool.submit(_alone, here) for _ in range(size)])
            torch.set_num_threads(size)  # one thread's number is also the next new thread's

    def share(self, items: Iterable[T], work: Callable[[Iterator[T]], object]) -> None:
        """work(items) on each thread, the items shared among them; returns when all are done."""
        if self._pool is None:
            with torch.no_grad():
                work(iter(items))
            return
        shared, inference = _Shared(items), torch.is_inference_mode_enabled()

        def run() -> None:
            with torch.inference_mode(inference), torch.no_grad():
                work(shared)

        done = [self._pool.submit(run) for _ in range(self.size)]
        wait(done)
        for each in done:
            each.result()


class _Shared(Generic[T]):
    """An iterator that several threads take from."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items, self._lock = iter(items), threading.Lock()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with self._lock:
            return next(self._items)


def _alone(here: threading.Barrier) -> None:
    """This thread's products are its own. Waits for the others, so that each thread of the pool passes here once."""
    torch.set_num_threads(1)
    torch.get_num_threads()  # else the thread's first product asks, and is told what the caller has set by then
    here.wait()


_starting = threading.Lock()


def team_of(size: int) -> TileTeam:
    """The process's one team of this size."""
    with _starting:
        return _team_of(size)


@cache
def _team_of(size: int) -> TileTeam:
    return TileTeam(size)
