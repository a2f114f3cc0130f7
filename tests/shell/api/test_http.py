"""The operations and panels over HTTP: documented, typed, and in the page's own words."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import pytest

from explorer.fetching.progress import silent
from explorer.panels import panels
from explorer.shell import at_work
from explorer.shell.api import drawing, measurements, routes, turns
from explorer.shell.api.operations import OPERATIONS
from explorer.shell.api.requests import PanelRequest
from explorer.shell.envelope import programs
from explorer.shell.jobs import worker
from explorer.shell.jobs.line import Line
from explorer.shell.jobs.order import Order
from explorer.shell.run_line import Going
from explorer.zoo.model import Model
from tests.shell.api.served import served
from tests.shell.forms import misfit
from tests.shell.loops import finish

TEXT = "The capital of France is"
SMALL = {"model": "six-kinds-dense", "text": "The sea is"}


@asynccontextmanager
async def opened() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(served())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=120) as client:
        yield client


def asked(*requests: tuple[str, str, Any]) -> list[httpx.Response]:
    """The answers to (method, path, body) in turn."""

    async def go() -> list[httpx.Response]:
        async with opened() as client:
            return [await client.request(method, "/api/v1" + path, json=body) for method, path, body in requests]

    return finish(go())


def test_all_operations_and_panels_are_routes_and_no_others() -> None:
    paths = {route.path for route in routes.create().routes}  # pyright: ignore[reportAttributeAccessIssue]
    assert paths == {
        *(f"/{name}" for name in OPERATIONS), *(f"/panels/{name}" for name in panels()),
        *("/models", "/panels", "/measurements/{name}", "/docs", "/openapi.json"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "why"),
    [
        ("POST", "/lens", {"text": "a", "model": "nowhere"}, 404, "no model"),
        ("POST", "/lens", {"text": "a", "model": "<script>alert(1)</script>"}, 404, "no model"),
        ("POST", "/lens", {}, 400, "no text"),
        ("POST", "/lens", {"text": "a", "top": 0}, 400, "greater than or equal to 1"),
        ("POST", "/lens", [1], 400, "valid dictionary"),
        ("POST", "/trace", {"text": "word " * 2100}, 413, "limit is 2,048"),
        ("POST", "/panels/routing", {"text": "a"}, 200, "dense model"),
        ("POST", "/panels/walk", {"text": "a", "views": ["nothing"]}, 400, "There is no view"),
        ("POST", "/panels/heads_and_causes", {"text": "a"}, 400, "scatter"),
        ("GET", "/measurements/none", None, 404, "no measurement"),
        ("GET", "/nothing", None, 404, "nothing at this address"),
        ("GET", "/lens", None, 405, "Not"),
        ("DELETE", "/lens", None, 405, "GET, HEAD and POST"),
        ("POST", "/lens?wait=x", {"text": "a", "interventions": ["bad"]}, 400, "not an intervention"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_problem_with_a_sentence(
    model: Model, method: str, path: str, body: Any, status: int, why: str
) -> None:
    (answer,) = asked((method, path, body))
    assert answer.status_code == status
    assert why in answer.text
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    assert "Traceback" not in answer.text


def test_a_mistake_of_our_own_is_told_without_its_details(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(turns, "Going", broken)
    (answer,) = asked(("POST", "/trace", {"text": "a"}))
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_views_as_lists_and_packed_are_the_same_numbers(model: Model) -> None:
    wish = {"text": TEXT, "views": ["norms"], "focus": {"position": 2}}
    lists, packed = asked(
        ("POST", "/panels/residual_stream", wish), ("POST", "/panels/residual_stream?encoding=packed", wish)
    )
    one, other = (each.json()["views"]["norms"] for each in (lists, packed))
    block = other["data"]["stream"]
    flat = np.frombuffer(base64.b64decode(block["b64"]), "<f4").reshape(block["shape"])
    assert np.array_equal(np.array(one["data"]["stream"], np.float32), flat)
    assert one["checks"] == other["checks"] != []
    assert lists.json()["focus"]["position"] == 2
    assert "panel=residual_stream" in lists.json()["link"]


class InThisProcess:
    """Jobs without a process of their own."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.go = False

    def watch(self, orders: Sequence[Order], session: str, visitor: str) -> InThisProcess:
        self.orders = orders
        return self

    async def news(self, listened: Callable[[], bool]) -> AsyncIterator[dict[str, dict[str, Any]]]:
        while not self.go:
            yield {each.view: {"state": "running", "stage": "Count", "done": 1, "total": 2} for each in self.orders}
            await asyncio.sleep(0.01)
        for each in self.orders:
            self.kept[each.key] = worker.measure(each, silent)
        yield {each.view: {"state": "done"} for each in self.orders}

    def at_hand(self, order: Order) -> dict[str, Any]:
        return json.loads(self.kept[order.key])


