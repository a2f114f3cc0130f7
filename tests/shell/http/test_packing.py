"""Answers are written and compressed in other threads than the event loop's."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import brotli
import httpx
import orjson
import pytest
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from explorer.shell.api import encoding, routes
from explorer.shell.http import packing
from explorer.shell.http.packing import Packing
from explorer.shell.page import events, quick_line
from tests.shell.loops import finish

FUNCTION = "/gradio_api/component_server/"
ANSWER: dict[str, Any] = {"kind": "views", "data": {"dtype": "f4", "shape": [1800], "b64": "AACAPwAAAD8A" * 800}}


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Those in which something is written as JSON or compressed."""
    seen: set[int] = set()

    def noted(owner: Any, name: str) -> None:
        plain = getattr(owner, name)

        def work(*given: Any, **named: Any) -> Any:
            seen.add(threading.get_ident())
            return plain(*given, **named)

        monkeypatch.setattr(owner, name, work)

    noted(packing, "compressed")
    noted(encoding, "unpacked")
    noted(orjson, "dumps")
    return seen


def asked(app: FastAPI, path: str, coding: str = "gzip, br", send: dict[str, Any] | None = None) -> httpx.Response:
    """What is answered, in a loop of this thread."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(path, json=send or {}, headers={"accept-encoding": coding})

    return finish(ask())


def answering(path: str, answer: Callable[..., Awaitable[Any]]) -> FastAPI:
    app = FastAPI()
    app.add_api_route(path, answer, methods=["POST"], response_model=None)
    app.add_middleware(Packing)
    return app


@pytest.mark.parametrize(("coding", "how"), [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)])
def test_a_light_view_is_packed_beside_the_loop(
    threads: set[int], monkeypatch: pytest.MonkeyPatch, coding: str, how: str | None
) -> None:
    async def drawn(*_: object) -> dict[str, Any]:
        return ANSWER

    monkeypatch.setattr(quick_line, "render", drawn)
    monkeypatch.setattr(events, "whose", lambda _: "")

    async def render(visitor: Request) -> Any:
        return await events.render("{}", visitor)  # pyright: ignore[reportArgumentType]

    answer = asked(answering(FUNCTION, render), FUNCTION, coding)
    assert answer.json() == ANSWER
    assert answer.headers.get("content-encoding") == how
    assert threads
    assert threading.get_ident() not in threads


def test_a_programs_panel_is_packed_beside_the_loop(threads: set[int]) -> None:
    async def draw(visitor: Request) -> Any:
        return await routes._drawn(ANSWER, 0.0, "lists", visitor)  # pyright: ignore[reportArgumentType]

    answer = asked(answering("/api/v1/panels/x", draw), "/api/v1/panels/x")
    assert len(answer.json()["data"]) == 1800
    assert threads
    assert threading.get_ident() not in threads


def test_a_stream_goes_on_as_it_comes() -> None:
    async def streamed() -> StreamingResponse:
        return StreamingResponse(iter([b"data: 1\n\n", b"data: 2\n\n"]), media_type="text/event-stream")

    answer = asked(answering("/api/v1/stream", streamed), "/api/v1/stream")
    assert "content-encoding" not in answer.headers
    assert answer.text == "data: 1\n\ndata: 2\n\n"


def test_what_is_compressed_is_the_answer() -> None:
    body = b"attention " * 500
    assert (
        brotli.decompress(packing.compressed(body, "br")) == gzip.decompress(packing.compressed(body, "gzip")) == body
    )
