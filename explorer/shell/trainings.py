"""Checkpoints that a run asks for and that are not here: trained first, as jobs like any measurement.

Two who ask for one wait for one training. It has a place in the line of measurements, in turns between visitors, and
ends when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

from explorer import errors
from explorer.errors import ExplorerError
from explorer.shell import at_work
from explorer.shell.jobs.line import ITSELF, Gone
from explorer.shell.jobs.order import Stopped, training_order
from explorer.shell.views.checkpoints import missing
from explorer.shell.views.subjects import allow

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import Failure, StatusAnswer


async def trained(
    models: Iterable[str], visitor: str = ITSELF, listened: Callable[[], bool] = lambda: True
) -> AsyncGenerator[StatusAnswer]:
    """Train those that are not here, and say how far that is; ends when all are.

    Raises BusyError where too many measurements wait, Stopped where nobody listens any more, and what ends a training.
    """
    models = list(models)
    if not any(model.startswith("trained:") for model in models):
        return
    for model in await asyncio.to_thread(missing, models):
        await asyncio.to_thread(allow, model)
        order = training_order(model)
        watch = at_work.jobs().watch([order], f"training-{secrets.token_urlsafe(9)}", again=True, visitor=visitor)
        ended = False
        async with aclosing(watch.news(listened)) as news:
            async for said in news:
                state = said[order.view]
                if (failure := state.get("error")) is not None:
                    raise raised(failure)
                ended = state["state"] == "done"
                place = state.get("place")
                stage = f"Training waits, place {place}" if place else state.get("stage", "Training")
                yield {
                    "kind": "status", "stage": stage, "done": state.get("done", 0), "total": state.get("total", 0),
                }  # fmt: skip
        if not ended:
            raise Stopped


async def ready(models: Iterable[str], gone: Gone = None, visitor: str = ITSELF) -> None:
    """The same for a program, which hears nothing until all are here."""
    async with aclosing(trained(models, visitor)) as news:
        async for _ in news:
            if gone is not None and await gone():
                raise Stopped


def raised(failure: Failure) -> Exception:
    """What a process of its own has told, as an error again."""
    if failure["name"] == "Stopped":
        return Stopped()
    named = getattr(errors, failure["name"], None)
    kind = named if isinstance(named, type) and issubclass(named, ExplorerError) else ExplorerError
    return kind(failure["message"], failure["hint"], **failure["facts"])
