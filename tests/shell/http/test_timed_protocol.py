"""Slow requests, by a socket: headers and bodies that do not come are waited for, but not for long."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from explorer.shell.bounds import Bounds
from explorer.shell.http.admission import Admission
from explorer.shell.http.middleware import MAX_BODY, Guard
from explorer.shell.http.timed_protocol import TimedProtocol
from explorer.shell.settings import Settings

HEAD = b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
PATIENCE_S = 0.6


class Quick(TimedProtocol):
    patience_s = PATIENCE_S


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(str(len(await Request(scope, receive).body())))(scope, receive, send)


@pytest.fixture(scope="module")
def server() -> Iterator[uvicorn.Server]:
    guard = Guard(application, Settings(), lambda path, body: None, Admission(Bounds()))
    config = uvicorn.Config(guard, port=0, log_level="error", loop="asyncio", http=Quick, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def port(server: uvicorn.Server) -> int:
    return server.servers[0].sockets[0].getsockname()[1]


def answered(port: int, first: bytes, drip: bytes = b"") -> tuple[bytes, float]:
    """What comes back until the server closes, and after how long; `drip` is sent over and over."""
    with socket.create_connection(("127.0.0.1", port)) as there:
        began, got = time.monotonic(), b""
        there.sendall(first)
        there.settimeout(0.05)
        while time.monotonic() - began < 20:
            try:
                if not (more := there.recv(4096)):
                    break
                got += more
            except TimeoutError:
                if drip:
                    try:
                        there.sendall(drip)
                    except OSError:
                        break
            except ConnectionError:
                break
        return got, time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "drip", "status"),
    [
        (b"GET / HT", b"", b"408"),
        (GET, b"X: y\r\n", b"408"),
        (HEAD + b"Content-Length: 100\r\n\r\n{", b"", b"408"),
        (HEAD + b"Content-Length: 100000\r\n\r\n{", b" ", b"408"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", b"408"),
        (GET + b"Content-Length: 9\r\n\r\n{", b"", b"408"),
        (HEAD + b"Content-Length: 99999999\r\n\r\n{", b" ", b"413"),
        (HEAD.replace(b"queue/join", b"upload") + b"Content-Length: 9999\r\n\r\n{", b" ", b"403"),
        (b"", b"", b""),
    ],
    ids=[
        "header",
        "header drips",
        "body",
        "body drips",
        "chunks drip",
        "body of a GET",
        "too long",
        "refused",
        "nothing",
    ],
)
def test_a_request_that_does_not_come_is_closed(port: int, first: bytes, drip: bytes, status: bytes) -> None:
    got, took = answered(port, first, drip)
    assert got[9:12] == status
    assert PATIENCE_S * 0.9 < took < PATIENCE_S + 8


def test_the_second_request_of_a_connection_has_the_same_time(port: int) -> None:
    got, took = answered(port, GET + b"\r\n" + HEAD + b"Content-Length: 10\r\n\r\n{")
    assert b"200 OK" in got
    assert b"408" in got
    assert took < PATIENCE_S + 8


def test_a_whole_request_is_not_hurried(port: int) -> None:
    """The connection stays open for the next one for as long as uvicorn keeps it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(3):
        connection.request("GET", "/healthz")
        there = connection.sock
        assert connection.getresponse().read() == b"0"
        assert connection.sock is there
        time.sleep(PATIENCE_S * 1.5)
    connection.close()


def test_a_connection_that_a_balancer_keeps_is_not_closed_before_it(server: uvicorn.Server, port: int) -> None:
    """A minute passes on the server's clock. Closed on its side, the balancer's next request would be lost with it."""
    connection, loop = http.client.HTTPConnection("127.0.0.1", port, timeout=20), server.servers[0].get_loop()
    connection.request("GET", "/healthz")
    there = connection.sock
    assert connection.getresponse().read() == b"0"
    pytest.MonkeyPatch().setattr(loop, "time", lambda: time.monotonic() + 61)  # and never back: timers have been set
    passed = threading.Event()
    loop.call_soon_threadsafe(loop.call_later, 0.01, passed.set)
    assert passed.wait(10)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"0"
    assert connection.sock is there
    connection.close()


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY - 2, b"200"), (MAX_BODY + 1, b"413"), (40 * MAX_BODY, b"413")])
def test_bodies_without_a_length_are_counted(port: int, size: int, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as there:
        there.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        content = b'"' + b"a" * size + b'"'
        # Who is refused may find the door shut while still speaking; the answer is there all the same.
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(content), 1 << 16):
                chunk = content[start : start + (1 << 16)]
                there.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            there.sendall(b"0\r\n\r\n")
        there.settimeout(20)
        assert there.recv(4096)[9:12] == status
