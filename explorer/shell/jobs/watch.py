"""A session's look at some jobs: what there is to say of each, as it changes, while anybody listens."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from explorer.shell.jobs.job import Job
from explorer.shell.jobs.line import ITSELF
from explorer.shell.jobs.worker_place import LOOK

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import JobState

#: seconds after which watchers hear again of a job that says nothing, and between two pieces of news
NEWS, OFTEN = 1.0, 0.12
#: seconds without an open stream after which a visitor has left: between two streams there may be none. A process
#: then still has half a second to hear, and LOOK + PATIENCE + LOOK is the longest that a job outlives its visitor
ABSENT = 0.2


@runtime_checkable
class Watched(Protocol):
    """The jobs, as a watch knows them."""

    def leave(self, watch: Watch) -> None: ...

    def place(self, job: Job) -> int: ...


class Watch:
    """A session's look at some jobs, until it looks at others."""

    def __init__(self, jobs: Watched, session: str, visitor: str = ITSELF) -> None:
        self.session, self.visitor = session, visitor
        self.jobs: list[Job] = []
        self.over = False
        #: since when nobody listens, as far as was seen
        self.absent: float | None = None
        self._all = jobs
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = -math.inf
        self._news = asyncio.Event()
        self._news.set()  # the first look is news

    def wake(self) -> None:
        """There is news; called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def news(self, listened: Callable[[], bool] = lambda: True) -> AsyncGenerator[dict[str, JobState]]:
        """What there is to say of each job, by view, as it changes; ends when all are done or nobody listens."""
        self._loop = asyncio.get_running_loop()
        try:
            while await self._wanted(listened):
                self._news.clear()
                self._told = time.monotonic()
                yield {job.order.view: self._said(job) for job in self.jobs}
                if all(job.state in ("done", "failed") for job in self.jobs):
                    return
        finally:
            self._all.leave(self)

    async def _wanted(self, listened: Callable[[], bool]) -> bool:
        """Wait for news, and say whether anybody wants it.

        A page's stream may be closed for a moment, and be opened anew for its next event.
        """
        while not self.over:
            now = time.monotonic()
            if listened():
                self.absent = None
                # More often than the eye follows costs the page its time.
                if now - self._told > (OFTEN if self._news.is_set() else NEWS):
                    return True
            else:
                self.absent = self.absent or now
                if now - self.absent > ABSENT:
                    return False
            await asyncio.sleep(LOOK)
        return False

    def _said(self, job: Job) -> JobState:
        said: JobState = {"state": job.state, "version": job.version}
        if job.state == "waiting":
            said["place"] = self._all.place(job)
        elif job.state == "running":
            said.update(stage=job.what, done=job.done, total=job.total, left=job.left)
        elif job.error is not None:
            said["error"] = job.error
        return said
