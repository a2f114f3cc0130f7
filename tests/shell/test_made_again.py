"""What of a long run is made again stands behind each view that shows it: once, and behind no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import orjson
import pytest

from explorer import zoo
from explorer.figures.payload import Payload
from explorer.panels import panels
from explorer.panels.controls import WITH
from explorer.panels.protocol import Panel, Rendered, View, noted
from explorer.shell.jobs import worker
from explorer.shell.jobs.order import order_of
from explorer.shell.service import Explorer
from explorer.shell.views import subjects
from explorer.shell.views.subjects import Subject
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.on_demand import OnDemand
from explorer.tracing.result_cache import ResultCache
from tests.panels.brief import brief

MODEL = "six-kinds-dense"
SENTENCE = "The river was low that summer, and the children walked across it. "
KEY = TraceKey(MODEL, SENTENCE * 35, max_new_tokens=2)
AT = {"position": 300, "layer": 2, "head": 1}
SAID = "the values measured during the "
READING = [(panel, view) for panel in panels().values() for view in panel.views if panel.reads(view) == "run"]
LIGHT = [(panel, view) for panel, view in READING if not view.heavy]
HEAVY = [(panel, view) for panel, view in READING if view.heavy and "experts" not in panel.required(view)]


@cache
def long() -> Trace:
    trace = capture(zoo.load(MODEL), KEY)
    assert len(trace) > 512
    return trace


def drawn(panel: Panel, view: View, trace: Trace) -> str:
    """What the view says of itself; nothing where it does not apply."""
    controls = dict(brief(panel.name).controls)
    answer = Explorer().draw(panel, [view], Subject(zoo.load(MODEL), trace), AT, controls)
    return answer["views"][view.name].get("about") or ""


def reads(panel: Panel, view: View, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, str]:
    """(the view reads what is made on demand, what it says), of a run of which nothing is worked out yet."""
    read, get = list[OnDemand](), OnDemand.__getitem__
    with monkeypatch.context() as patch:
        patch.setattr(OnDemand, "__getitem__", lambda self, index: (read.append(self), get(self, index))[1])
        said = drawn(panel, view, replace(long(), _kept=ResultCache()))
    return bool(read), said


def name(given: Panel | View) -> str:
    return given.name


def agree(panel: Panel, view: View, monkeypatch: pytest.MonkeyPatch) -> bool:
    """The note is there where it belongs, also behind what is worked out already; whether it belongs there."""
    read, said = reads(panel, view, monkeypatch)
    assert said.count(SAID) == said.count("A run of 528 tokens keeps no ") == read
    assert drawn(panel, view, long()) == drawn(panel, view, long()) == said
    return read


@pytest.mark.parametrize(("panel", "view"), LIGHT, ids=name)
def test_a_light_view_says_what_was_made_again(panel: Panel, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(panel, view, monkeypatch)


@pytest.mark.thorough
@pytest.mark.parametrize(("panel", "view"), HEAVY, ids=name)
def test_a_heavy_view_says_what_was_made_again(panel: Panel, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    read, said = reads(panel, view, monkeypatch)
    assert said.count(SAID) == read


def test_both_kinds_of_views_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing is tested: most views of these read what is made again, and the wall what was read."""
    assert agree(panels()["kv_cache"], panels()["kv_cache"].view("blocks"), monkeypatch)
    assert agree(panels()["walk"], panels()["walk"].view("river"), monkeypatch)
    assert not agree(panels()["attention"], panels()["attention"].view("wall"), monkeypatch)


@pytest.mark.parametrize(("panel", "view", "notes"), [("three_shapes", "shapes", 1), ("three_shapes", "reach", 0)])
def test_a_measurement_says_it_too(panel: str, view: str, notes: int) -> None:
    found = panels()[panel].view(view)
    answer = worker.measure(order_of(panels()[panel], found, KEY.query(), AT, {}), lambda *_: None)
    assert (orjson.loads(answer)["entry"]["about"] or "").count(SAID) == notes


def test_a_long_run_beside_a_short_one_is_named() -> None:
    short = TraceKey(MODEL, "The river was low")
    model, run, _ = subjects.made("run", short.query(), lambda *_: None).traced
    panel = panels()["two_runs"]
    subjects.made("run", KEY.query(), lambda *_: None)
    for controls, runs in (({}, []), ({WITH: KEY.query()}, ["A run of 528 tokens keeps no logits. "])):
        answer = Explorer().draw(panel, [panel.view("words")], Subject(model, run), {"position": 3}, controls)
        said = answer["views"]["words"].get("about") or ""
        assert said.count(SAID) == len(runs)
        assert all(each in said for each in runs)


def test_views_that_are_made_at_one_time_do_not_hear_each_other() -> None:
    both = threading.Barrier(2, timeout=30)

    def reading() -> Iterator[Rendered[Payload]]:
        both.wait()
        long().logits[3]
        both.wait()
        yield Rendered(Payload())

    def other() -> Rendered[Payload]:
        both.wait()
        both.wait()
        return Rendered(Payload(), note="Its own.")

    notes: dict[str, str] = {}
    threads = [
        threading.Thread(target=lambda view=view: notes.update({view.__name__: next(noted(view)).note}))
        for view in (reading, other)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert SAID in notes["reading"]
    assert notes["other"] == "Its own."


def test_what_is_read_between_two_parts_of_a_view_is_not_the_views() -> None:
    def parts() -> Iterator[Rendered[Payload]]:
        yield Rendered(Payload())
        long().mlp_pre[1, 2]  # pyright: ignore[reportOptionalSubscript]
        yield Rendered(Payload())

    notes = []
    for made in noted(parts):
        long().logits[3]
        notes.append(made.note)
    assert notes[0] == ""
    assert "MLP pre-activations" in notes[1]
    assert "logits" not in notes[1]


def test_what_is_made_again_wrong_is_said_to_be_far() -> None:
    """From another head's weights, other tokens' logits and other neurons, which are as large."""
    witness = long().witness
    assert witness is not None
    assert witness.pre is not None
    for wrong in (
        replace(witness, first=witness.first.roll(1, 1)),
        replace(witness, previous=witness.previous.roll(1, -1)),
        replace(witness, ids=witness.ids.flip(0)),
        replace(witness, pre=witness.pre.roll(1, 0)),
    ):
        layers, at = [0, 3], [1, 5, 400]
        assert long().mlp_pre is not None
        far = [
            each.weights_error(layers, [0, 2], at, long().pattern[layers][:, [0, 2]][:, :, at])
            + each.logits_error(at, long().logits[at])
            + each.pre_error(layers, at, long().mlp_pre[layers][:, at])  # pyright: ignore[reportOptionalSubscript]
            for each in (witness, wrong)
        ]
        assert far[0] < 1e-4
        assert far[1] > 1e-2
