"""Heavy views that a program asked for: measured by the page's own jobs, and waited for under an address of their own.

A measurement goes on while somebody asks for it every half minute; what is measured is kept, and the same request
finds it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from cachetools import LRUCache
from pydantic import BaseModel

from explorer.shell.api.problems import FailureTold
from explorer.shell.at_work import jobs
from explorer.shell.jobs.line import ITSELF, Gone
from explorer.shell.jobs.order import Order

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import Failure, JobState
    from explorer.shell.envelope.programs import Drawn
    from explorer.shell.jobs.jobs import Watch

#: seconds without a question after which nobody waits any more
PATIENCE = 30.0
#: measurements whose addresses are known
MOST = 256
#: seconds between two looks
LOOK = 0.05


class Progressing(BaseModel):
    """How far one view is."""

    state: Literal["waiting", "running", "done", "failed"]
    place: int = 0
    stage: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None
    """About how many seconds remain."""


class Measuring(BaseModel):
    """A measurement in progress: ask again at `location`, with `?wait=` seconds to wait."""

    location: str
    views: dict[str, Progressing]


NOBODY: Failure = {
    "name": "Stopped",
    "message": "The measurement stopped because no client asked for it.",
    "hint": "Send the request again.",
    "facts": {},
}
KEPT = "The other views that you named are kept: a request without “{view}” finds them."
LOST: Failure = {
    "name": "Lost",
    "message": "The server no longer keeps this answer.",
    "hint": "Send the request again.",
    "facts": {},
}


class Measurement:
    """Some heavy views of a panel on their way. `drawn` is what the answer holds besides."""

    def __init__(self, orders: Sequence[Order], drawn: Drawn, visitor: str = ITSELF) -> None:
        self.name = secrets.token_urlsafe(12)
        self.orders, self.drawn = orders, drawn
        self.asked = time.monotonic()
        self.states: dict[str, JobState] = {each.view: {"state": "waiting", "version": 0} for each in orders}
        watch = jobs().watch(orders, f"program-{self.name}", visitor=visitor)
        self._task = asyncio.ensure_future(self._follow(watch))

    async def _follow(self, watch: Watch) -> None:
        async for said in watch.news(lambda: time.monotonic() - self.asked < PATIENCE):
            self.states.update(said)
        for state in self.states.values():
            if state["state"] not in ("done", "failed"):
                state["state"], state["error"] = "failed", NOBODY

    @property
    def over(self) -> bool:
        """Whether all views are done, or failed."""
        return all(each["state"] in ("done", "failed") for each in self.states.values())

    async def wait(self, seconds: float, gone: Gone = None) -> bool:
        """Wait so long at most, or until the caller has left; whether all is done. Who waits is still asking."""
        self.asked, until = time.monotonic(), time.monotonic() + seconds
        while not self.over and time.monotonic() < until:
            await asyncio.sleep(LOOK)
            if gone is not None and await gone():
                return False
            self.asked = time.monotonic()
        return self.over

    def measuring(self) -> Measuring:
        """How far it is."""
        known = Progressing.model_fields
        views = {
            view: Progressing.model_validate({name: value for name, value in state.items() if name in known})
            for view, state in self.states.items()
        }
        return Measuring(location=f"/api/v1/measurements/{self.name}", views=views)

    def answer(self) -> Drawn:
        """What the panel's request is answered: the views. Raises FailureTold where one has failed."""
        views, strings = dict(self.drawn["views"]), dict(self.drawn["strings"])
        for order in self.orders:
            error = self.states[order.view].get("error")
            kept = None if error is not None else jobs().at_hand(order)
            if kept is None:
                others = KEPT.format(view=order.view) if len(self.orders) > 1 else ""
                raise FailureTold(LOST if error is None else error, others)
            views[order.view] = kept["entry"]
            strings.update(kept["strings"])
        return {**self.drawn, "views": views, "strings": strings}


MEASUREMENTS: LRUCache[str, Measurement] = LRUCache(MOST)
"""Of this process's server, by name."""
