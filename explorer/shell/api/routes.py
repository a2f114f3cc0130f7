"""The operations and the panels over plain HTTP, with their schemas as OpenAPI 3.1."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from explorer import __version__
from explorer.fetching.progress import silent
from explorer.panels.protocol import Panel
from explorer.shell.api import drawing
from explorer.shell.api.description import outline
from explorer.shell.api.documentation import page
from explorer.shell.api.encoding import Encoding, to_json
from explorer.shell.api.kept_description import kept_description
from explorer.shell.api.measurements import MEASUREMENTS, Measurement, Measuring
from explorer.shell.api.operations import MODELS, OPERATIONS, Operation
from explorer.shell.api.problems import MEDIA, SOON, Problem, plain, problem, unread
from explorer.shell.api.requests import PanelRequest
from explorer.shell.http.admission import visitor_of
from explorer.shell.http.packing import packing
from explorer.shell.jobs.order import Stopped

if TYPE_CHECKING:
    from explorer.shell.envelope.programs import Drawn

DESCRIPTION = (
    "What the page computes, for programs. A request describes a run by its fields or by the “query” of a link; the "
    "same key gives everybody the same numbers. Every answer has its checks: statements, and the errors measured on "
    "the run."
)
#: seconds that a request may wait for a measurement
MOST_WAIT = 60.0
Wait = Annotated[float, Query(ge=0, le=MOST_WAIT, description="Seconds to wait for a measurement.")]
Coded = Annotated[Encoding, Query(description="Arrays as lists, or as base64 blocks of {dtype, shape, b64}.")]
#: what may come instead of an answer
STATUSES = (400, 403, 404, 405, 408, 413, 415, 422, 424, 429, 503)
Reply = Callable[..., Awaitable[Response]]


def create() -> FastAPI:
    """The application behind `/api/v1`."""
    api = FastAPI(
        title="LLM Internals Explorer",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": "/api/v1"}],
        root_path_in_servers=False,
    )
    api.add_exception_handler(RequestValidationError, _unread)
    api.add_exception_handler(HTTPException, _refused)
    for operation in OPERATIONS.values():
        api.add_api_route(
            f"/{operation.name}", asking(operation), methods=["POST"], **_documented(operation), tags=["Operations"]
        )
    api.add_api_route("/models", asking(MODELS), methods=["GET"], **_documented(MODELS), tags=["Models and panels"])
    _add_panels(api)
    _add_documentation(api)
    return api


def asking(operation: Operation) -> Reply:
    """The route's function of an operation."""

    async def ask(visitor: Request, asked: Any) -> Response:
        return await _answer(await operation.answered(asked, visitor.is_disconnected, visitor_of(visitor.scope)))

    async def read() -> Response:
        return await _answer(operation.function(operation.request(), silent))

    if not operation.asks:
        return told(read)
    ask.__annotations__ = {"visitor": Request, "asked": operation.request, "return": Response}
    return told(ask)


def _add_panels(api: FastAPI) -> None:
    from explorer.panels import panels

    async def listed() -> Response:
        """List all panels and what their views need."""
        return await _answer(drawing.panels_said())

    async def measured(visitor: Request, name: str, wait: Wait = 0.0, encoding: Coded = "lists") -> Response:
        """Read a measurement: its result, or its progress."""
        if (found := MEASUREMENTS.get(name)) is None:
            return _problem(plain(404, "There is no measurement of that name. Send the panel’s request again."))
        return await _drawn(found, wait, encoding, visitor)

    begun = {202: {"model": Measuring, "description": "The measurement is in progress: ask again at Location."}}
    api.add_api_route(
        "/panels", told(listed), methods=["GET"], response_model=drawing.Panels, summary=listed.__doc__,
        operation_id="panels", responses=_problems(), tags=["Models and panels"],
    )  # fmt: skip
    api.add_api_route(
        "/measurements/{name}", told(measured), methods=["GET"], summary=measured.__doc__, tags=["Panels"],
        operation_id="measurement", responses={**begun, **_problems()}, response_model=dict[str, Any],
    )  # fmt: skip
    for panel in panels().values():
        api.add_api_route(
            f"/panels/{panel.name}", told(_drawing(panel)), methods=["POST"], summary=f"{panel.title}: {panel.about}",
            operation_id=f"panel_{panel.name}", tags=["Panels"], responses={**begun, **_problems()},
        )  # fmt: skip


def _drawing(panel: Panel) -> Reply:
    async def draw(visitor: Request, asked: PanelRequest, wait: Wait = 0.0, encoding: Coded = "lists") -> Response:
        drawn = await drawing.draw(panel, asked, visitor.is_disconnected, visitor_of(visitor.scope))
        return await _drawn(drawn, wait, encoding, visitor)

    return draw


async def _drawn(found: Drawn | Measurement, wait: float, encoding: Encoding, visitor: Request) -> Response:
    if isinstance(found, Measurement):
        if not await found.wait(wait if math.isfinite(wait) else 0.0, visitor.is_disconnected):
            measuring = found.measuring()
            headers = {"Location": measuring.location, "Retry-After": "1"}
            return Response(measuring.model_dump_json(), 202, headers, "application/json")
        found = found.answer()
    whole = found
    return Response(await packing(lambda: to_json(whole, encoding)), media_type="application/json")


def told(route: Reply) -> Reply:
    """The route; what goes wrong in it is told as a problem."""

    @wraps(route)
    async def careful(*args: Any, **kwargs: Any) -> Response:
        try:
            return await route(*args, **kwargs)
        except (Stopped, Exception) as error:  # whatever it is, the visitor gets a sentence and the log the rest
            return _problem(problem(error))

    return careful


async def _answer(answer: BaseModel) -> Response:
    return Response(await packing(answer.model_dump_json), media_type="application/json")


def _problem(said: Problem) -> Response:
    headers = {"Retry-After": SOON} if said.status in (429, 503) else {}
    return Response(said.model_dump_json(), said.status, headers, MEDIA)


async def _unread(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _problem(unread(error.errors()))


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    missing = "There is nothing at this address. /api/v1/docs lists all addresses."
    answer = _problem(plain(error.status_code, missing if error.status_code == 404 else str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


def _documented(operation: Operation) -> dict[str, Any]:
    return {
        "summary": operation.sentence,
        "operation_id": operation.name,
        "response_model": operation.answer,
        "responses": _problems(),
    }


def _problems() -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        code: {"description": "The reason why there is no answer.", "content": {MEDIA: schema}} for code in STATUSES
    }


def _add_documentation(api: FastAPI) -> None:
    def openapi() -> Response:  # in a thread: all panels' payloads may be imported for it
        return Response(kept_description(api), media_type="application/json")

    def documentation() -> Response:  # of the panels' payloads it says no more than their names: the document has all
        return HTMLResponse(page(outline(api), drawing.panels_said().panels))

    api.add_api_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)
    api.add_api_route("/docs", documentation, methods=["GET"], include_in_schema=False)
