"""A view rendered for two runs: whose payload is which, what belongs together, what is said where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.figures.payload import Payload
from explorer.panels import panels
from explorer.panels.controls import WITH, Control
from explorer.panels.protocol import Check, Panel, Rendered, View
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.shell.api.payloads import payload_schema
from explorer.shell.jobs.order import order_of
from explorer.shell.jobs.worker import measure
from explorer.shell.service import Explorer
from explorer.shell.views.drawn import Drawn
from explorer.shell.views.other_run import of_each
from explorer.shell.views.rendering import blocks
from explorer.tracing import TraceKey
from tests.figures.overview.test_compared import AT, BEGIN, DENSE, END, LONG, MIXED, OTHER, Compared, ran

CHANGED = TraceKey(DENSE, BEGIN, max_new_tokens=2).query() + "&do=mlp%3A1"


@dataclass(frozen=True, kw_only=True)
class Shown(Payload):
    whose: str


def views_of(*, heavy: bool = False) -> tuple[Panel, View]:
    view = View("shown", "Shown", "About.", controls=("seed",), heavy=heavy, compares="any")
    seed = Control("seed", "Seed", "Draws.", range=(0, None))
    return Panel("shown", "Shown", "systems", 1, "About.", (view,), controls=(seed,)), view


def rendered(monkeypatch: pytest.MonkeyPatch, function: Any) -> None:
    monkeypatch.setattr(Panel, "rendering", lambda self, view: function)


def two(text: str = END) -> Scene:
    both = Compared(ran(BEGIN), ran(text))
    return Scene(both.one.model, both.one.trace, focus=Focus(AT, 1, 1), other=both)


def test_parts_come_first_of_this_run_then_of_the_other_and_the_whole_last(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(scene: Scene) -> Iterator[Rendered]:
        yield Rendered(Shown(whose=scene.whose))
        yield Rendered(Shown(whose=scene.whose), (Check("It holds", 1.0 if scene.whose == "this run" else 2.0, 3.0),))

    rendered(monkeypatch, shown)
    found = list(of_each(*views_of(heavy=True), two()))
    told = [(drawn.there and drawn.there.made.data.whose, len(drawn.made.checks)) for drawn in found]
    assert told == [(None, 0), (None, 0), ("the other run", 0), ("the other run", 0), ("the other run", 1)]
    assert {drawn.made.data.whose for drawn in found} == {"this run"}
    assert [(c.statement, c.error) for c in found[-1].made.checks] == [("It holds, in both runs", 2)]


def test_what_does_not_apply_to_the_other_run_is_said_and_this_one_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(scene: Scene) -> Rendered:
        if scene.whose != "this run":
            raise NotApplicableError("It is too long.", "Take a shorter one.")
        return Rendered(Shown(whose=scene.whose), (Check("It holds", 0.0, 1.0),))

    rendered(monkeypatch, shown)
    panel, view = views_of()
    scene = two()
    assert scene.other is not None
    *_, (made, said, there) = of_each(panel, view, scene, scene.other.said("any", AT))
    assert there is None
    assert said is not None
    assert not said.fits
    assert said.text == "It is too long. Take a shorter one."
    assert [check.statement for check in made.checks] == ["It holds"]


def test_the_other_run_is_rendered_with_what_the_view_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def shown(scene: Scene) -> Rendered:
        seen.append(scene.controls.get("seed"))
        return Rendered(Shown(whose=scene.whose), chosen={"seed": 7})

    rendered(monkeypatch, shown)
    list(of_each(*views_of(), two()))
    assert seen == [None, 7]


def test_the_other_run_shows_the_head_that_the_view_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def shown(scene: Scene) -> Rendered:
        seen.append((scene.layer, scene.head))
        return Rendered(Shown(whose=scene.whose), focus={"layer": 0, "head": 2})

    rendered(monkeypatch, shown)
    list(of_each(*views_of(), two()))
    assert seen == [(1, 1), (0, 2)]


def test_the_unchanged_run_is_rendered_for_light_views_of_a_run_alone() -> None:
    found = {
        (panel.name, view.name): panel.unchanged(view)
        for panel in panels().values()
        for view in panel.views
        if view.unchanged is None
    }
    light = {(panel.name, view.name) for panel in panels().values() for view in panel.views if not view.heavy}
    assert found["residual_stream", "rank"]
    assert not found["constrained", "steps"]
    assert not found["special_tokens", "table"]  # it reads no run
    assert {name for name, on in found.items() if on} <= light


def test_the_unchanged_runs_payload_is_what_its_own_page_shows() -> None:
    service, plain = Explorer(), CHANGED.replace("&do=mlp%3A1", "")
    wanted = {"position": AT, "target": 300}
    entry = service.views(CHANGED, "residual_stream", ["rank"], wanted, {})["views"]["rank"]
    alone = service.views(plain, "residual_stream", ["rank"], wanted, {})["views"]["rank"]
    assert entry["there"]["data"] == alone["data"] != entry["data"]
    assert entry["there"]["run"]["query"] == plain
    assert "compared" not in entry
    assert "there" not in alone
    assert [c["statement"] for c in entry["checks"]] != [c["statement"] for c in alone["checks"]]


def test_the_other_runs_logit_is_of_the_same_token_and_its_place_the_one_that_belongs() -> None:
    service, query = Explorer(), TraceKey(DENSE, BEGIN, max_new_tokens=2).query()
    controls = {WITH: TraceKey(DENSE, LONG, max_new_tokens=2).query()}
    entry = service.views(query, "residual_stream", ["waterfall"], {"position": AT}, controls)["views"]["waterfall"]
    there = entry["there"]
    assert entry["data"]["target"] == there["data"]["target"]
    assert (entry["data"]["position"], there["data"]["position"]) == (AT, AT + 1)
    belongs = {here + i: at + i for here, at, count in there["places"] for i in range(count)}
    assert belongs[AT] == AT + 1
    assert there["shared"] == 0


def test_tokens_of_another_vocabulary_travel_with_their_texts() -> None:
    service, query = Explorer(), TraceKey(DENSE, BEGIN).query()
    controls = {WITH: TraceKey(OTHER, BEGIN).query()}
    entry = service.views(query, "special_tokens", ["table"], {}, controls)["views"]["table"]
    there = entry["there"]
    assert there["model"]["name"] == OTHER
    vocabulary = zoo.load(OTHER).vocabulary
    for each in there["data"]["tokens"]:
        assert there["strings"][str(each["id"])] == vocabulary.bytes(each["id"]).decode()
    mixed = {WITH: TraceKey(MIXED, BEGIN).query()}
    alike = service.views(query, "special_tokens", ["table"], {}, mixed)["views"]["table"]["there"]
    assert "strings" not in alike or alike["strings"]


def test_one_job_measures_both_and_its_answer_names_the_tokens_of_both() -> None:
    panel = panels()["contrastive_search"]
    view, query = panel.view("steps"), TraceKey(DENSE, BEGIN).query()
    controls = {"k": "2", "steps": "3", WITH: TraceKey(DENSE, END).query()}
    answer = orjson.loads(measure(order_of(panel, view, query, {"position": AT}, controls), lambda *_: None))
    there = answer["entry"]["there"]
    assert not answer["partial"]
    assert answer["entry"]["compared"]["fits"]
    assert set(map(str, there["data"]["prompt"])) <= set(answer["strings"])
    assert all(check["statement"].endswith(", in both runs") for check in answer["entry"]["checks"])


def test_programs_read_that_a_view_holds_two_payloads() -> None:
    schema = payload_schema(panels()["residual_stream"]).model_json_schema()["$defs"]
    assert set(schema["residual_stream_rank_there"]["required"]) == {"data", "places", "shared"}
    assert (
        schema["residual_stream_rank_there"]["properties"]["data"]
        == schema["residual_stream_rank_view"]["properties"]["data"]
    )
    assert "there" not in schema["residual_stream_lens_view"]["properties"]  # it lays both into one itself


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=40))
def test_blocks_hold_every_place_and_no_other(places: list[int | None]) -> None:
    spread = {here + i: there + i for here, there, count in blocks(places) for i in range(count)}
    assert spread == {here: there for here, there in enumerate(places) if there is not None}


def test_a_view_that_lays_both_itself_is_rendered_once() -> None:
    panel = panels()["walk"]
    found = Drawn(panel.render("river", two()))
    assert found.there is None
