"""The service behind the page: runs, views, limits, and what a stranger's request gets."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import BadRequestError, EmptyPromptError, PromptTooLongError
from explorer.panels import panels
from explorer.shell import at_work, service
from explorer.shell.files import manifest
from explorer.shell.page import dispatch
from explorer.shell.page.sidebar import Sidebar, sidebar_query
from explorer.shell.views import subjects
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.tracing import TraceKey, parse_intervention
from explorer.zoo.model import Model
from tests.figures.pure import figures_run_nothing as figures_run_nothing
from tests.panels.brief import brief
from tests.panels.declared import what_is_drawn_on_is_declared as what_is_drawn_on_is_declared
from tests.panels.mutations import UNBROKEN, is_broken
from tests.shell.loops import all_values, finish

QUERY = "model=smollm2-135m&text=The%20capital%20of%20France%20is&new=2&T=0"
SIDEBAR = ("smollm2-135m", "The capital of France is", False, 0, 0, *(each.neutral for each in SETTINGS))


def model_for(panel: str, heavy: bool = False) -> str:
    """Heavy views measure a small model here: the page's own tests render them on the default one."""
    if "experts" in panels()[panel].requires or panel == "moe_cost":
        return "six-kinds-moe"
    return "six-kinds-dense" if heavy else "smollm2-135m"


def rendered(panel: str, text: str, names: list[str], **more: Any) -> dict[str, Any]:
    """The views, the heavy ones of a run of `model_for`."""
    explorer, views = service.Explorer(), {}
    for heavy in (False, True):
        mine = [name for name in names if panels()[panel].view(name).heavy == heavy]
        if mine:
            stack = (parse_intervention(on),) if (on := brief(panel).interventions) else ()
            query = TraceKey(model_for(panel, heavy), text, interventions=stack, **more).query()
            answer = explorer.views(query, panel, mine, {"position": 4}, dict(brief(panel).controls))
            assert set(answer["views"]) == set(mine)
            assert answer["target"] is None or str(answer["target"]) in answer["strings"]  # no target without a run
            json.dumps(answer, allow_nan=False)
            views |= answer["views"]
    return views


@pytest.mark.parametrize("panel", list(panels()))
def test_every_light_view_renders_to_json_and_its_checks_hold(model: Model, panel: str) -> None:
    """The heavy ones are measured by the page's own tests, once, and asked the same there."""
    light = [view.name for view in panels()[panel].views if not view.heavy]
    unbroken: list[str] = []
    for name, view in rendered(panel, "The capital of France is", light, max_new_tokens=2).items():
        for check in view["checks"]:
            assert check["error"] is not None
            assert check["error"] <= check["tolerance"], check
            if not is_broken(f"{panel}.{name}", check["statement"]):
                unbroken.append(f"{panel}.{name}: {check['statement']}")
    assert not unbroken, UNBROKEN


def reading(panel: str, heavy: bool) -> list[str]:
    """The views that read the prompt."""
    known = panels()[panel]
    return [view.name for view in known.views if known.reads(view) == "run" and view.heavy == heavy]


def proved(panel: str, text: str, names: list[str]) -> None:
    for view in rendered(panel, text, names).values():
        assert all(c["error"] is not None and c["error"] <= c["tolerance"] for c in view.get("checks", [])), view


@pytest.mark.parametrize("text", ["a", "👩‍👩‍👧‍👦🇺🇳", "مرحبا", "<|im_end|>"])
@pytest.mark.parametrize("panel", [name for name in panels() if reading(name, heavy=False)])
def test_every_light_view_renders_odd_and_short_texts(model: Model, panel: str, text: str) -> None:
    proved(panel, text, reading(panel, heavy=False))


@pytest.mark.thorough
@pytest.mark.parametrize("panel", [name for name in panels() if reading(name, heavy=True)])
def test_every_heavy_view_renders_the_shortest_text(model: Model, panel: str) -> None:
    proved(panel, "a", reading(panel, heavy=True))


def test_views_show_the_change_against_the_unmodified_run(model: Model) -> None:
    answer = service.Explorer().run(QUERY + "&do=ablate:20.1", "walk", {"position": 4}, {})
    effect = answer["run"]["effect"]
    assert effect is not None
    assert answer["run"]["interventions"][0]["text"] == "ablate:20.1"


def test_the_focus_stays_inside_the_run(model: Model) -> None:
    answer = service.Explorer().views(
        QUERY, "walk", ["river"], {"position": 10_000, "layer": 99, "head": -3, "target": 10**9}, {}
    )
    assert answer["focus"]["position"] == 6
    assert answer["focus"]["layer"] == model.dims.n_layers - 1
    assert answer["focus"]["head"] == 0


