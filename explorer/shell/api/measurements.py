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

from explorer.shell.dispatch import jobs
from explorer.shell.order import Order

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import Failure, JobState
    from explorer.shell.envelope.programs import Drawn, Reason
    from explorer.shell.jobs import Watch

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


NOBODY: Reason = {
    "name": "Stopped",
    "message": "The measurement stopped because no client asked for it.",
    "hint": "Send the request again.",
}
LOST: Reason = {"name": "Lost", "message": "The server no longer keeps this answer.", "hint": "Send the request again."}


def _reason(error: Failure) -> Reason:
    return {"name": error["name"], "message": error["message"], "hint": error["hint"]}


class Measurement:
    """Some heavy views of a panel on their way. `drawn` is what the answer holds besides."""

    def __init__(self, orders: Sequence[Order], drawn: Drawn) -> None:
        self.name = secrets.token_urlsafe(12)
        self.orders, self.drawn = orders, drawn
        self.asked = time.monotonic()
        self.states: dict[str, JobState] = {each.view: {"state": "waiting", "version": 0} for each in orders}
        watch = jobs().watch(orders, f"program-{self.name}")
        self._task = asyncio.ensure_future(self._follow(watch))

    async def _follow(self, watch: Watch) -> None:
        async for said in watch.news(lambda: time.monotonic() - self.asked < PATIENCE):
            self.states.update(said)
        for state in self.states.values():
            if state["state"] not in ("done", "failed"):
                state["state"], state["error"] = "failed", {**NOBODY, "facts": {}}

    @property
    def over(self) -> bool:
        """Whether all views are done, or failed."""
        return all(each["state"] in ("done", "failed") for each in self.states.values())

    async def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether all is done."""
        self.asked, until = time.monotonic(), time.monotonic() + seconds
        while not self.over and time.monotonic() < until:
            await asyncio.sleep(LOOK)
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
        """What the panel's request is answered: the views, or why one has failed."""
        views, strings = dict(self.drawn["views"]), dict(self.drawn["strings"])
        for order in self.orders:
            error = self.states[order.view].get("error")
            kept = None if error is not None else jobs().at_hand(order)
            if kept is None:
                views[order.view] = {"failed": LOST if error is None else _reason(error)}
            else:
                views[order.view] = kept["entry"]
                strings.update(kept["strings"])
        return {**self.drawn, "views": views, "strings": strings}


MEASUREMENTS: LRUCache[str, Measurement] = LRUCache(MOST)
"""Of this process's server, by name."""
