"""Whether visitors should be sent here: the default model is in memory, and a process that measures lives."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from explorer import zoo

if TYPE_CHECKING:
    from explorer.shell.jobs.jobs import Jobs

log = logging.getLogger(__name__)


@dataclass
class Readiness:
    """What is still missing; told by the thread that warms the server up."""

    model: str = "The default model is being loaded."
    """Why the first run is not there; nothing once it is."""
    _mending: threading.Lock = field(default_factory=threading.Lock)

    def missing(self, jobs: Jobs) -> str:
        """In a sentence; nothing where the server is ready. A process that was killed is started anew meanwhile."""
        if self.model and zoo.loaded(zoo.DEFAULT) is None:  # a visitor's run may have loaded it by now
            return self.model
        if jobs.lives:
            return ""
        threading.Thread(target=self.mend, args=(jobs,), daemon=True, name="explorer-mend").start()
        return "The process that measures is being started."

    def mend(self, jobs: Jobs) -> None:
        """Start the processes that are not there, unless this is being done already."""
        if not self._mending.acquire(blocking=False):
            return
        try:
            jobs.start()
        except Exception as error:  # the next question tries again
            log.warning("the process that measures could not be started: %s", error)
        finally:
            self._mending.release()


READINESS = Readiness()
"""Of this process's server."""
