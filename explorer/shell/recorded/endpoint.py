"""What the page asks for to take away: its panel as one file, and a notebook that recomputes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, ExplorerError
from explorer.shell.at_work import EXPLORER, jobs
from explorer.shell.envelope.error_answer import error_answer
from explorer.shell.envelope.request import query_of as read_query
from explorer.shell.envelope.request import read_object
from explorer.shell.jobs.line import ITSELF, Gone, Line
from explorer.shell.process.made_once import made_once
from explorer.shell.recorded.document import one_file
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.notebook import notebook
from explorer.shell.recorded.recording import Step, panel_of, query_of, reads, record
from explorer.shell.service import completed
from explorer.shell.settings import in_force
from explorer.shell.views.subjects import at_hand

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import ErrorAnswer, FileAnswer

    Made = FileAnswer | ErrorAnswer

#: files that may wait; one is made at a time: each takes a core for some seconds
WAITING = 8
#: seconds that the selections near a link may take
PATIENCE = 6.0
GONE = "The server no longer keeps this run.", "Run it again, then save it."


@made_once
def files() -> Line:
    """The line of files that are made."""
    return Line(1, WAITING, 30.0, "explorer-file", in_force().bounds.share(WAITING))


async def panel_file(request: object, gone: Gone = None, visitor: str = ITSELF) -> Made:
    """The panel of a link as one file. The run must be at hand; heavy views are in it if they were measured."""

    def work() -> FileAnswer:
        link, live = _read(request)
        panel = panel_of(link)
        light = [view for view in panel.views if not view.heavy]
        subject = at_hand(reads(panel, light), completed(query_of(link, panel)))
        if subject is None:
            raise BadRequestError(*GONE)
        return {"text": one_file(record(EXPLORER, Step(link), subject, patience=PATIENCE, jobs=jobs()), live=live)}

    return await _done(work, gone, visitor)


async def panel_notebook(request: object, gone: Gone = None, visitor: str = ITSELF) -> Made:
    """A notebook that recomputes the panel of a link, as text."""

    def work() -> FileAnswer:
        link, _ = _read(request)
        subject = at_hand("run", completed(link.query)) if panel_of(link).requires else None
        ids = [token.id for token in subject.run.tokens] if subject is not None and subject.run is not None else None
        return {"text": notebook(link, ids)}

    return await _done(work, gone, visitor)


def _read(request: object) -> tuple[Link, str]:
    """The link, and the address of the server as its visitor knows it. Raises BadRequestError."""
    given = read_object(request)
    live = str(given.get("live") or "")
    if live and (len(live) > 300 or not live.startswith(("http://", "https://"))):
        raise BadRequestError("The page sent an address that is not valid.", "Reload the page.")
    return Link.read(read_query(given.get("link"))), live


async def _done(work: Callable[[], FileAnswer], gone: Gone, visitor: str) -> Made:
    try:
        return await files().do(work, gone, visitor)
    except ValueError as error:
        return error_answer(
            BadRequestError(f"The panel is too large for one file: {error}.", "Export its views one by one.")
        )
    except ExplorerError as error:
        return error_answer(error)
