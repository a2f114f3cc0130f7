"""The end of the server: it hears no more, lets open requests go on for a while, and tells those that are left.

A program that waits for its turn is told at once: its turn will not come. The others have some seconds; uvicorn cancels
their tasks then and goes. Whose answer has not begun gets a 503 and a sentence; into an event stream
Gradio writes the words of the cancellation, in whose place a program finds the same sentence. The page's stream breaks
off without a word: then the page says it itself, and waits until the server is back.
"""

from __future__ import annotations

import asyncio
import re
import socket

from starlette.responses import JSONResponse
from uvicorn import Server

#: what those are told whom the end cuts off
SAID = "The connection was lost: the server stops. It may be back in a moment."
#: seconds after which it is worth to ask again
SOON = 15
#: seconds in which the last words go out
LAST = 1.0
_CANCELLED = re.compile(rb'"(?:Cancelled via cancel scope|Task cancelled, timeout)[^"]*"')


class Stopping:
    """Whether this process's server was told to stop: who waits for their turn by then is told so at once."""

    def __init__(self) -> None:
        self.begun = False


STOPPING = Stopping()


class Ending(Server):
    """uvicorn's server, which waits until those whom it cuts off have their last words."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        STOPPING.begun = True
        try:
            await super().shutdown(sockets)
            until = asyncio.get_running_loop().time() + LAST
            while self.server_state.tasks and asyncio.get_running_loop().time() < until:
                await asyncio.sleep(0.02)
        finally:
            STOPPING.begun = False


def cut_off(path: str) -> JSONResponse:
    """The answer to a request that the end has cut off."""
    headers = {"Retry-After": str(SOON), "Connection": "close"}
    if path.startswith("/api/"):
        said = {"type": "about:blank", "title": "Unavailable", "status": 503, "detail": SAID}
        return JSONResponse(said, 503, headers, "application/problem+json")
    return JSONResponse({"detail": SAID}, 503, headers)


def in_words(event: bytes) -> bytes:
    """An event of a stream, without the words of a cancellation.

    >>> in_words(b'data: {"message":"Cancelled via cancel scope 7f by <Task>","success":false}')
    b'data: {"message":"The connection was lost: the server stops. It may be back in a moment.","success":false}'
    """
    return _CANCELLED.sub(f'"{SAID}"'.encode(), event)
