"""What the server answers has the form that it is said to have, and the page is checked against the same."""

from __future__ import annotations

import json
import types
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from explorer.shell import for_javascript, manifest, service
from explorer.shell.dispatch import EXPLORER, dispatch
from explorer.shell.envelope import answers, page, runs
from explorer.zoo.model import Model

FILES = {path.name: (path, text) for path, text in for_javascript.files().items()}


@pytest.mark.parametrize("name", FILES)
def test_what_javascript_is_checked_against_is_what_python_says(name: str) -> None:
    path, text = FILES[name]
    assert path.read_text(encoding="utf-8") == text, "run `python -m explorer types`"


def test_the_files_are_all_that_javascript_reads() -> None:
    assert set(FILES) == {"types.d.ts", "protocol.d.ts", "tables.json"}


def misfit(value: Any, hint: Any, where: str = "") -> str:
    """Where a value is not of its type; nothing where all of it is."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Annotated, NotRequired):
        return misfit(value, parts[0], where)
    if hint is Any:
        return ""
    if origin in (Union, types.UnionType):
        return "" if any(not misfit(value, part, where) for part in parts) else f"{where}: none of {hint}"
    if origin is Literal:
        return "" if value in parts else f"{where}: {value!r}"
    if (is_typeddict(hint) or origin is dict) and not isinstance(value, dict):
        return f"{where} is no object"
    if is_typeddict(hint):
        return misfit_of_form(value, hint, where)
    if origin is dict:
        return first(misfit(each, parts[1], f"{where}.{key}") for key, each in value.items())
    if origin is list:
        if not isinstance(value, list):
            return f"{where} is no list"
        return first(misfit(each, parts[0], f"{where}.{at}") for at, each in enumerate(value))
    if origin is tuple:
        return first(misfit(each, part, where) for each, part in zip(value, parts, strict=True))
    kinds = (int, float) if hint is float else hint
    if type(value) is bool and hint is not bool:
        return f"{where} is a truth value"
    return "" if isinstance(value, kinds) else f"{where}: {type(value).__name__}"


def first(found: Any) -> str:
    return next(filter(None, found), "")


def misfit_of_form(value: Any, form: Any, where: str) -> str:
    hints = get_type_hints(form, include_extras=True)
    if strange := set(value) - set(hints):
        return f"{where}: {sorted(strange)} besides"
    missing = [name for name, hint in hints.items() if name not in value and get_origin(hint) is not NotRequired]
    if missing:
        return f"{where}: no {missing}"
    return first(misfit(each, hints[name], f"{where}.{name}") for name, each in value.items())


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
    values = list(dispatch(json.dumps({"panel": "walk", **request_})))
    for value in values:
        assert not misfit(value, answers.QueueAnswer), value
        assert {"serial", "action"} <= set(value)
    assert len({each["serial"] for each in values}) == len(values)


def test_what_the_page_opens_with() -> None:
    assert not misfit(manifest.manifest(), list[page.PanelSpec])
    assert not misfit(manifest.chapters(), list[page.Chapter])


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
