"""One measurement on its way: its order, how far it is, what it has found, who watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from explorer.shell.jobs.order import Order

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import Failure

#: seconds of work after which the rest can be estimated
SOON = 0.7

State = Literal["waiting", "running", "done", "failed"]


@dataclass(eq=False)
class Job:
    """An order on its way."""

    order: Order
    number: int
    state: State = "waiting"
    what: str = ""
    """What is counted."""
    done: int = 0
    total: int = 0
    version: int = 0
    """Of the answer: it rises with each part, and from one job to the next."""
    answer: bytes | None = None
    error: Failure | None = None
    began: float = 0.0
    watchers: dict[Callable[[], None], str] = field(default_factory=dict)
    """How each hears of news, and whose it is."""
    left_alone: float = 0.0
    """When the last of them went, or was seen to be there no more."""
    abandoned: bool = False
    """Its process was told to end it."""
    _counted: tuple[str, int, int, float] = ("", 0, 0, 0.0)

    def count(self, what: str, done: int, total: int) -> None:
        """Take news of the progress."""
        if (what, total) != self._counted[:2] or done < self._counted[2]:
            self._counted = (what, total, done, time.monotonic())
        self.what, self.done, self.total = what, done, total

    @property
    def left(self) -> float | None:
        """About how many seconds remain of what is counted; None where nobody can say."""
        _, total, first, since = self._counted
        took, made = time.monotonic() - since, self.done - first
        if self.state != "running" or took < SOON or made <= 0 or total <= self.done:
            return None
        return took * (total - self.done) / made

    def tell(self) -> None:
        for wake in list(self.watchers):
            wake()


def fail(job: Job, message: str, hint: str, name: str = "JobError") -> None:
    """It ends without an answer, and says why."""
    job.error = {"name": name, "message": message, "hint": hint, "facts": {}}
    job.state = "failed"
