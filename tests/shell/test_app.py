"""The server as a process: it answers while all threads are busy, and it ends when it is told to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from explorer.shell.app import GRACE_S
from tests.shell.started import Started

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    server = Started(tmp_path / "log")
    yield server
    server.end()


@pytest.mark.thorough
def test_an_idle_stream_does_not_hold_the_end(started: Started) -> None:
    with httpx.Client(base_url=started.address, timeout=60) as client:
        events = client.get("/config").json()["dependencies"]
        restore = next(each["id"] for each in events if each["api_name"] == "restore")
        stream = "/gradio_api/queue/data?session_hash=idle"
        wish = {"data": [""], "fn_index": restore, "session_hash": "idle"}
        assert client.post("/gradio_api/queue/join", json=wish).is_success
        assert "close_stream" in client.get(stream).text

        ended = threading.Event()

        def listen() -> None:
            with (
                contextlib.suppress(httpx.HTTPError),
                httpx.stream("GET", started.address + stream, timeout=60) as answer,
            ):
                answer.read()
            ended.set()

        threading.Thread(target=listen, daemon=True).start()
        time.sleep(1)
        assert not ended.is_set(), "the stream waits for the next event of its session"
        began = time.monotonic()
        started.process.send_signal(signal.SIGTERM)
        started.process.wait(60)
        assert time.monotonic() - began < GRACE_S + 5
    assert ended.wait(10)
    assert started.process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in started.log.read_text()


@pytest.mark.thorough
def test_the_health_check_waits_for_no_thread() -> None:
    program = """
import anyio, httpx
from explorer.shell.app import create_app

async def ask():
    limiter = anyio.to_thread.current_default_thread_limiter()
    for _ in range(int(limiter.total_tokens)):
        await limiter.acquire_on_behalf_of(object())
    with anyio.fail_after(20):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app())) as client:
            print((await client.get("http://localhost/healthz")).status_code)

anyio.run(ask)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["200"], done.stderr


@pytest.mark.thorough
def test_a_crowd_that_comes_at_once_is_not_turned_away_by_gradio() -> None:
    """A line of eight, thus 32 events, and nobody serves them: forty come in before one is there; the next waits."""
    program = """
import anyio, httpx
from explorer.shell.app import create_app

async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url="http://localhost") as client:
        events = (await client.get("/config")).json()["dependencies"]
        event = next(each for each in events if each["api_name"] == "dispatch")
        call = {"data": ["{}"] + [1] * (len(event["inputs"]) - 1), "fn_index": event["id"]}

        async def join(n):
            answer = await client.post("/gradio_api/queue/join", json=call | {"session_hash": str(n)})
            print(answer.status_code, answer.headers.get("retry-after", ""))

        async with anyio.create_task_group() as crowd:
            for n in range(40):
                crowd.start_soon(join, n)
        await join(40)

anyio.run(ask)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "EXPLORER_QUEUE": "8"},
    )  # fmt: skip
    assert done.stdout.split() == ["200"] * 40 + ["429", "15"], done.stderr
