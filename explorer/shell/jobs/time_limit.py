"""How long work may go on: it ends when its visitor has left, or when its time is up, at its next word of progress."""

from __future__ import annotations

import threading
import time

from explorer.errors import TimeUpError
from explorer.shell.jobs.order import Stopped


class TimeLimit:
    """The time in which one piece of work is wanted, from `begin` on; `seconds` of 0 have no end."""

    def __init__(self, seconds: float | int = 0) -> None:
        self.seconds = seconds
        self.over = threading.Event()
        self._until: float | None = None

    def begin(self) -> None:
        """Its turn has come. Raises Stopped where nobody waits any more."""
        if self.over.is_set():
            raise Stopped
        self._until = time.monotonic() + self.seconds if self.seconds else None

    def check(self, _stage: str = "", _done: int = 0, _total: int = 0) -> None:
        """Go on, as a `Progress` that says nothing. Raises Stopped, or TimeUpError."""
        if self.over.is_set():
            raise Stopped
        if self._until is not None and time.monotonic() > self._until:
            raise time_up(self.seconds)


def time_up(seconds: float | int) -> TimeUpError:
    """The error of work that took too long."""
    return TimeUpError(
        f"This took longer than {seconds:g} seconds, which is the limit of this server.",
        "Use a shorter text or smaller settings, or run the explorer on your own machine.",
        seconds=seconds,
    )
