"""Who listens: a visitor's answer comes through an event stream, and a run that nobody listens to is not worth making.

Gradio's queue works off what has joined it, whether or not its session has ever opened a stream: a stranger who joins
sixty runs and goes away would keep all others waiting for them. The guard tells here which streams are open and who has
joined; when a run's turn comes, it is asked whether anybody is there. A page opens its stream when it joins, a program
that calls the API soon after: `GRACE` s after joining it is too late.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from cachetools import LRUCache

#: seconds in which a session that has joined may open its stream
GRACE = 5.0
#: seconds between two looks at whether one has come
LOOK = 0.02
#: sessions whose joining is remembered
MOST = 1024


class Listeners:
    """Sessions with an open stream, and when those without one have joined."""

    def __init__(self, grace: float = GRACE) -> None:
        self.grace = grace
        self._open: Counter[str] = Counter()
        self._joined: LRUCache[str, float] = LRUCache(MOST)
        self._coming: LRUCache[str, float] = LRUCache(MOST)
        self._changed = threading.Lock()

    def joined(self, session: str) -> None:
        """The session asks for something that will wait in the queue."""
        with self._changed:
            self._joined[session] = self._coming[session] = time.monotonic()

    @contextmanager
    def listening(self, session: str) -> Iterator[None]:
        """While the block runs, the session's stream is open."""
        with self._changed:
            self._open[session] += 1
            self._coming.pop(session, None)
        try:
            yield
        finally:
            with self._changed:
                self._open[session] -= 1
                self._coming.pop(session, None)
                if not self._open[session]:
                    del self._open[session]

    def present(self, session: str) -> bool:
        """Whether the session has an open stream at this moment, or has just joined and may still open one: over a
        slow line the answer to joining and the stream's request take their second."""
        with self._changed:
            return session in self._open or time.monotonic() - self._coming.get(session, -math.inf) < self.grace

    async def heard(self, session: str | None) -> bool:
        """Whether somebody listens to the session; waits for them while they may still come. No thread waits: there are
        few, and those who never come would hold them."""
        if session is None:
            return False
        with self._changed:
            until = self._joined.setdefault(session, time.monotonic()) + self.grace
        while session not in self._open:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK)
        return True


LISTENERS = Listeners()
"""Of this process's server."""