def test_a_heavy_view_is_waited_for_under_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = InThisProcess()
    monkeypatch.setattr(measurements, "jobs", lambda: jobs)

    async def go() -> tuple[httpx.Response, ...]:
        async with opened() as client:
            wish = {**SMALL, "views": ["scatter"]}
            begun = await client.post("/api/v1/panels/heads_and_causes", json=wish)
            still = await client.get(begun.headers["location"], params={"wait": 0.2})
            jobs.go = True
            return begun, still, await client.get(begun.headers["location"], params={"wait": 60})

    begun, still, done = finish(go())
    assert begun.status_code == still.status_code == 202
    assert begun.json()["location"] == begun.headers["location"]
    assert still.json()["views"]["scatter"] == {
        "state": "running", "place": 0, "stage": "Count", "done": 1, "total": 2, "left": None,
    }  # fmt: skip
    assert done.status_code == 200
    assert done.json()["views"]["scatter"]["checks"]
    assert done.json()["key"] == "model=six-kinds-dense&text=The%20sea%20is"
    assert not misfit(done.json(), programs.Drawn)


def test_a_measurement_that_nobody_waits_for_has_failed_when_one_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class GivenUp(InThisProcess):
        async def news(self, listened: Callable[[], bool]) -> AsyncIterator[dict[str, dict[str, Any]]]:
            yield {each.view: {"state": "running"} for each in self.orders}

    monkeypatch.setattr(measurements, "jobs", GivenUp)

    async def go() -> httpx.Response:
        async with opened() as client:
            wish = {**SMALL, "views": ["scatter"]}
            return await client.post("/api/v1/panels/heads_and_causes", json=wish, params={"wait": 5})

    answer = finish(go())
    assert answer.status_code == 408, "an answer without numbers is none"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The measurement stopped because no client asked for it."


def test_one_who_waits_is_still_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """`?wait=60` ended its own measurement after half of it: only the beginning of the wait counted as a question."""
    monkeypatch.setattr(measurements, "PATIENCE", 0.3)

    class Long(InThisProcess):
        async def news(self, listened: Callable[[], bool]) -> AsyncIterator[dict[str, dict[str, Any]]]:
            began = time.monotonic()
            while listened() and time.monotonic() - began < 1.5:
                yield {each.view: {"state": "running"} for each in self.orders}
                await asyncio.sleep(0.01)
            if listened():
                self.go = True
                async for said in super().news(listened):
                    yield said

    jobs = Long()
    monkeypatch.setattr(measurements, "jobs", lambda: jobs)

    async def go() -> httpx.Response:
        async with opened() as client:
            wish = {**SMALL, "views": ["scatter"]}
            return await client.post("/api/v1/panels/heads_and_causes", json=wish, params={"wait": 60})

    answer = finish(go())
    assert answer.status_code == 200
    assert answer.json()["views"]["scatter"]["checks"]

    async def leave() -> None:
        wished = PanelRequest.model_validate({**SMALL, "views": ["scatter"]})
        jobs.go = False
        begun = await drawing.draw(panels()["heads_and_causes"], wished)
        assert isinstance(begun, measurements.Measurement)

        async def gone() -> bool:
            return True

        assert not await begun.wait(60, gone)
        await asyncio.sleep(0.5)
        assert begun.over, "whoever has left does not ask"

    finish(leave())


