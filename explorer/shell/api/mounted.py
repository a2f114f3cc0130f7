"""Where programs reach the server: `/api/v1` and `/mcp`, each made when it is first asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from explorer.shell.process.made_once import made_once


class Lazily:
    """An ASGI application that is made by its first request, in a thread: the page does not wait for it."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = threading.Lock()

    def made(self) -> ASGIApp:
        """The application."""
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._made or await asyncio.to_thread(self.made)
        await app(scope, receive, send)


def mount(app: FastAPI) -> None:
    """Add both to the server's application."""
    from starlette.responses import RedirectResponse
    from starlette.routing import Route

    app.router.routes.append(Route("/api/v1", RedirectResponse("/api/v1/docs")))
    app.mount("/api/v1", Lazily(_http))
    app.router.routes.append(Route("/mcp", Lazily(_mcp)))  # its own address has nothing behind it


def prepare() -> None:
    """Make what the first program would wait for: the routes, and their description by another process."""
    from explorer.shell.api.made_ahead import make_ahead

    make_ahead(_http())


@made_once
def _http() -> FastAPI:
    from explorer.shell.api.routes import create

    return create()


def _mcp() -> ASGIApp:
    from explorer.shell.api.mcp import Served

    return Served()
