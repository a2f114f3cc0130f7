"""Every check that a view states is broken by some test, which says so with `@pytest.mark.breaks(view, statement)`.

The statements are known when the views are rendered: tests/shell/test_service.py renders each once, and asks there.
"""

from __future__ import annotations

import inspect
from importlib import import_module

from explorer.panels import panels
from tests.panels.mutations import broken, is_broken

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
