"""Programs in the line of runs, in turns with the page and with each other; beside it what asks nothing of a model.

Who leaves is not worked for: their place in line is given up, and what has begun is stopped at its next step.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from explorer.errors import BusyError, UnavailableError
from explorer.fetching.progress import Progress, silent
from explorer.shell import at_work
from explorer.shell.http.ending import SAID, STOPPING
from explorer.shell.jobs.engine import Here
from explorer.shell.jobs.line import ITSELF, LOOK, Gone
from explorer.shell.run_line import Going

#: seconds that a program waits for its turn: its own patience has an end, and nobody sees it
PATIENCE = 60.0
T = TypeVar("T")


async def turn(work: Callable[[Progress], T], gone: Gone = None, visitor: str = ITSELF, query: str = "") -> T:
    """What `work` returns, when its turn has come. Raises BusyError when too many wait, or it has waited too long,
    UnavailableError when the server stops meanwhile, and Stopped where nobody waits any more.

    `query` is the run that the work reads, where it reads one and makes no other: it is made in one batch with those
    of the page and of other programs, and what reads one that is at hand waits for none.
    """
    engine = at_work.engine()
    if not isinstance(engine, Here):  # programs' runs are made in this process, the page's in replicas
        query = ""
    here = bool(query) and await asyncio.to_thread(engine.has, query)  # who is first waits for torch
    going, until = Going(work, visitor, query=query, here=here), time.monotonic() + PATIENCE
    made = asyncio.wrap_future(going.made)
    made.add_done_callback(lambda it: it.cancelled() or it.exception())  # also where nobody waits for it any more
    try:
        while not (await asyncio.wait({made}, timeout=LOOK))[0]:
            if gone is not None and await gone():
                going.stop()
            if STOPPING.begun and going.made.cancel():  # only while it waits
                raise UnavailableError(SAID)
            if (going.made.cancelled() or time.monotonic() > until) and going.made.cancel():  # only while it waits
                raise BusyError("Too many requests are waiting.", "Try again in a moment.")
        return made.result()
    finally:
        going.stop()


async def at_once(work: Callable[[Progress], T], gone: Gone = None, visitor: str = ITSELF) -> T:
    """The same for what needs no model: it waits for no run."""
    return await at_work.instant().do(lambda: work(silent), gone, visitor)
