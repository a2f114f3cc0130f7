"""What the page's events and functions do, and its two addresses for Gradio's clients: each for its visitor, while they
listen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

import gradio as gr
from starlette.responses import Response

from explorer.shell.envelope import answers
from explorer.shell.http.calls import whose
from explorer.shell.http.listeners import LISTENERS
from explorer.shell.http.packing import as_json
from explorer.shell.page import dispatch as dispatcher
from explorer.shell.page import quick_line
from explorer.shell.recorded import endpoint

UNHEARD = "No client opened the event's stream. Open it within a few seconds."


async def listening(visitor: gr.Request) -> Callable[[], bool] | None:
    """Whether the visitor still listens, once they do; None where they do not come."""
    session = visitor.session_hash
    return partial(LISTENERS.present, session) if session is not None and await LISTENERS.heard(session) else None


async def answer(visitor: gr.Request, request: str, *sidebar: object) -> AsyncIterator[answers.QueueAnswer]:
    """What the dispatcher says to the page, while its stream is open."""
    if (listens := await listening(visitor)) is not None:
        async for value in dispatcher.dispatch(request, *sidebar, visitor=whose(visitor), wanted=listens):
            yield value


async def look(request: str, visitor: gr.Request) -> AsyncIterator[answers.QueueAnswer]:
    """What there is to say of the jobs that the page watches, while its stream is open."""
    if await listening(visitor) is not None:
        async for value in dispatcher.look(request, str(visitor.session_hash), whose(visitor)):
            yield value


async def render(request: str, visitor: gr.Request) -> Response:
    """Light views, for the page's own script. The HTTP request, from Gradio, knows whether the visitor has left."""
    return await as_json(await quick_line.render(request, visitor.is_disconnected, whose(visitor)))


async def source(request: str, visitor: gr.Request) -> Response:
    """The source of a view, for the page's own script."""
    return await as_json(await quick_line.source(request, visitor.is_disconnected, whose(visitor)))


async def panel_file(request: str, visitor: gr.Request) -> Response:
    """The panel as a page of one file, for the page's own script."""
    return await as_json(await endpoint.panel_file(request, visitor.is_disconnected, whose(visitor)))


async def panel_notebook(request: str, visitor: gr.Request) -> Response:
    """A notebook that recomputes the panel, for the page's own script."""
    return await as_json(await endpoint.panel_notebook(request, visitor.is_disconnected, whose(visitor)))


async def lesson(request: str, visitor: gr.Request) -> Response:
    """A lesson, or what one of its steps says, for the page's own script."""
    return await as_json(await quick_line.lesson(request, visitor.is_disconnected, whose(visitor)))


async def bring(request: str, visitor: gr.Request) -> answers.BroughtAnswer | answers.ErrorAnswer:
    """Keep a picture of the visitor's, for the page's own script."""
    return await quick_line.bring(request, visitor.is_disconnected, whose(visitor))


async def fetch_model(request: str, visitor: gr.Request) -> answers.FetchAnswer | answers.ErrorAnswer:
    """Fetch a model that is lacking, for the page's own script."""
    return await quick_line.fetch_model(request, visitor.is_disconnected, whose(visitor))


async def trace_api(query: str, visitor: gr.Request) -> dict:
    """Run a query (the text after "?" in a link of this page) and return its tokens, next tokens and sampler steps.

    A query that cannot be run ends in an error whose text says why.
    """
    if (listens := await listening(visitor)) is None:
        raise gr.Error(UNHEARD, print_exception=False)
    found = await dispatcher.trace(query, whose(visitor), listens)
    if "message" in found:
        raise gr.Error(f"{found['message']} {found['hint']}".strip(), print_exception=False)
    return dict(found)


FUNCTIONS = [render, source, lesson, bring, fetch_model, panel_file, panel_notebook]
"""What the page's own script calls beside the queue."""
