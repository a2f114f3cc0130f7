"""The same for gradio_client: one event, so that the page, which carries a description of each, hardly grows by it."""

from __future__ import annotations

from typing import Any

import gradio as gr
import orjson

from explorer.shell.http.calls import whose
from explorer.shell.http.listeners import LISTENERS

#: seconds for which a heavy view is waited for
PATIENCE = 60.0


async def ask(name: str, request: str, visitor: gr.Request) -> dict:
    """Call an operation or a panel by name, with its request as JSON text; /api/v1/docs describes them."""
    from pydantic import ValidationError

    from explorer.shell.api.problems import problem, unread
    from explorer.shell.jobs.order import Stopped

    if not await LISTENERS.heard(visitor.session_hash):
        raise gr.Error("No client opened the event's stream. Open it within a few seconds.", print_exception=False)
    try:
        return await _answer(name, request, whose(visitor))
    except ValidationError as error:
        said = unread(error.errors(include_url=False, include_input=False))
    except (Stopped, Exception) as error:  # whatever it is, the caller gets a sentence and the log the rest
        said = problem(error)
    raise gr.Error(f"{said.detail} {said.hint}".strip(), print_exception=False)


async def _answer(name: object, request: object, visitor: str) -> dict[str, Any]:
    from explorer.errors import BadRequestError, BusyError
    from explorer.panels import panels
    from explorer.shell.api.drawing import draw
    from explorer.shell.api.encoding import to_json
    from explorer.shell.api.measurements import Measurement
    from explorer.shell.api.operations import OPERATIONS
    from explorer.shell.api.requests import PanelRequest
    from explorer.shell.envelope.request import MAX_REQUEST
    from explorer.shell.envelope.well_formed import read_json

    if not isinstance(request, str) or len(request) > MAX_REQUEST:
        raise BadRequestError(f"The request must be the text of a JSON object of at most {MAX_REQUEST:,} characters.")
    given = read_json(request)
    if (operation := OPERATIONS.get(str(name))) is not None:
        asked = operation.request.model_validate(given)
        return (await operation.answered(asked, visitor=visitor)).model_dump(mode="json")
    if (panel := panels().get(str(name))) is None:
        raise BadRequestError(
            f"No operation and no panel has the name “{str(name)[:40]}”.",
            f"Operations: {', '.join(OPERATIONS)}. /api/v1/panels lists the panels.",
        )
    drawn = await draw(panel, PanelRequest.model_validate(given), visitor=visitor)
    if isinstance(drawn, Measurement):
        if not await drawn.wait(PATIENCE):
            raise BusyError(
                "The measurement is still in progress.", "Send the same request again: the server keeps the progress."
            )
        drawn = drawn.answer()
    return orjson.loads(to_json(drawn, "lists"))
