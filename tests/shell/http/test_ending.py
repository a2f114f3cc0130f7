"""Whom the server's end cuts off: they are told so, in a sentence and with the status that says come again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Config, Server

from explorer.errors import UnavailableError
from explorer.shell import at_work
from explorer.shell.api import turns
from explorer.shell.api.problems import problem
from explorer.shell.bounds import Bounds
from explorer.shell.http.admission import Admission
from explorer.shell.http.ending import SAID, Ending
from explorer.shell.http.middleware import Guard
from explorer.shell.jobs.line import LOOK, Line
from explorer.shell.settings import Settings
from tests.conftest import free_port
from tests.shell.loops import finish


async def events() -> AsyncIterator[str]:
    """As Gradio does: the words of what has ended it are an event."""
    try:
        yield 'data: {"msg":"estimation"}\n\n'
        await asyncio.sleep(60)
    except BaseException as error:
        yield f'data: {{"msg":"unexpected_error","message":"{error}"}}\n\n'
        raise


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"].startswith("/gradio_api"):
        await StreamingResponse(events(), media_type="text/event-stream")(scope, receive, send)
    await asyncio.sleep(60)


@pytest.fixture
def ended() -> Iterator[tuple[str, Ending]]:
    guard = Guard(slow, Settings(), lambda *_: None, Admission(Bounds()))
    port = free_port()
    config = Config(guard, port=port, log_config=None, lifespan="off", timeout_graceful_shutdown=0)
    server = Ending(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}", server
    thread.join(20)
    assert not thread.is_alive()


def test_who_waits_or_is_worked_for_is_told(ended: tuple[str, Ending], caplog: pytest.LogCaptureFixture) -> None:
    """A running visitor read “Cancelled via cancel scope 7f9b22528180 by <Task …”, a waiting one “Internal Server
    Error”."""
    address, server = ended
    stream = "/gradio_api/call/trace/1"
    with ThreadPoolExecutor(3) as threads:
        posts = [threads.submit(httpx.post, address + path, json={}, timeout=60) for path in ("/api/v1/trace", "/mcp")]
        events = threads.submit(httpx.get, address + stream, timeout=60)
        time.sleep(0.5)
        server.should_exit = True
        program, tool, page = *(each.result() for each in posts), events.result()
    assert (program.status_code, program.headers["content-type"]) == (503, "application/problem+json")
    assert (tool.status_code, tool.headers["retry-after"]) == (503, "15")
    assert program.json()["detail"] == tool.json()["detail"] == SAID
    assert page.text.endswith(f'"unexpected_error","message":"{SAID}"}}\n\n'), "and the stream has an end"
    assert "without starting response" not in caplog.text


def test_the_pages_stream_breaks_off(ended: tuple[str, Ending]) -> None:
    """By that it knows that the server is away: it waits, and goes on by itself. An end would leave it where it was."""
    address, server = ended
    got = bytearray()

    def listen() -> None:
        with httpx.stream("GET", address + "/gradio_api/queue/data?session_hash=s", timeout=60) as answer:
            for part in answer.iter_raw():
                got.extend(part)

    with ThreadPoolExecutor(1) as thread:
        page = thread.submit(listen)
        time.sleep(0.5)
        server.should_exit = True
        with pytest.raises(httpx.RemoteProtocolError):
            page.result()
    assert b"estimation" in got
    assert b"Cancelled" not in got
    assert SAID.encode() not in got


def test_a_program_that_waits_for_its_turn_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It heard after the seconds that those have whose work has begun."""
    line = Line(1, 8, 60.0, "runs")
    monkeypatch.setattr(at_work, "runs", lambda: line)
    ending = Ending(Config(slow, port=free_port(), log_config=None, lifespan="off"))
    begins, goes_on = threading.Event(), threading.Event()

    def work(_: object) -> str:
        begins.set()
        assert goes_on.wait(60)
        return "done"

    async def grace(*_: object) -> None:
        await asyncio.sleep(3 * LOOK)
        goes_on.set()

    async def asked() -> tuple[str, float]:
        monkeypatch.setattr(Server, "shutdown", grace)
        first = asyncio.create_task(turns.turn(work))
        await asyncio.to_thread(begins.wait, 60)
        waits = asyncio.create_task(turns.turn(work))
        await asyncio.sleep(0.1)
        began = time.monotonic()
        over = asyncio.create_task(ending.shutdown())
        with pytest.raises(UnavailableError, match="the server stops"):
            await waits
        told = time.monotonic() - began
        assert not goes_on.is_set(), "the one at work is still at it"
        await over
        return await first, told

    answer, told = finish(asked())
    assert answer == "done"
    assert told < 3 * LOOK
    assert problem(UnavailableError(SAID)).status == 503
