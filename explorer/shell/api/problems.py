"""What goes wrong, as RFC 9457 has it: `application/problem+json` with the sentence, the hint and the figures."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails

from explorer import errors
from explorer.shell.envelope.error_answer import error_answer
from explorer.shell.jobs.order import Stopped

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import Failure

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
    errors.UnavailableError: 503,
    errors.TimeUpError: 408,
    errors.NotApplicableError: 422,
    errors.NotFiniteError: 422,
    errors.UnsupportedModelError: 422,
    # The server lacks what the request depends on: the sentence says what, and whose matter it is.
    errors.SourceMissingError: 424,
    errors.WeightsDamagedError: 424,
    errors.UntrainedError: 424,
    errors.StorageError: 424,
    errors.ExplorerError: 400,
    Stopped: 408,
}
#: the same for what a process of its own has told, by the error's name: those that are no error of ours among them
NAMED = {kind.__name__: status for kind, status in STATUSES.items()} | {"Lost": 404, "Error": 500, "JobError": 500}
TITLES = {
    400: "Bad request", 404: "Not found", 405: "Method not allowed", 408: "Stopped",
    413: "Too long", 422: "Does not apply to this run or model", 424: "A file is missing on the server", 429: "Busy",
    500: "Error in the explorer", 503: "Unavailable",
}  # fmt: skip


class Wrong(BaseModel):
    """A field of the request that the server cannot read."""

    where: str
    why: str


class Problem(BaseModel):
    """The reason why a request has no answer."""

    type: Annotated[str, Field(description="A link to the documentation of this error.")] = "about:blank"
    title: str
    status: int
    detail: str
    hint: Annotated[str, Field(description="What you can do.")] = ""
    facts: Annotated[dict[str, str | int | float | bool], Field(description="The numbers behind the error.")] = {}
    wrong: Annotated[list[Wrong], Field(description="The fields of the request that the server cannot read.")] = []


class FailureTold(Exception):
    """A measurement's failure, as a program is told it: an answer without numbers would pass for one."""

    def __init__(self, failure: Failure, more: str = "") -> None:
        super().__init__(failure["message"])
        self.failure, self.more = failure, more


def problem(error: Exception) -> Problem:
    """An error as a program gets it. What is not a visitor's mistake goes to the log, and not to the visitor."""
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 500)
    if isinstance(error, Stopped):
        return Problem(title=TITLES[status], status=status, detail="The client stopped waiting for the answer.")
    if isinstance(error, FailureTold):
        return _problem(error.failure, NAMED.get(error.failure["name"], 400), error.more)
    if status == 500:
        log.error("a program's request failed", exc_info=error)
    return _problem(error_answer(error), status)


def _problem(said: Failure, status: int, more: str = "") -> Problem:
    return Problem(
        type=f"/api/v1/docs#{said['name']}" if status != 500 else "/api/v1/docs#Error",
        title=TITLES[status],
        status=status,
        detail=said["message"],
        hint=f"{said['hint']} {more}".strip(),
        facts={name: value for name, value in said["facts"].items() if value == value},  # a NaN is no JSON
    )


def unread(found: Iterable[ErrorDetails] | Iterable[Mapping[str, Any]]) -> Problem:
    """A request that does not have the documented form: where, and why; never with what was sent."""
    wrong = [
        Wrong(where=".".join(str(part)[:60] for part in each["loc"])[:200], why=each["msg"][:300]) for each in found
    ]
    first = wrong[0] if wrong else Wrong(where="the request", why="the server cannot read it")
    return Problem(
        type="/api/v1/docs#unread",
        title=TITLES[400],
        status=400,
        detail=f"{first.where}: {first.why}",
        hint="/api/v1/docs describes the form of each request.",
        wrong=wrong[:MOST],
    )


def plain(status: int, detail: str) -> Problem:
    """A refusal that is no error of ours: of the guard, or of the router."""
    return Problem(title=TITLES.get(status, "Refused"), status=status, detail=detail)
