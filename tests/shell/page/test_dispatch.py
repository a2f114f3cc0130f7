"""What the dispatcher answers beside the queue and to strangers, and what it stops doing when nobody waits."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import BusyError
from explorer.shell import at_work, run_line, service
from explorer.shell.jobs.line import Line
from explorer.shell.jobs.order import Stopped
from explorer.shell.jobs.time_limit import TimeLimit
from explorer.shell.page import dispatch, quick_line
from explorer.shell.views import subjects
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.zoo.model import Model
from tests.shell.loops import all_values, finish

QUERY = "model=smollm2-135m&text=The%20capital%20of%20France%20is&new=2&T=0"
SIDEBAR = ("smollm2-135m", "The capital of France is", False, 0, 0, *(each.neutral for each in SETTINGS))
DEEP = '{"a":' * 900 + "1" + "}" * 900


def render(**parts: Any) -> Any:
    wish = {"query": QUERY, "panel": "walk", "views": ["river"], "focus": {"position": 4}, **parts}
    return finish(quick_line.render(json.dumps(wish)))


def last(request: str, *sidebar: Any) -> Any:
    return all_values(lambda: dispatch.dispatch(request, *(sidebar or SIDEBAR)))[-1]


def trace(query: object) -> Any:
    return finish(dispatch.trace(query))


def never(*_: Any, **__: Any) -> Any:
    raise AssertionError("a model was loaded or run")


def test_light_views_of_a_run_at_hand_are_answered_beside_the_queue(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = QUERY + "&do=ablate:20.1"
    service.Explorer().run(query, "walk", {}, {})
    monkeypatch.setattr(zoo, "load", never)
    monkeypatch.setattr(model.bridge, "forward", never)
    answer = render(query=query)
    assert (answer["kind"], list(answer["views"])) == ("views", ["river"])
    assert answer["asked"] == {"position": 4}


def test_a_run_that_is_not_at_hand_is_not_made_beside_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "load", never)
    for query in ("model=smollm2-135m&text=Nobody%20ran%20this", "model=gemma3-270m&text=Hi"):
        assert render(query=query) == {"kind": "gone", "query": query}


def test_a_run_whose_unmodified_twin_has_left_is_not_made_either(model: Model) -> None:
    from explorer.tracing import TraceKey

    key = TraceKey.parse("model=smollm2-135m&text=Twin&do=mlp:3")
    subjects.store().get(model, key)
    assert render(query=key.query())["kind"] == "gone"


def test_heavy_views_are_not_measured_here_but_named_as_pending(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    service.Explorer().run(QUERY, "walk", {}, {})
    monkeypatch.setattr(model.bridge, "forward", never)
    answer = render(panel="heads_and_causes", views=["scatter"])
    assert (answer["kind"], answer["views"], answer["pending"]) == ("views", {}, ["scatter"])
    asked = json.dumps({"action": "views", "query": QUERY, "panel": "heads_and_causes", "views": ["scatter"]})
    assert last(asked)["name"] == "BadRequestError"


@pytest.mark.parametrize(
    "request_",
    [
        f'{{"query": "{QUERY}", "panel": "walk", "views": ["river"], "controls": {DEEP}}}',
        f'{{"query": "{QUERY}", "panel": "walk", "views": ["river"], "controls": {{"\\ud800": "\\udfff"}}}}',
        f'{{"query": "{QUERY}", "action": "\\ud800", "panel": "\\ud800", "views": ["\\ud800"], "focus": {DEEP}}}',
        f'{{"query": "{QUERY}", "focus": {{"layer": "\\ud800"}}, "panel": "walk", "views": ["river"]}}',
        f'{{"query": "{QUERY}", "focus": {{"layer": 1e999}}, "panel": "walk", "views": ["river"]}}',
        f'{{"query": "{QUERY}", "panel": "walk", "views": ["river"], "controls": {{"a": {"9" * 400}}}}}',
        '{"query": "model=\\ud800&text=\\ud800"}',
        '{"query": "model=smollm2-135m&text=Hi&do=\\ud800"}',
        '{"interventions": ["\\ud800", "patch:0:0:0:\\ud800"]}',
        '{"order": ["\\ud800"]}',
        '{"query": 5}',
        "not json",
        "[" * 100_000,
        '"' + "x" * 300_000,
    ],
)
def test_strange_requests_get_an_answer_that_can_be_sent_and_no_line_in_the_log(
    model: Model, request_: str, caplog: pytest.LogCaptureFixture
) -> None:
    import orjson

    with caplog.at_level(logging.WARNING, "explorer"):
        for answer in (last(request_), finish(quick_line.render(request_)), finish(quick_line.source(request_))):
            orjson.dumps(answer)
            assert answer.get("name") != "Error"
    assert not caplog.records


@pytest.mark.parametrize("setting", [None, "x", float("inf"), float("nan"), [1]])
def test_a_setting_that_is_no_number_is_refused(setting: Any) -> None:
    answer = last("{}", *SIDEBAR[:5], setting, *SIDEBAR[6:])
    assert answer["name"] == "BadRequestError"


def test_what_is_too_long_is_refused_wherever_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "load", never)
    query = "model=smollm2-135m&text=" + "x" * 30_000
    answers = [
        last(json.dumps({"query": query})),
        last(json.dumps({"action": "views", "query": query, "panel": "walk", "views": ["river"]})),
        render(query=query),
        trace(query),
    ]
    assert [answer["name"] for answer in answers] == ["PromptTooLongError"] * 4


def test_a_trace_is_answered_or_says_why_not(model: Model, caplog: pytest.LogCaptureFixture) -> None:
    assert trace(QUERY)["nPrompt"] == 5
    for query, name in (("model=nowhere&text=Hi", "UnknownModelError"), ("text=Hi&T=x", "BadRequestError"), (5, "")):
        answer = trace(query)
        assert answer["kind"] == "error"
        assert name in answer["name"]
        assert answer["message"]
    assert not caplog.records


def blocked(then: Callable[[], Awaitable[None]]) -> None:
    """Take the thread for models, do `then`, and let go of it."""
    begun, end = threading.Event(), threading.Event()
    held = at_work.runs().submit(lambda: (begun.set(), end.wait(30)))
    assert begun.wait(30)  # until then it stands in the line itself

    async def go() -> None:
        try:
            await then()
        finally:
            end.set()

    finish(go())
    held.result(30)
    at_work.runs().submit(int).result(30)


def test_what_nobody_waits_for_is_not_begun(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(dispatch, "_answer", lambda *_: begun.append("run"))
    monkeypatch.setattr(service, "made", lambda *_: begun.append("trace"))
    monkeypatch.setattr(dispatch, "NEWS", 0.01)

    async def leave() -> None:
        values = dispatch.dispatch(json.dumps({"query": f"{QUERY}&seed=78"}), *SIDEBAR)
        first: Any = await anext(values)  # Gradio hears from it although the work has not begun
        assert (first["kind"], first["stage"]) == ("status", "In line, place 1 of 1")
        await values.aclose()  # pyright: ignore[reportAttributeAccessIssue]
        asked = asyncio.create_task(dispatch.trace(f"{QUERY}&seed=77"))
        await asyncio.sleep(0.05)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    blocked(leave)
    assert begun == []


def test_a_trace_that_nobody_waits_for_any_more_is_stopped(model: Model) -> None:
    heard = threading.Event()

    def subject(_reads: str, _query: str, progress: Any) -> None:
        try:
            for _ in range(3000):
                time.sleep(0.01)
                progress("Run the model", 0, 1)
        except Stopped:
            heard.set()
            raise

    async def leave() -> None:
        asked = asyncio.create_task(dispatch.trace(f"{QUERY}&seed=77"))
        await asyncio.sleep(0.1)
        asked.cancel()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(service, "made", subject)
        finish(leave())
        assert heard.wait(10)


def test_a_flood_of_light_requests_is_told_to_come_again(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    service.Explorer().run(QUERY, "walk", {}, {})
    line = Line(1, 4, 30.0)
    monkeypatch.setattr(at_work, "light", lambda: line)

    async def flood() -> list[Any]:
        wish = json.dumps({"query": QUERY, "panel": "walk", "views": ["river"]})
        return await asyncio.gather(*(quick_line.render(wish) for _ in range(30)))

    answers = finish(flood())
    kinds = [answer.get("name", answer["kind"]) for answer in answers]
    assert kinds.count("views") == 5
    assert kinds.count("BusyError") == 25


@pytest.mark.thorough
def test_a_run_has_its_time_and_a_place_in_memory(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large is refused before anything of it is run; what takes too long ends."""
    from explorer.tracing.stored.store import RunLimits

    monkeypatch.setattr(run_line, "time_limit", lambda: TimeLimit(0.2))
    long = f"model={model.name}&text=" + "long%20" * 200 + "&new=64"
    before = time.monotonic()
    for answer in (last(json.dumps({"query": long})), trace(long)):
        assert answer["name"] == "TimeUpError", answer
        assert "0.2 seconds" in answer["message"]
    assert time.monotonic() - before < 20
    monkeypatch.setattr(subjects.store(), "limits", RunLimits(nbytes=20_000_000))
    monkeypatch.setattr(model.bridge, "forward", never)
    answer = trace(f"model={model.name}&text=" + "large%20" * 300)
    assert answer["name"] == "PromptTooLongError"
    assert "this server has 20 MB" in answer["message"]
    assert 10 < answer["facts"]["limit"] < 40


def test_what_takes_minutes_is_measured_after_the_panels_other_views(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Jobs:
        def watch(self, orders: Any, *_: Any, **__: Any) -> Any:
            asked.extend(order.view for order in orders)
            raise BusyError("", "")

    async def look() -> None:
        wish = {"query": QUERY, "panel": "quantization_effect", "views": ["formats", "stream"], "action": "look"}
        async for _ in dispatch.look(json.dumps(wish), "a session"):
            pass

    monkeypatch.setattr(at_work, "jobs", Jobs)
    finish(look())
    assert asked == ["stream", "formats"]
