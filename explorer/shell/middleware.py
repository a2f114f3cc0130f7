"""What a stranger's request meets before Gradio does: no uploads, small bodies, and the headers of a closed page."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1 << 20  # bytes of a request; a prompt of 20,000 characters and its settings need a tenth
CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'"
)
CLOSED = ("/gradio_api/upload", "/gradio_api/proxy=", "/gradio_api/stream", "/gradio_api/file=")


class Guard:
    """Pure ASGI middleware, so that event streams pass through unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        if scope["path"].startswith(CLOSED):
            answer = JSONResponse({"detail": "This page takes and serves no files."}, 403)
            return await answer(scope, receive, send)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            answer = JSONResponse({"detail": f"A request may hold at most {MAX_BODY} bytes."}, 413)
            return await answer(scope, receive, send)

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                out["Content-Security-Policy"] = CSP
                out["X-Content-Type-Options"] = "nosniff"
                out["Referrer-Policy"] = "same-origin"
                if scope["path"].startswith("/explorer/"):
                    out["Cache-Control"] = "no-cache"  # small files, revalidated by ETag: a new version is seen at once
            await send(message)

        return await self.app(scope, receive, closed)
