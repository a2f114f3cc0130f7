"""A place for one process that measures: it is started when it is needed, and may be ended at any time."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from explorer.shell import settings, worker

#: seconds between two looks at a process, and at whether its order is still wanted
LOOK = 0.05


class Slot:
    """One process, started when it is needed."""

    def __init__(self, warm: str | None) -> None:
        self._warm = warm
        self._context = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._heard = False
        self._starting = threading.Lock()
        self.given_up = self._context.Value("q", 0)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def listens(self) -> bool:
        """Whether it is there and can be told something."""
        return self._heard and self.alive

    def ready(self, wanted_no_more: Callable[[], bool]) -> bool:
        """Start the process if there is none, and wait until it can be told something."""
        with self._starting:
            if not self.alive:
                self.line, theirs = self._context.Pipe()
                self._heard = False
                arguments = (theirs, self.given_up, settings.in_force(), self._warm)
                process = self._context.Process(target=worker.main, args=arguments, daemon=True)
                process.start()
                self._process = process
                theirs.close()
            while not self._heard:
                if self.line.poll(LOOK):
                    self._heard = self.line.recv() == ("ready",)
                elif not self.alive:
                    raise RuntimeError("the process that measures ended while it started")
                elif wanted_no_more():
                    return False
        return True

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(5)
            self._process = None
