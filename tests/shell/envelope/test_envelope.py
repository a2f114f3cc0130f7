"""What the server answers has the form that it is said to have, and the page is checked against the same."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from explorer.figures.typescript import texts
from explorer.panels.glossary import Term, glossary
from explorer.shell import service
from explorer.shell.at_work import EXPLORER
from explorer.shell.envelope import answers, page, runs
from explorer.shell.files import for_javascript, manifest
from explorer.shell.page.dispatch import dispatch
from explorer.zoo.model import Model
from tests.shell.forms import misfit
from tests.shell.loops import all_values

FILES = {path.name: (path, text) for path, text in for_javascript.files().items()}


@pytest.mark.parametrize("name", FILES)
def test_what_javascript_is_checked_against_is_what_python_says(name: str) -> None:
    path, text = FILES[name]
    assert path.read_text(encoding="utf-8") == text, "run `python -m explorer types`"


def test_the_files_are_all_that_javascript_reads() -> None:
    payloads = {f"{name}.d.ts" for name in texts()}
    assert set(FILES) == payloads | {"protocol.d.ts", "lesson.d.ts", "recorded.d.ts", "tables.json"}


QUERY = "model=smollm2-135m&text=The+capital+of+France+is&new=2&do=ablate:3.1"


def test_a_run_and_its_views(model: Model) -> None:
    made = EXPLORER.run(QUERY, "walk", {}, {})
    assert not misfit(made, answers.RunAnswer)
    assert made["run"]["effect"], "an intervention is on"
    assert not misfit(EXPLORER.views(QUERY, "walk", ["river"], {"layer": 3}, {}), answers.ViewsAnswer)
    assert not misfit(EXPLORER.trace(QUERY), runs.Trace)


def test_a_view_that_does_not_apply(model: Model) -> None:
    answer = EXPLORER.light(QUERY, "routing", [view.name for view in service.find("routing", "load")[0].views], {}, {})
    assert not misfit(answer, answers.ViewsAnswer | answers.GoneAnswer)
    assert answer["kind"] == "views"
    assert any("absent" in each for each in answer["views"].values())


@pytest.mark.parametrize(
    "request_", [{"query": QUERY}, {"action": "rest"}, {"query": "model=none&text=a"}, {"query": 3}], ids=str
)
def test_the_values_of_the_queue(model: Model, request_: dict[str, Any]) -> None:
    values = all_values(lambda: dispatch(json.dumps({"panel": "walk", **request_})))
    for value in values:
        assert not misfit(value, answers.QueueAnswer), value
        assert {"serial", "action"} <= set(value)
    assert len({each["serial"] for each in values}) == len(values)


def test_what_the_page_opens_with() -> None:
    assert not misfit(manifest.manifest(), list[page.PanelSpec])
    assert not misfit(manifest.opening(), page.OpeningFile)
    assert not misfit(glossary(), list[Term])
    assert not misfit(orjson.loads(manifest.panel_file("tokens") or b""), page.OpenPanel)


def test_no_types_of_the_page_are_written_beside_the_generated_ones() -> None:
    """What is sent has one text: a twin by hand would drift."""
    assets = FILES["shared.d.ts"][0].parents[1]
    by_hand = {"view.d.ts", "mark.d.ts", "parts.d.ts", "globals.d.ts"}  # the page's own, of which nothing is sent
    found = {path.name for path in assets.rglob("*.d.ts") if "vendor" not in path.parts}
    assert found == by_hand | {name for name in FILES if name.endswith(".d.ts")}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"message": "a", "hint": "b", "offer": 3}, ".offer: int"),
        ({"message": "a"}, ": no ['hint']"),
        ({"message": "a", "hint": "b", "why": "c"}, ": ['why'] besides"),
    ],
)
def test_a_wrong_form_is_seen(value: dict[str, object], said: str) -> None:
    assert misfit(value, answers.Absent) == said
