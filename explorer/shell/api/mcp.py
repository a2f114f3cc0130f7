"""The operations as tools of the Model Context Protocol, over HTTP at `/mcp` and over stdio; and nothing else.

Each call stands for itself: nothing of a session is kept, so that any process can answer it.
"""

from __future__ import annotations

import asyncio
import logging

from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from explorer import __version__
from explorer.shell.api.operations import OPERATIONS, Operation
from explorer.shell.api.problems import Problem, plain, problem, unread
from explorer.shell.http.admission import visitor_of
from explorer.shell.http.middleware import MAX_BODY
from explorer.shell.jobs.line import ITSELF
from explorer.shell.jobs.order import Stopped

INSTRUCTIONS = (
    "A real small language model runs on your text, and you can read its inner numbers. Begin with trace. lens shows "
    "the next token that each depth gives, attribution the parts that add to a logit, ablate the effect of switching a "
    "part off. Every answer has checks with the errors measured on this run, a key that gives the same numbers again "
    "as “query”, and a link to the page."
)


def server() -> Server[object]:
    """The tools, one an operation."""
    logging.getLogger("mcp").setLevel(logging.WARNING)
    return Server(
        "llm-internals-explorer",
        version=__version__,
        title="LLM Internals Explorer",
        instructions=INSTRUCTIONS,
        on_list_tools=_listed,
        on_call_tool=_called,
    )


def tool(operation: Operation) -> Tool:
    """The operation as a tool."""
    asked = operation.request.model_json_schema()
    asked.pop("anyOf", None)  # models' makers take no choice at the top of a tool's schema: the fields say it
    return Tool(
        name=operation.name,
        description=operation.sentence,
        input_schema=asked,
        output_schema=operation.answer.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


async def _listed(_context: object, _params: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=[tool(each) for each in OPERATIONS.values()])


async def _called(context: ServerRequestContext[object], params: CallToolRequestParams) -> CallToolResult:
    if (operation := OPERATIONS.get(params.name)) is None:
        return _failed(plain(404, f"There is no tool of that name. The tools are {', '.join(OPERATIONS)}."))
    try:
        asked = operation.request.model_validate(params.arguments or {})
        answer = await operation.answered(asked, visitor=_visitor(context))
    except ValidationError as error:
        return _failed(unread(error.errors(include_url=False, include_input=False)))
    except (Stopped, Exception) as error:  # whatever it is, the caller gets a sentence and the log the rest
        return _failed(problem(error))
    return CallToolResult(
        content=[TextContent(text=answer.model_dump_json())], structured_content=answer.model_dump(mode="json")
    )


def _visitor(context: ServerRequestContext[object]) -> str:
    """Who calls; the program that has started this one is the only one."""
    return visitor_of(context.request.scope) if isinstance(context.request, Request) else ITSELF


def _failed(said: Problem) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=f"{said.detail} {said.hint}".strip())], is_error=True)


class Served:
    """`/mcp`: what other programs post is answered at once, as JSON."""

    def __init__(self) -> None:
        self._manager = StreamableHTTPSessionManager(
            server(), json_response=True, stateless=True, max_request_body_size=MAX_BODY
        )
        self._ready = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":  # there is no stream to open, and no session to end
            return await JSONResponse({"detail": "Use POST."}, 405, {"allow": "POST"})(scope, receive, send)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await self._ready.wait()
        return await self._manager.handle_request(scope, receive, send)

    async def _run(self) -> None:
        async with self._manager.run():
            self._ready.set()
            await asyncio.Event().wait()  # until the server's loop ends


def serve_stdio() -> None:
    """Answer the program that has started this one, over its standard input and output, until it closes them."""

    async def serve() -> None:
        async with stdio_server() as (reading, writing):
            made = server()
            await made.run(reading, writing, made.create_initialization_options())

    asyncio.run(serve())
