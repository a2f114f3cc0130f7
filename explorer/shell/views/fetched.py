"""A model that is fetched only when somebody asks for it: on a server of one's own, a button of the page does.

One thread a model; the page asks how far it is. What is fetched is verified and kept as by `python -m explorer fetch`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, ExplorerError
from explorer.shell import settings
from explorer.shell.envelope.error_answer import error_answer
from explorer.shell.envelope.request import read_object

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import ErrorAnswer, FetchAnswer


@dataclass
class Fetching:
    """One model on its way."""

    what: str = "Begin"
    done: int = 0
    total: int = 0
    over: bool = False
    error: ErrorAnswer | None = None

    def progress(self, what: str, done: int, total: int) -> None:
        self.what, self.done, self.total = what or self.what, done, total


_going: dict[str, Fetching] = {}
_guard = threading.Lock()


def allowed() -> bool:
    """Whether visitors of this server may fetch: it is its owner's own."""
    return not settings.in_force().public


def fetch(request: object) -> FetchAnswer | ErrorAnswer:
    """Begin to fetch the model that `request` names, or say how far that is. Raises BadRequestError."""
    from explorer.zoo import companion_cards, shelf

    name = str(read_object(request).get("name"))
    card = (companion_cards() | shelf()).get(name)
    if not allowed():
        raise BadRequestError(
            "Only the owner of this server can fetch models.", "Run the explorer on your own machine."
        )
    if card is None or not card.opt_in:
        raise BadRequestError(f"The page cannot fetch “{name[:40]}”.", "Reload the page.")
    with _guard:
        going = _going.get(name)
        over = going is not None and going.over
        if going is None:
            going = _going[name] = Fetching()
            threading.Thread(target=_fetch, args=(name, going), daemon=True, name="explorer-fetch").start()
        elif over:
            del _going[name]  # its end is told once; who asks again begins anew
    if over and going.error is not None:
        return going.error
    return {"kind": "fetch", "stage": going.what, "done": going.done, "total": going.total, "over": over}


def _fetch(name: str, going: Fetching) -> None:
    from explorer import zoo

    try:
        zoo.fetch(zoo.find(name), going.progress)
    except Exception as error:
        going.error = error_answer(error) if isinstance(error, ExplorerError) else error_answer(_unknown(name, error))
    going.over = True


def _unknown(name: str, error: Exception) -> ExplorerError:
    return ExplorerError(f"{name} could not be fetched: {error}.", "Try again later.")
