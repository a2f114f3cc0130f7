"""Answers are written as JSON and compressed in threads of their own: the event loop, which is all visitors', goes on.

A light view of 400 kB took the loop 25 ms, and seventy of them kept /healthz waiting for as long as a second. Brotli at
the quality that Gradio takes for its files is also smaller and several times as quick on such answers as gzip.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import brotli
import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")
#: both release the interpreter while they compress
_THREADS = ThreadPoolExecutor(2, "explorer-packing")
#: whose answers are packed here: the page's functions, and what programs ask
ADDRESSES = ("/gradio_api/component_server", "/api/", "/mcp")
#: bytes that are not worth it
FEW = 1024
BROTLI, GZIP = 4, 3


def accepts(said: str, coding: str) -> bool:
    """Whether an Accept-Encoding names a coding, unless with the weight 0.

    >>> accepts("gzip, deflate, br", "br"), accepts("gzip, br;q=0", "br"), accepts("brotli", "br")
    (True, False, False)
    """
    return re.search(rf"\b{coding}\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", said) is not None


async def packing(work: Callable[[], T]) -> T:
    """What `work` returns, of a thread that packs."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


async def as_json(answer: object) -> Response:
    """An answer of the page's functions."""
    return Response(await packing(lambda: orjson.dumps(answer)), media_type="application/json")


class Packing:
    """ASGI middleware; what stands behind it is asked for everything unpacked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(ADDRESSES):
            return await self.app(scope, receive, send)
        said = Headers(scope=scope).get("accept-encoding", "")
        coding = next((each for each in ("br", "gzip") if accepts(said, each)), "")
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, _Answer(coding, send) if coding else send)
        return None


class _Answer:
    """`send` for one answer: it waits for the whole of it, where it is JSON or a page."""

    def __init__(self, coding: str, send: Send) -> None:
        self.coding, self.send = coding, send
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _worth(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._end({**self.start, "headers": list(self.start["headers"])}, bytes(self.body))

    async def _end(self, start: Message, body: bytes) -> None:
        packed = await packing(lambda: compressed(body, self.coding))
        out = MutableHeaders(scope=start)
        out["Content-Encoding"], out["Content-Length"] = self.coding, str(len(packed))
        out["Vary"] = "Accept-Encoding"  # once: what stands behind may have said it too
        await self.send(start)
        await self.send({"type": "http.response.body", "body": packed, "more_body": False})


def compressed(body: bytes, coding: str) -> bytes:
    """The answer as it travels."""
    return brotli.compress(body, quality=BROTLI) if coding == "br" else gzip.compress(body, GZIP, mtime=0)


def _worth(start: Message) -> bool:
    """Whether the whole is there at once and gets smaller."""
    headers = Headers(raw=start["headers"])
    kind, length = headers.get("content-type", ""), int(headers.get("content-length", 0))
    return length >= FEW and kind.startswith(("application/", "text/html")) and "content-encoding" not in headers
