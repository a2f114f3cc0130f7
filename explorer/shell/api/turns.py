"""The line of programs that ask: one works at a time, in turn with the page's own runs, and few wait.

Who leaves is not worked for: their place in line is given up, and what has begun is stopped at its next step.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from explorer.fetching.progress import Progress
from explorer.shell.dispatch import begin
from explorer.shell.line import Line

LINE = Line(threads=1, waiting=16, patience=60.0, name="explorer-programs")
T = TypeVar("T")


async def turn(work: Callable[[Progress], T], gone: Callable[[], Awaitable[bool]] | None = None) -> T:
    """What `work` returns, when its turn has come. Raises BusyError when too many wait, Stopped where nobody waits."""
    over = threading.Event()
    stops: list[Callable[[], None]] = []

    def take() -> T:
        job, stop = begin(work)
        stops.append(stop)
        if over.is_set():  # they left just now
            stop()
        return job.result()

    def leave() -> None:
        over.set()
        for stop in stops:
            stop()

    async def left() -> bool:
        if gone is not None and await gone():
            leave()
        return over.is_set()

    try:
        return await LINE.do(take, left)
    finally:
        leave()
