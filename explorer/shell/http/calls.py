"""The envelope of a call to Gradio: what does not fit the page is refused here; Gradio would fail on it, and log."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr
from gradio.block_function import BlockFunction
from starlette.requests import Request

from explorer.compat.gradio import events, may_be_called
from explorer.errors import BadRequestError
from explorer.shell.http.admission import visitor_of

#: characters of a session's name; the page's has eleven, a program's 36
MAX_SESSION = 64

Check = Callable[[str, object], None]


def call_check(demo: gr.Blocks) -> Check:
    """`check(path, body)` of that page. It raises BadRequestError where the call is to nothing that the page has."""

    def check(path: str, body: object) -> None:
        if not isinstance(body, dict):
            raise BadRequestError("The request is no object.")
        session = body.get("session_hash")
        if session is not None and not (isinstance(session, str) and 0 < len(session) <= MAX_SESSION):
            raise BadRequestError(f"A session_hash is a text of 1 to {MAX_SESSION} characters.")
        route = path.rstrip("/").removeprefix("/gradio_api/")
        if route == "queue/join" and session is None:
            raise BadRequestError("The call names no session.")
        if route in ("queue/join", "run/predict"):
            _event(demo.fns.get(_whole(body.get("fn_index"))), body)
        elif route.startswith("call/"):
            body.pop("session_hash", None)  # then its event's own name is its session: who listens to it is known
            _event(next((fn for fn in demo.fns.values() if fn.api_name == route.removeprefix("call/")), None), body)
        elif route == "component_server":
            block = demo.blocks.get(_whole(body.get("component_id")))
            named = getattr(block, str(body.get("fn_name")), None)
            if not may_be_called(named):
                raise BadRequestError("The page has no such function.")

    return check


def whose(visitor: gr.Request | Request) -> str:
    """The visitor whose call it is: of an event Gradio has a request of its own, with the HTTP one within."""
    inner = visitor.request if isinstance(visitor, gr.Request) else visitor
    return visitor_of(inner.scope if inner else {"client": None})


def going(demo: gr.Blocks) -> list[str]:
    """Whose events Gradio has taken and not ended: they wait in lines of ours, are worked for, or watch."""
    return [visitor_of(event.request.scope if event.request else {"client": None}) for event in events(demo)]


def _event(event: BlockFunction | None, body: dict[str, object]) -> None:
    if event is None or event.fn is None or body.get("batched"):
        raise BadRequestError("The page has no such event.")
    data = body.get("data")
    if not isinstance(data, list) or len(data) != len(event.inputs):
        raise BadRequestError(f"This event takes a list of {len(event.inputs)} values.")
    # Gradio would open, or fetch, whatever a value that looks like a file names. The page's own values are plain ones.
    if any(isinstance(value, dict | list) for value in data):
        raise BadRequestError("This event takes texts, numbers and yes or no, one by one.")
    for block, value in zip(event.inputs, data, strict=True):
        if isinstance(block, gr.Dataset) and not 0 <= _whole(value) < len(block.samples or ()):
            raise BadRequestError("There is no such example.")


def _whole(value: object) -> int:
    return value if isinstance(value, int) else -1
