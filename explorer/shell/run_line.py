"""Work on models, in the line of all who ask for it: begun in turn, and stopped at its next step where nobody waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from explorer.fetching.progress import Progress
from explorer.shell import at_work, metrics
from explorer.shell.allocator import hand_back_soon
from explorer.shell.line import ITSELF
from explorer.shell.logs import EVENTS
from explorer.shell.order import Stopped
from explorer.shell.settings import in_force
from explorer.shell.spell import Spell

T = TypeVar("T")


def spell() -> Spell:
    """The time that a run may take."""
    return Spell(in_force().bounds.run_seconds)


class Going(Generic[T]):
    """A piece of work that waits for its turn, or has it."""

    def __init__(
        self,
        work: Callable[[Progress], T],
        visitor: str = ITSELF,
        progress: Progress | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Into the line. Raises BusyError where it is full. `wanted` is asked when its turn has come; what `progress`
        is told, is told in the thread that works."""
        self._spell, self._wanted = spell(), wanted
        self._asked = time.monotonic()

        def tell(stage: str = "", done: int = 0, total: int = 0) -> None:
            self._spell.check()
            if progress is not None:
                progress(stage, done, total)

        self.made: Future[T] = at_work.runs().submit(lambda: self._done(work, tell), visitor)

    @property
    def place(self) -> int:
        """Which one in the line it is; 0 once its turn has come."""
        return at_work.runs().place(self.made)

    def stop(self) -> None:
        """Out of the line; what has begun ends at its next step."""
        self._spell.over.set()
        self.made.cancel()

    def _done(self, work: Callable[[Progress], T], tell: Progress) -> T:
        ended = "done"
        try:
            if not self._wanted():
                raise Stopped
            self._spell.begin()
            return work(tell)
        except BaseException as error:
            ended = type(error).__name__
            raise
        finally:  # what it freed goes to the system
            seconds = time.monotonic() - self._asked
            metrics.RUNS.labels(ended).inc()
            metrics.RUN_SECONDS.observe(seconds)
            EVENTS.info("run", extra={"ended": ended, "seconds": round(seconds, 3)})
            hand_back_soon()
