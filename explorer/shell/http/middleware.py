"""What a stranger's request meets before Gradio does: who may ask, for what, how much; and a closed page's headers."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping

import orjson
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import BadRequestError, BusyError
from explorer.shell.envelope.error_answer import error_answer
from explorer.shell.envelope.well_formed import read_json
from explorer.shell.files.bundles import ALWAYS
from explorer.shell.http.admission import Admission, Refused, visitor_of
from explorer.shell.http.ending import cut_off, in_words
from explorer.shell.http.listeners import LISTENERS
from explorer.shell.settings import Settings

log = logging.getLogger(__name__)
MAX_PATH = 256  # characters of a path; the longest of the page's own has 60
MAX_BODY = 1 << 20  # bytes of a request; a prompt of 20,000 characters and its settings need a tenth
CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors "
)
#: Parts of a page that no browser shows as a page of its own: what a page may do is not theirs to say. With some 150 of
#: them, a first load would carry 70 kB of policy.
PARTS = ("text/javascript", "application/javascript", "text/css", "font/woff2")
#: All that is open, of Gradio's fifty routes those that the page or a program that calls `/trace` or `/ask` uses. The
#: page loads with the first line; `run/predict` is the events without queue, `app_id` the question after a lost
#: connection.
OPEN = {
    *("/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt", "/healthz"),
    *("/readyz", "/metrics"),
    *(f"/gradio_api/{each}" for each in ("queue/join", "queue/data", "run/predict", "component_server", "cancel")),
    *(f"/gradio_api/{each}" for each in ("reset", "app_id", "info", "call/trace", "call/ask")),
    *("/api/v1", "/mcp"),
}
#: Gradio's own files whose names hold a hash of what is in them
NAMED = re.compile(r"/assets/[\w.-]+-[\w-]{8,9}\.(js|css)")
OPEN_FOLDERS = ("/explorer/", "/assets/", "/static/", "/gradio_api/call/trace/", "/gradio_api/call/ask/", "/api/v1/")
#: whose query is the page's own affair; Gradio would look up pages and stored states by it
UNASKED = ("/", "/config")
STREAM = "/gradio_api/queue/data"
JOINED, CALLED = "/gradio_api/queue/join", "/gradio_api/call/"
FUNCTIONS = "/gradio_api/component_server"
SAFE = ("GET", "HEAD")


class Guard:
    """Pure ASGI middleware, so that event streams pass through unbuffered.

    `check(path, body)` looks at the JSON of a call and raises BadRequestError where it makes no sense.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, check: Callable[[str, object], None], admission: Admission
    ) -> None:
        self.app = app
        self.settings = settings
        self.check = check
        self.admission = admission
        self.framing = _framing(settings.frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it
            return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer = Answer(scope["path"], self.framing, send)
        try:
            self._admit(scope)
            body = await _body(receive)
            if body is None:
                return None  # the client has left
            if scope["method"] not in SAFE:
                value = read_json(body)
                self.check(scope["path"], value)
                self.admission.admit(scope["path"], visitor_of(scope))
                if scope["path"].rstrip("/") == JOINED and isinstance(value, dict):
                    LISTENERS.joined(str(value.get("session_hash")))
                body = orjson.dumps(value)  # what was looked at is what Gradio reads
            else:
                self.admission.admit_file(scope["path"], visitor_of(scope))
        except (Refused, BadRequestError) as error:
            return await _refusal(error, scope["path"])(scope, receive, answer)
        try:
            if scope["path"] in UNASKED:
                scope = {**scope, "query_string": b""}
            with LISTENERS.listening(_session(scope)):
                await self.app(scope, _replayed(body, receive), answer)
        except asyncio.CancelledError:  # the server stops: uvicorn would log a fault, and say nothing
            if not answer.begun:
                return await cut_off(scope["path"])(scope, receive, answer)
            if scope["path"].rstrip("/") != STREAM:  # the page waits for the server when its stream breaks
                await answer.end()
        except Exception as error:
            if not answer.streams:
                raise
            log.info("a stream ended: %s", error)  # Gradio has said so in the stream, and raises it again
            await answer.end()
        finally:
            if scope["method"] in SAFE:
                self.admission.sent(visitor_of(scope), answer.sent)
        return None

    def _admit(self, scope: Scope) -> None:
        """Let a request pass by its headers. Raises Refused."""
        headers, path = Headers(scope=scope), scope["path"]
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.settings.answers_to(host):
            raise Refused(
                403, f"This server is not “{host[:80]}”. If it should answer to that name, add it to EXPLORER_HOSTS."
            )
        if scope["method"] not in (*SAFE, "POST"):
            raise Refused(405, "This server answers GET, HEAD and POST.")
        known = path.removesuffix("/") in OPEN or path == "/" or path.startswith(OPEN_FOLDERS)
        if not known or len(path) > MAX_PATH or any(each < " " for each in path):
            if path.startswith("/gradio_api/"):
                raise Refused(403, "This page takes no files, serves none and does not use this part of Gradio.")
            raise Refused(404, "There is nothing at this address.")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 20 and int(length) <= MAX_BODY):
            raise Refused(413, f"A request may hold at most {MAX_BODY} bytes.")
        if scope["method"] in SAFE:
            return
        own = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if not (own if origin is None else self.settings.trusts(origin, host)):
            raise Refused(
                403,
                "Another site's page may not send to this server. If it is yours, add its name to EXPLORER_HOSTS.",
            )
        if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise Refused(415, "Send JSON, with the content type application/json.")


