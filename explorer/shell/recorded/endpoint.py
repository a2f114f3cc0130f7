"""What the page asks for to take away: its panel as one file, and a notebook that recomputes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, ExplorerError
from explorer.shell.dispatch import EXPLORER, jobs
from explorer.shell.line import Line
from explorer.shell.recorded.document import one_file
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.notebook import notebook
from explorer.shell.recorded.recording import Step, panel_of, query_of, reads, record
from explorer.shell.service import completed
from explorer.shell.subjects import at_hand
from explorer.shell.told import told
from explorer.shell.wish import query_of as read_query
from explorer.shell.wish import read_object

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import ErrorAnswer, FileAnswer

    Made = FileAnswer | ErrorAnswer

#: one file is made at a time: each takes a core for some seconds
FILES = Line(threads=1, waiting=8, patience=30.0, name="explorer-file")
#: seconds that the selections near a link may take
PATIENCE = 6.0
GONE = "The server no longer keeps this run.", "Run it again, then save it."


async def panel_file(request: object, gone: Callable[[], Awaitable[bool]] | None = None) -> Made:
    """The panel of a link as one file. The run must be at hand; heavy views are in it if they were measured."""

    def work() -> FileAnswer:
        link, live = _read(request)
        panel = panel_of(link)
        light = [view for view in panel.views if not view.heavy]
        subject = at_hand(reads(panel, light), completed(query_of(link, panel)))
        if subject is None:
            raise BadRequestError(*GONE)
        return {"text": one_file(record(EXPLORER, Step(link), subject, patience=PATIENCE, jobs=jobs()), live=live)}

    return await _done(work, gone)


async def panel_notebook(request: object, gone: Callable[[], Awaitable[bool]] | None = None) -> Made:
    """A notebook that recomputes the panel of a link, as text."""

    def work() -> FileAnswer:
        link, _ = _read(request)
        subject = at_hand("run", completed(link.query)) if panel_of(link).requires else None
        ids = [token.id for token in subject.run.tokens] if subject is not None and subject.run is not None else None
        return {"text": notebook(link, ids)}

    return await _done(work, gone)


def _read(request: object) -> tuple[Link, str]:
    """The link, and the address of the server as its visitor knows it. Raises BadRequestError."""
    given = read_object(request)
    live = str(given.get("live") or "")
    if live and (len(live) > 300 or not live.startswith(("http://", "https://"))):
        raise BadRequestError("The page sent an address that is not valid.", "Reload the page.")
    return Link.read(read_query(given.get("link"))), live


async def _done(work: Callable[[], FileAnswer], gone: Callable[[], Awaitable[bool]] | None) -> Made:
    try:
        return await FILES.do(work, gone)
    except ValueError as error:
        return told(BadRequestError(f"The panel is too large for one file: {error}.", "Export its views one by one."))
    except ExplorerError as error:
        return told(error)
