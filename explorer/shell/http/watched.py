"""Every request is counted and timed, and in JSON logs written down: by its route's name, never by what it says."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.shell.process import metrics
from explorer.shell.process.logs import EVENTS

#: of these there are a hundred for each visit, or one every few seconds: they are counted, and not written down
UNWRITTEN = ("files", "healthz", "readyz", "metrics")


class Watched:
    """Pure ASGI middleware, outermost, so that what is refused counts too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        route, began, status = metrics.route_of(scope["path"]), time.perf_counter(), 0

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                metrics.SECONDS.labels(route).observe(time.perf_counter() - began)
            await send(message)

        try:
            return await self.app(scope, receive, seen)
        finally:  # 0: the client had left before there was an answer
            metrics.REQUESTS.labels(route, str(status)).inc()
            if status in (403, 429):
                metrics.REFUSED.labels(str(status)).inc()
            if route not in UNWRITTEN:
                spent = round(1e3 * (time.perf_counter() - began), 1)
                EVENTS.info("request", extra={"route": route, "status": status, "ms": spent})
