"""A place for one process that measures: it is started when it is needed, and may be ended at any time.

What is left in mid-step ends with its process, and a new one needs seconds for its libraries. So one more waits beside
the places: its libraries are loaded and no model is, which costs a third of a gigabyte, once, however many places there
are. The first place whose process has ended takes it.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable

from explorer.shell import settings
from explorer.shell.jobs import worker

log = logging.getLogger(__name__)
#: seconds between two looks at a process, and at whether its order is still wanted
LOOK = 0.05


class Started:
    """A process that measures, and the line to it."""

    def __init__(self, warm: str | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.given_up = context.Value("q", 0)
        self.line, theirs = context.Pipe()
        self.heard = False
        arguments = (theirs, self.given_up, settings.in_force(), warm)
        self._process = context.Process(target=worker.main, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def ready(self, wanted_no_more: Callable[[], bool]) -> bool:
        """Wait until it can be told something."""
        while not self.heard:
            if self.line.poll(LOOK):
                self.heard = self.line.recv() == ("ready",)
            elif not self.alive:
                raise RuntimeError("the process that measures ended while it started")
            elif wanted_no_more():
                return False
        return True

    def end(self) -> None:
        self._process.kill()
        self._process.join(5)


class Spare:
    """The one that waits for a place."""

    def __init__(self) -> None:
        self._held: Started | None = None
        self._changing = threading.Lock()

    def keep(self) -> None:
        """Start it where there is none. One that has ended by itself lacks something: no other is tried."""
        with self._changing:
            if self._held is None:
                self._held = Started(None)

    def take(self) -> Started | None:
        """It is another's now; it may still be starting."""
        with self._changing:
            taken, self._held = self._held, None
        return taken if taken is not None and taken.alive else None

    def end(self) -> None:
        if (taken := self.take()) is not None:
            taken.end()


class WorkerPlace:
    """One process, started when it is needed."""

    def __init__(self, warm: str | None, spare: Spare) -> None:
        self._warm = warm
        self._spare = spare
        self._now: Started | None = None
        self._starting = threading.Lock()

    @property
    def alive(self) -> bool:
        return self._now is not None and self._now.alive

    @property
    def listens(self) -> bool:
        """Whether it is there and can be told something."""
        return self._now is not None and self._now.heard and self.alive

    @property
    def now(self) -> Started:
        """Its process; there must be one."""
        assert self._now is not None
        return self._now

    def ready(self, wanted_no_more: Callable[[], bool]) -> bool:
        """Start the process if there is none, and wait until it can be told something."""
        with self._starting:
            if not self.alive:
                self._now = self._spare.take() or Started(self._warm)
            return self.now.ready(wanted_no_more)

    def idle(self) -> None:
        """Nothing is measured here: there is time to have another process ready."""
        if self.listens:
            try:
                self._spare.keep()
            except OSError as error:  # the system has no room for it
                log.info("no process waits beside the places: %s", error)

    def end(self) -> None:
        if self._now is not None:
            self._now.end()
            self._now = None
