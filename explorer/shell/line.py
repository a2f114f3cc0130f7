"""The line for light work: a few at a time, a bound on how many wait, and nobody's turn comes after they have left.

Gradio's own pool of threads is shared by all its routes: work that waits there makes every other route wait. Here the
waiting is done by the event loop, and what it waits for runs in threads of its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from explorer.errors import BusyError

T = TypeVar("T")
#: seconds between two looks at whether a waiting visitor is still there
LOOK = 0.25


class Line:
    """Work in the order in which it came, `threads` at a time; at most `waiting` wait, each at most `patience` s."""

    def __init__(self, threads: int, waiting: int, patience: float, name: str = "explorer-light") -> None:
        self.threads, self.waiting, self.patience = threads, waiting, patience
        self._pool = ThreadPoolExecutor(threads, name)
        self._inside = 0
        self._guard = threading.Lock()

    def __len__(self) -> int:
        """How many are in the line, those whose work is being done included."""
        return self._inside

    async def do(self, work: Callable[[], T], gone: Callable[[], Awaitable[bool]] | None = None) -> T:
        """What `work` returns. Raises BusyError when too many wait, when it waited too long, or when its visitor is
        `gone` before its turn has come."""
        with self._guard:
            if self._inside >= self.threads + self.waiting:
                raise BusyError(f"{self.waiting} requests are waiting already.", "Try again in a moment.")
            self._inside += 1
        job = self._pool.submit(work)
        job.add_done_callback(self._left)
        made, until = asyncio.wrap_future(job), time.monotonic() + self.patience
        made.add_done_callback(lambda it: it.cancelled() or it.exception())  # also where nobody waits for it any more
        try:
            while not (await asyncio.wait({made}, timeout=LOOK))[0]:
                late = time.monotonic() > until
                if ((gone is not None and await gone()) or late) and job.cancel():  # only while it waits
                    raise BusyError("Too many requests are waiting.", "Try again in a moment.")
            return made.result()
        finally:
            job.cancel()

    def _left(self, _job: object) -> None:
        with self._guard:
            self._inside -= 1
