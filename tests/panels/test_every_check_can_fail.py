"""Every check that a view states is broken by some test, which says so with `@pytest.mark.breaks(view, statement)`.

The statements are known when the views are rendered: tests/shell/test_service.py renders each once, and asks there.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from explorer.panels import panels
from explorer.panels.protocol import Check
from explorer.zoo.verdict import Verdict
from tests.conftest import pytest_runtest_call
from tests.panels.mutations import broken, failing, is_broken, marked

VIEWS = {f"{panel.name}.{view.name}" for panel in panels().values() for view in panel.views}


def test_marks_name_views_that_there_are() -> None:
    assert not broken().keys() - VIEWS


def test_each_panel_that_states_checks_has_a_test_that_breaks_one() -> None:
    stating = {
        panel.name
        for panel in panels().values()
        if "Check(" in inspect.getsource(import_module(f"explorer.panels.{panel.chapter}.{panel.name}_views"))
    }
    assert not stating - {view.partition(".")[0] for view in broken()}


def test_a_statement_that_no_test_breaks_is_seen() -> None:
    view, [pattern, *_] = next(iter(broken().items()))
    assert not is_broken(view, "A statement that nobody wrote")
    assert not is_broken("walk.nothing", pattern.pattern)


def test_a_mark_that_stands_on_no_test_counts_for_nothing() -> None:
    on = "@pytest.mark.breaks('walk.river', '{}')\ndef {}(): ...\n"
    case = "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.breaks('walk.river', 'b'))])"
    source = on.format("a", "test_a") + on.format("c", "helper") + f"{case}\ndef test_b(): ...\n"
    assert list(marked(ast.parse(source))) == [("walk.river", "a"), ("walk.river", "b")]


#: As a view's module has it.
VIEW = """
def river(error, statement):
    made = [None for _ in [0] if Check(statement, error, 1.0)]
"""


@pytest.mark.parametrize(
    ("panel", "error", "statement", "seen"),
    [
        ("walk", 2.0, "Nine heads add up", True),
        ("walk", float("nan"), "Nine heads add up", True),
        ("walk", 0.5, "Nine heads add up", False),  # it holds
        ("walk", 2.0, "Eight heads add up", False),
        ("lens", 2.0, "Nine heads add up", False),
    ],
)
def test_a_marked_test_that_does_not_see_its_check_fail_fails(
    request: pytest.FixtureRequest, panel: str, error: float, statement: str, seen: bool
) -> None:
    request.node.add_marker(pytest.mark.breaks("walk.river", "^Nine heads"))
    names = {"__name__": f"explorer.panels.overview.{panel}_views", "Check": Check}
    exec(VIEW, names)
    call = pytest_runtest_call(request.node)
    next(call)
    names["river"](error, statement)
    with pytest.raises(StopIteration if seen else pytest.fail.Exception):
        next(call)
    assert Check("Nine heads", 0.0, 1.0).holds


def test_a_decoder_that_a_test_breaks_is_not_refused_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    verdict = Verdict("0" * 64)
    verdict.add({"run": ""})
    with failing():
        verdict.add({"decoder": "80 % off"})
        assert verdict.knows("run", "decoder")
        assert not verdict.refusal("decoder")
    for each in (verdict, Verdict("0" * 64)):
        assert each.knows("run")
        assert not each.knows("decoder")