@pytest.mark.parametrize(("name", "status"), [("TimeUpError", 408), ("JobError", 500), ("NotFiniteError", 422)])
def test_a_view_that_failed_is_no_answer(name: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(InThisProcess):
        async def news(self, listened: Callable[[], bool]) -> AsyncIterator[dict[str, dict[str, Any]]]:
            error = {"name": name, "message": "It failed.", "hint": "Try less.", "facts": {"seconds": 9}}
            yield {each.view: {"state": "failed", "error": error} for each in self.orders}

    monkeypatch.setattr(measurements, "jobs", Failing)
    (answer,) = asked(("POST", "/panels/contrastive_search?wait=5", {**SMALL, "views": ["steps", "likeness"]}))
    said = answer.json()
    assert (answer.status_code, said["status"], said["detail"]) == (status, status, "It failed.")
    assert said["hint"].startswith("Try less. The other views that you named are kept")
    assert said["facts"] == {"seconds": 9}


def of_visitor(address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(served(), client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60)


def test_one_programs_runs_keep_no_other_out(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seventeen runs of one visitor shut the door for all, for `tokenize` too; and a program took turns with the whole
    line of the page, whoever stood in it."""
    line, end, order = Line(1, 12, math.inf, share=6), threading.Event(), list[str]()
    monkeypatch.setattr(at_work, "runs", lambda: line)

    async def crowd() -> None:
        async with of_visitor("203.0.113.1") as one, of_visitor("203.0.113.2") as other:
            held = Going(lambda _: end.wait(30))
            page = [Going(lambda _, n=n: order.append(f"page {n}"), f"visitor {n}") for n in range(3)]
            many = [asyncio.create_task(one.post("/api/v1/generate", json={"text": f"{n}"})) for n in range(17)]
            await asyncio.sleep(1)
            assert line.whose().count("203.0.113.1") == 6
            cut = await other.post("/api/v1/tokenize", json={"text": "Hello"})
            assert cut.json()["n_tokens"] == 1, "it needs no model"
            listed = [await other.get(f"/api/v1/{name}") for name in ("models", "panels")]
            assert [each.status_code for each in listed] == [200, 200]
            theirs = asyncio.create_task(other.post("/api/v1/trace", json={"text": "A text that nobody has run"}))
            async with asyncio.timeout(30):
                while "203.0.113.2" not in line.whose():  # whether its run is at hand is looked up in a thread
                    await asyncio.sleep(0.02)
            assert line.whose()[:5] == [*(f"visitor {n}" for n in range(3)), "203.0.113.1", "203.0.113.2"]
            end.set()
            assert (await theirs).status_code == 200
            codes = [each.status_code for each in await asyncio.gather(*many)]
            assert (codes.count(200), codes.count(429)) == (6, 11)
            assert order == ["page 0", "page 1", "page 2"]
            assert all(each.made.done() for each in (held, *page))

    finish(crowd())


def test_a_crowd_is_told_to_come_again(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(1, 3, 30.0)
    monkeypatch.setattr(at_work, "runs", lambda: line)

    async def crowd() -> list[int]:
        async with opened() as client:
            end, asked = threading.Event(), {"text": "Many ask at once for what nobody has run"}
            Going(lambda _: end.wait(30))  # nobody's turn comes before all have asked
            asyncio.get_running_loop().call_later(3, end.set)
            found = await asyncio.gather(*(client.post("/api/v1/trace", json=asked) for _ in range(9)))
            assert all(each.headers.get("retry-after") for each in found if each.status_code == 429)
            return [each.status_code for each in found]

    codes = finish(crowd())
    assert (codes.count(200), codes.count(429)) == (3, 6)


def test_who_leaves_is_not_worked_for(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    async def gone() -> bool:
        return True

    def work(progress: Callable[[str, int, int], None]) -> None:
        import time

        for _ in range(600):
            time.sleep(0.01)
            try:
                progress("Count", 0, 1)
            except BaseException as error:
                heard.append(type(error).__name__)
                raise

    async def leave(gone: Callable[[], Awaitable[bool]]) -> None:
        with pytest.raises(Exception, match=r"^$|line"):
            await turns.turn(work, gone)

    finish(leave(gone))
    assert heard in (["Stopped"], [])
