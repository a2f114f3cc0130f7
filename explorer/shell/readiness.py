"""Whether visitors should be sent here: the default model is in memory, and a process that measures lives."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.shell.jobs import Jobs


@dataclass
class Readiness:
    """What is still missing; told by the thread that warms the server up."""

    model: str = "The default model is being loaded."
    """Why the first run is not there; nothing once it is."""
    _mending: threading.Lock = field(default_factory=threading.Lock)

    def missing(self, jobs: Jobs) -> str:
        """In a sentence; nothing where the server is ready. A process that was killed is started anew meanwhile."""
        if self.model:
            return self.model
        if jobs.lives:
            return ""
        if self._mending.acquire(blocking=False):
            threading.Thread(target=self._mend, args=(jobs,), daemon=True, name="explorer-mend").start()
        return "The process that measures is being started."

    def _mend(self, jobs: Jobs) -> None:
        try:
            jobs.start()
        finally:
            self._mending.release()


READINESS = Readiness()
"""Of this process's server."""
