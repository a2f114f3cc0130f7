"""The line of runs: who waits is taken along in a batch, and who reads a run that is at hand waits for none."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from explorer import zoo
from explorer.fetching.progress import Progress
from explorer.panels import panels
from explorer.shell import at_work
from explorer.shell.api import drawing
from explorer.shell.api.drawing import draw
from explorer.shell.api.operations import OPERATIONS
from explorer.shell.api.requests import GenerateRequest, PanelRequest
from explorer.shell.jobs.engine import Here
from explorer.shell.jobs.line import Line
from explorer.shell.jobs.order import Stopped
from explorer.shell.run_line import Going
from explorer.shell.service import Explorer
from explorer.shell.views import subjects
from tests.shell.loops import finish

RUN = "model=six-kinds-dense&text={}&new={}&seed=9"
QUERIES = [RUN.format(text, 2) for text in ("And+the", "And+of", "the+Lord", "king")]


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    runs, light, drawing = (Line(1, 64, 60.0, name) for name in ("runs", "light", "drawing"))
    engine = Here(together=8)
    zoo.load("six-kinds-dense")
    subjects.store().clear()
    for name, one in (("runs", runs), ("light", light), ("drawing", drawing), ("engine", engine)):
        monkeypatch.setattr(at_work, name, lambda one=one: one)
    yield
    subjects.store().clear()


def asked(query: str, gate: threading.Event | None = None, visitor: str = "") -> Going[Any]:
    def work(progress: Progress) -> Any:
        if gate is not None:
            assert gate.wait(60)
        return threading.current_thread().name, Explorer().run(query, "walk", {}, {}, progress)["run"]

    return Going(work, visitor, query=query, here=at_work.engine().has(query))


def wait_for(place: int, going: Going[Any]) -> None:
    until = time.monotonic() + 30
    while going.place != place:
        assert time.monotonic() < until
        time.sleep(0.01)


def held() -> tuple[threading.Event, Going[Any]]:
    """Something that works, until the gate is open."""
    gate = threading.Event()
    first = Going(lambda _: gate.wait(60))
    wait_for(0, first)
    return gate, first


def test_whose_turn_has_come_takes_the_others_along() -> None:
    gate, _ = held()
    all_of_them = [asked(query, visitor=f"v{at}") for at, query in enumerate((*QUERIES, QUERIES[1]))]
    gate.set()
    made = [each.made.result(60) for each in all_of_them]
    assert [run["batched"][0] for _, run in made] == [4] * 5
    for query, (_, run) in zip(QUERIES, made, strict=False):
        subjects.store().clear()
        assert Explorer().run(query, "walk", {}, {})["run"]["ids"] == run["ids"]
    names = [name for name, _ in made]
    assert names[0].startswith("runs")
    assert all(name.startswith("drawing") for name in names[1:]), names
    assert at_work.runs().keys() == []


def test_who_reads_a_run_that_is_at_hand_waits_for_no_run() -> None:
    Explorer().run(QUERIES[0], "walk", {}, {})
    gate, first = held()
    name, run = asked(QUERIES[0]).made.result(60)
    assert name.startswith("light")
    assert run["text"] == "And the"
    assert not first.made.done()
    gate.set()


def test_a_short_run_of_a_batch_does_not_wait_for_the_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, _ = held()
    going, short_done = asked(RUN.format("And+the", 40)), threading.Event()
    short = asked(RUN.format("And+of", 1))
    short.made.add_done_callback(lambda _: short_done.set())
    fill = subjects.store().fill

    def slowly(model: Any, keys: Any, progress: Progress, made: Any) -> int:
        def tell(stage: str, done: int, total: int) -> None:
            if done > 4:
                assert short_done.wait(60), "it is answered while the others are read on"
            progress(stage, done, total)

        return fill(model, keys, tell, made)

    monkeypatch.setattr(subjects.store(), "fill", slowly)
    gate.set()
    assert going.made.result(60)[1]["batched"][0] == 2
    assert short.made.result(60)[1]["batched"][0] == 2


def test_who_leaves_takes_nobody_s_run_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, _ = held()
    leaver, other = asked(QUERIES[0], visitor="a"), asked(QUERIES[1], visitor="b")
    fill = subjects.store().fill

    def left(model: Any, keys: Any, progress: Progress, made: Any) -> int:
        leaver.stop()
        return fill(model, keys, progress, made)

    monkeypatch.setattr(subjects.store(), "fill", left)
    gate.set()
    assert other.made.result(60)[1]["batched"][0] == 2
    with pytest.raises(Stopped):
        leaver.made.result(60)


def test_a_batch_that_nobody_waits_for_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, _ = held()
    both = [asked(query, visitor="a") for query in QUERIES[:2]]
    fill, told = subjects.store().fill, []

    def left(model: Any, keys: Any, progress: Progress, made: Any) -> int:
        for each in both:
            each.stop()

        def tell(*what: Any) -> None:
            told.append(what)
            progress(*what)

        return fill(model, keys, tell, made)

    monkeypatch.setattr(subjects.store(), "fill", left)
    gate.set()
    with pytest.raises(Stopped):
        both[0].made.result(60)
    assert len(told) == 1
    assert both[1].made.cancelled()


def test_where_a_batch_fails_each_is_made_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate, _ = held()
    monkeypatch.setattr("explorer.tracing.capturing.together.batch", lambda *_: 1 / 0)
    both = [asked(query) for query in QUERIES[:2]]
    gate.set()
    assert ["batched" in each.made.result(60)[1] for each in both] == [False, False]
    assert "a batch of 2 runs of six-kinds-dense failed" in caplog.text


def test_work_that_reads_no_run_takes_nobody_along() -> None:
    gate, _ = held()
    plain, waiting = Going(lambda _: "done"), asked(QUERIES[0])
    gate.set()
    assert plain.made.result(60) == "done"
    assert "batched" not in waiting.made.result(60)[1]
    assert partial(Here().has, QUERIES[0])() is True


def test_programs_ride_along_with_the_page_and_with_each_other() -> None:
    """`generate`, `trace` and a panel's views, of other texts than the page's: one batch, and what is answered is what
    the run alone would say."""
    asks = {"model": "six-kinds-dense", "new_tokens": 2, "seed": 9}
    runs: list[dict[str, Any]] = [{**asks, "text": text} for text in ("And the", "And of", "the Lord")]
    generate, trace = OPERATIONS["generate"], OPERATIONS["trace"]
    panel = PanelRequest(**runs[2], views=("river",))

    async def ask() -> tuple[Any, Any, Any, Any]:
        gate, _ = held()
        page = asked(QUERIES[3])
        programs = [
            asyncio.create_task(generate.answered(generate.request(**runs[0]), visitor="a")),
            asyncio.create_task(trace.answered(trace.request(**runs[1]), visitor="b")),
            asyncio.create_task(draw(panels()["walk"], panel, visitor="c")),
        ]
        while at_work.runs().length < 4:
            await asyncio.sleep(0.01)
        gate.set()
        return (*await asyncio.gather(*programs), page.made)

    *programs, page = finish(ask())
    assert page.result(60)[1]["batched"][0] == 4
    kept = [subjects.at_hand("run", each["key"] if isinstance(each, dict) else each.key) for each in programs]
    assert [each is not None and each.run is not None and each.run.batched for each in kept]
    assert [each.run.batched.runs for each in kept if each and each.run and each.run.batched] == [4] * 3
    subjects.store().clear()
    alone: Any = finish(generate.answered(generate.request(**runs[0])))
    assert [step.chosen.id for step in alone.steps] == [step.chosen.id for step in programs[0].steps]
    assert max(abs(a.probability - b.probability) for a, b in zip(alone.steps, programs[0].steps, strict=True)) < 1e-4


def test_what_makes_several_runs_rides_along_with_none() -> None:
    for name in ("ablate", "compare", "tokenize"):
        assert OPERATIONS[name].reads is None
    request = PanelRequest(text="One two", controls={"with": "text=Other"}, views=("river",))
    walk = panels()["walk"]
    assert drawing._one_run(walk, [walk.view("river")], "text=One+two", request) == ""
    assert drawing._one_run(walk, [walk.view("river")], "text=One+two", PanelRequest(text="One two")) == "text=One+two"


def test_a_program_that_reads_a_run_at_hand_waits_for_none() -> None:
    key = GenerateRequest(model="six-kinds-dense", text="And the", new_tokens=2, seed=9)
    first: Any = finish(OPERATIONS["generate"].answered(key))
    gate, _ = held()
    try:
        again: Any = finish(OPERATIONS["generate"].answered(key))
        assert again.text == first.text
    finally:
        gate.set()
