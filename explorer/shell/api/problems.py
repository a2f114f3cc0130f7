"""What goes wrong, as RFC 9457 has it: `application/problem+json` with the sentence, the hint and the figures."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails

from explorer import errors
from explorer.shell.order import Stopped
from explorer.shell.told import told

log = logging.getLogger(__name__)
MEDIA = "application/problem+json"
#: places of a request that are named, of all that are wrong
MOST = 8
#: seconds after which one who was told to come again may do so
SOON = "5"
#: HTTP's word for each error that a person may see; the first that an error is one of
STATUSES: Mapping[type[Exception], int] = {
    errors.UnknownModelError: 404,
    errors.PromptTooLongError: 413,
    errors.BusyError: 429,
    errors.TimeUpError: 408,
    errors.NotApplicableError: 422,
    errors.NotFiniteError: 422,
    errors.UnsupportedModelError: 422,
    # The server lacks what the request depends on: the sentence says what, and whose matter it is.
    errors.SourceMissingError: 424,
    errors.WeightsDamagedError: 424,
    errors.StorageError: 424,
    errors.ExplorerError: 400,
    Stopped: 408,
}
TITLES = {
    400: "The request makes no sense", 404: "There is no such thing", 405: "Not so", 408: "Stopped",
    413: "Too long", 422: "It does not apply here", 424: "Something is missing on the server", 429: "Busy",
    500: "A mistake of the explorer itself",
}  # fmt: skip


class Wrong(BaseModel):
    """One place of a request that cannot be read."""

    where: str
    why: str


class Problem(BaseModel):
    """Why there is no answer."""

    type: Annotated[str, Field(description="A link into this documentation.")] = "about:blank"
    title: str
    status: int
    detail: str
    hint: Annotated[str, Field(description="What to do about it.")] = ""
    facts: Annotated[dict[str, str | int | float | bool], Field(description="The figures behind it.")] = {}
    wrong: Annotated[list[Wrong], Field(description="The places of the request that cannot be read.")] = []


def problem(error: Exception) -> Problem:
    """An error as a program gets it. What is not a visitor's mistake goes to the log, and not to the visitor."""
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 500)
    if isinstance(error, Stopped):
        return Problem(title=TITLES[status], status=status, detail="Nobody waited for the answer any more.")
    if status == 500:
        log.error("a program's request failed", exc_info=error)
    said = told(error)
    facts = {name: value for name, value in said["facts"].items() if value == value}  # a NaN is no JSON
    name = type(error).__name__ if status != 500 else "Error"
    return Problem(
        type=f"/api/v1/docs#{name}",
        title=TITLES[status],
        status=status,
        detail=said["message"],
        hint=said["hint"],
        facts=facts,
    )


def unread(found: Iterable[ErrorDetails] | Iterable[Mapping[str, Any]]) -> Problem:
    """A request that does not have the documented form: where, and why; never with what was sent."""
    wrong = [
        Wrong(where=".".join(str(part)[:60] for part in each["loc"])[:200], why=each["msg"][:300]) for each in found
    ]
    first = wrong[0] if wrong else Wrong(where="the request", why="it cannot be read")
    return Problem(
        type="/api/v1/docs#unread",
        title=TITLES[400],
        status=400,
        detail=f"{first.where}: {first.why}",
        hint="The documented form is at /api/v1/docs.",
        wrong=wrong[:MOST],
    )


def plain(status: int, detail: str) -> Problem:
    """A refusal that is no error of ours: of the guard, or of the router."""
    return Problem(title=TITLES.get(status, "Refused"), status=status, detail=detail)