def test_a_focus_that_is_no_number_is_refused(model: Model) -> None:
    with pytest.raises(BadRequestError):
        service.Explorer().views(QUERY, "walk", ["river"], {"position": "<img>"}, {})


def test_the_dispatcher_tells_stages_then_the_run(model: Model) -> None:
    values = all_values(lambda: dispatch.dispatch(json.dumps({"action": "run"}), *SIDEBAR))
    assert values[-1]["kind"] == "run"
    assert values[-1]["run"]["text"] == SIDEBAR[1]
    serials = [v["serial"] for v in values]
    assert serials == sorted(set(serials))


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ("not json", "BadRequestError"),
        ("[1, 2]", "BadRequestError"),
        (json.dumps({"query": "model=nowhere&text=hi"}), "UnknownModelError"),
        (json.dumps({"query": QUERY + "&do=ablate:99.0"}), "BadRequestError"),
        (json.dumps({"query": "model=smollm2-135m&text=" + "word+" * 2100}), "PromptTooLongError"),
        (json.dumps({"action": "views", "query": QUERY, "panel": "walk", "views": ["river"], "focus": {"layer": "x"}}),
         "BadRequestError"),
    ],
)  # fmt: skip
def test_bad_requests_answer_with_an_error_that_can_be_shown(model: Model, request_: str, name: str) -> None:
    answer: Any = all_values(lambda: dispatch.dispatch(request_, *SIDEBAR))[-1]
    assert (answer["kind"], answer["name"]) == ("error", name)
    assert answer["message"]


def test_a_long_prompt_comes_back_with_a_part_that_fits(model: Model) -> None:
    query = "model=smollm2-135m&text=" + "word+" * 2100
    answer: Any = all_values(lambda: dispatch.dispatch(json.dumps({"query": query}), *SIDEBAR))[-1]
    assert answer["facts"]["tokens"] > answer["facts"]["limit"] == 2048
    assert 1900 < len(model.vocabulary.encode(answer["facts"]["repaired"])) <= 2048


def test_empty_and_huge_prompts_are_refused_before_any_work() -> None:
    with pytest.raises(EmptyPromptError):
        sidebar_query(replace(Sidebar.read(SIDEBAR), prompt=" \n"), [])
    with pytest.raises(PromptTooLongError, match="100,000"):
        sidebar_query(replace(Sidebar.read(SIDEBAR), prompt="x" * 100_000), [])


def test_probabilities_are_worked_out_some_positions_at_a_time(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.shell.views import summary

    subject = subjects.made("run", QUERY + "&do=mlp:3")
    traces = subject.traced
    whole, ids = summary.summary(*traces)
    monkeypatch.setattr(summary, "ROWS", 2)
    assert summary.summary(*traces) == (whole, ids)


def test_a_public_server_offers_its_shelf_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    subjects.allow(zoo.DEFAULT)
    for stranger in ("/etc", "../models", "someone/else", "x.gguf"):
        with pytest.raises(BadRequestError):
            subjects.allow(stranger)


def test_a_closed_generator_stops_the_work(model: Model) -> None:
    async def leave() -> None:
        values: Any = dispatch.dispatch(json.dumps({"query": "model=smollm2-135m&text=stop+me&new=60"}), *SIDEBAR)
        assert (await anext(values))["kind"] == "status"
        await values.aclose()

    finish(leave())
    done = threading.Event()
    at_work.runs().submit(done.set)
    assert done.wait(10), "the worker went on with a run that nobody waits for"


def test_nothing_of_all_panels_travels_with_a_run_and_their_files_stay_small(model: Model) -> None:
    answer = service.Explorer().run(QUERY, "walk", {}, {})
    assert not {"panels", "manifest"} & set(answer)
    assert "grouped_query" not in json.dumps(answer)
    one = len(manifest.panels_file()) / len(panels())
    assert 80 * one < 120_000, f"{one:.0f} bytes a panel"


def test_the_page_opens_with_the_names_of_all_panels_and_the_words_of_one() -> None:
    opening = json.loads(manifest.opening_file())
    assert [each["name"] for chapter in opening["chapters"] for each in chapter["panels"]] == list(panels())
    assert [each["name"] for each in opening["panels"]] == ["walk"]
    assert opening["all"].startswith(manifest.PANELS + "?v=")
    assert manifest.manifest()[1]["about"] not in manifest.opening_file().decode()


def test_the_source_of_a_view_is_the_code_that_runs() -> None:
    assert "def attribute(" in service.source("walk", "river")
    with pytest.raises(BadRequestError):
        service.source("walk", "no such view")
