"""Threads that share tiles: each takes the next block of rows, and runs every product of it by itself.

torch shares one product among threads and lets them meet at its end. A tile's products last tens of microseconds, so
the threads meet ten thousand times a second; where other processes have the cores, each meeting waits for them: on two
cores shared with a dozen busy processes attention in tiles took ten times as long as torch's kernel. Threads that each
take whole blocks of rows, as FlashAttention-2 shares them among processors, meet once.

The threads are torch's own. Those of OpenMP look for their next work some milliseconds long before they sleep: beside
threads of ours they held a core that these needed, for as long as 1,024 tokens take. So the work is handed to OpenMP,
by the function that compilers call for `#pragma omp parallel`; within it a product of torch uses its own thread alone.
Where torch is built otherwise, the caller works alone, and torch's threads share each product.

Worked example: two threads take five items between them.

>>> taken = []
>>> team_of(2).share(range(5), lambda items: taken.extend(items))
>>> sorted(taken)
[0, 1, 2, 3, 4]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from explorer.compat import openmp

T = TypeVar("T")


@dataclass(frozen=True)
class TileTeam:
    """`size` threads. What is given to them runs as in the caller's inference mode, without gradients."""

    size: int

    def share(self, items: Iterable[T], work: Callable[[Iterator[T]], object]) -> None:
        """work(items) on each thread, the items shared among them; returns when all are done."""
        shared, inference, failed = _Shared(items), torch.is_inference_mode_enabled(), list[BaseException]()

        def run() -> None:
            try:
                with torch.inference_mode(inference), torch.no_grad():
                    work(shared)
            except BaseException as error:  # nothing may leave a thread that C has started
                failed.append(error)

        if self.size == 1 or not openmp.available():
            run()
        else:
            openmp.run_on_threads(run, self.size)
        if failed:
            raise failed[0]


class _Shared(Generic[T]):
    """An iterator that several threads take from."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items, self._lock = iter(items), threading.Lock()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with self._lock:
            return next(self._items)


def team_of(size: int) -> TileTeam:
    """So many of torch's threads, or the caller alone where they cannot be had."""
    return TileTeam(size if openmp.available() else 1)