def _refusal(error: Refused | BadRequestError, path: str) -> JSONResponse:
    """A function of the page answers in the page's own form, which asks again by itself; a program's request as RFC
    9457 has it; all else by a status."""
    status, after = (error.status, error.after) if isinstance(error, Refused) else (400, None)
    headers = {} if after is None else {"Retry-After": str(after)}
    if after is not None and path.rstrip("/") == FUNCTIONS:
        return JSONResponse(error_answer(BusyError(str(error))), headers=headers)
    if path.startswith("/api/"):
        said = {"type": "about:blank", "title": "Refused", "status": status, "detail": str(error)}
        return JSONResponse(said, status, headers, "application/problem+json")
    return JSONResponse({"detail": str(error)}, status, headers)


def _framing(ancestors: tuple[str, ...]) -> dict[str, str]:
    """The headers that say who may show the page within theirs."""
    policy = {"Content-Security-Policy": CSP + " ".join(ancestors)}
    old = {"'self'": "SAMEORIGIN", "'none'": "DENY"}.get(" ".join(ancestors))  # it knows no list
    return policy | ({"X-Frame-Options": old} if old else {})


def _session(scope: Scope) -> str:
    """The session that an event stream is opened for; nothing for any other request."""
    path = scope["path"].rstrip("/")
    if path == STREAM:
        return QueryParams(scope["query_string"]).get("session_hash", "")
    if scope["method"] == "GET" and path.startswith(CALLED):
        return path.rpartition("/")[2]  # an event's name, which is its session's
    return ""


async def _body(receive: Receive) -> bytes | None:
    """The whole body, no more of it than `MAX_BODY` held; None where the client left. Raises Refused."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Refused(413, f"A request may hold at most {MAX_BODY} bytes.")
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """`receive` with the body that was read already, in one piece."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


class Answer:
    """`send`, with the headers of a closed page; it knows how far the answer is."""

    def __init__(self, path: str, framing: Mapping[str, str], send: Send) -> None:
        self.path = path
        self.framing = framing
        self.send = send
        #: whether an event stream has begun and not ended
        self.streams = False
        self.begun = False
        self.sent = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            out = MutableHeaders(scope=message)
            kind = out.get("content-type", "")
            self.streams = kind.startswith("text/event-stream")
            out["X-Content-Type-Options"] = "nosniff"
            if not kind.startswith(PARTS):
                out.update(self.framing)
                out["Referrer-Policy"] = "same-origin"
            if self.path in UNASKED:  # its root is that of the address by which it was asked for
                out["Cache-Control"] = "private, no-cache"
            if NAMED.fullmatch(self.path) and message["status"] == 200:
                out.setdefault("Cache-Control", ALWAYS["Cache-Control"])
            if self.path.startswith("/explorer/"):
                out.setdefault(
                    "Cache-Control", "no-cache"
                )  # small files, revalidated by ETag: a new version is seen at once
        elif self.streams:
            body = in_words(message.get("body", b""))
            if self.path.rstrip("/") == STREAM and body != message.get("body", b""):
                return  # the page knows by its broken stream alone that it must wait
            message = {**message, "body": body}
            self.streams = bool(message.get("more_body"))
        self.sent += len(message.get("body", b""))
        await self.send(message)

    async def end(self) -> None:
        if self.streams:
            await self({"type": "http.response.body", "body": b"", "more_body": False})
