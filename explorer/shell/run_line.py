"""Work on models, in the line of all who ask for it: begun in turn, and stopped at its next step where nobody waits.

Whose turn has come takes along the runs of others who wait, as far as they fit into one batch (see `together`). Who
reads a run that is at hand waits for no run: their work is done in another line.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from explorer.fetching.progress import Progress
from explorer.shell import at_work
from explorer.shell.jobs.line import ITSELF
from explorer.shell.jobs.order import Stopped
from explorer.shell.jobs.time_limit import TimeLimit
from explorer.shell.process import metrics
from explorer.shell.process.allocator import hand_back_soon
from explorer.shell.process.logs import EVENTS
from explorer.shell.settings import in_force

T = TypeVar("T")


def time_limit() -> TimeLimit:
    """The time that a run may take."""
    return TimeLimit(in_force().bounds.run_seconds)


class Going(Generic[T]):
    """A piece of work that waits for its turn, or has it."""

    def __init__(
        self,
        work: Callable[[Progress], T],
        visitor: str = ITSELF,
        progress: Progress | None = None,
        wanted: Callable[[], bool] = lambda: True,
        query: str = "",
        here: bool = False,
    ) -> None:
        """Into the line. `wanted` is asked when its turn has come; what `progress` is told, is told in the thread that
        works; `query` is the run that the work reads, and `here` whether it is at hand. Raises BusyError where the line
        is full."""
        self._spell, self._wanted, self._query = time_limit(), wanted, query
        self._asked = time.monotonic()

        def tell(stage: str = "", done: int = 0, total: int = 0) -> None:
            self._spell.check()
            if progress is not None:
                progress(stage, done, total)

        line = at_work.light() if here else at_work.runs()
        self.made: Future[T] = line.submit(lambda: self._done(work, tell), visitor, query)

    @property
    def place(self) -> int:
        """Which one in the line it is; 0 once its turn has come."""
        return at_work.runs().place(self.made)

    def stop(self) -> None:
        """Out of the line; what has begun ends at its next step."""
        self._spell.over.set()
        self.made.cancel()

    def _take_along(self, tell: Progress) -> None:
        """Make the runs of those who wait and fit, with this one."""
        line, waiting = at_work.runs(), at_work.runs().keys()

        def while_wanted(stage: str, done: int, total: int) -> None:
            try:
                tell(stage, done, total)
            except Stopped:  # others wait for their part of it
                if not set(waiting) & set(line.keys()):
                    raise

        at_work.engine().ahead(
            self._query, waiting, while_wanted, lambda made: line.hand_over({made}, at_work.drawing())
        )

    def _done(self, work: Callable[[Progress], T], tell: Progress) -> T:
        ended = "done"
        try:
            if not self._wanted():
                raise Stopped
            self._spell.begin()
            if not self._query or at_work.engine().has(self._query):  # also where it was taken along
                return work(tell)
            self._take_along(tell)
            made = work(tell)
            at_work.runs().hand_over({self._query}, at_work.drawing())  # others who asked for the same
            return made
        except BaseException as error:
            ended = type(error).__name__
            raise
        finally:  # what it freed goes to the system
            seconds = time.monotonic() - self._asked
            metrics.RUNS.labels(ended).inc()
            metrics.RUN_SECONDS.observe(seconds)
            EVENTS.info("run", extra={"ended": ended, "seconds": round(seconds, 3)})
            hand_back_soon()
