"""Which checks some test has seen fail: those that it names with ``@pytest.mark.breaks(view, statement)``.

The marks are read from the tests' source; while a marked test runs, the checks that fail in its process are noted, and
it fails unless each of its marks names one of them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

UNBROKEN = "no test breaks what is stated and sees it fail (see tests/panels/mutations.py)"
TESTS = Path(__file__).resolve().parents[1]
_VIEWS = re.compile(r"explorer\.panels\.\w+\.(\w+)_views")

#: "panel.view" -> statements of its checks.
Statements = Mapping[str, list[str]]


@cache
def broken() -> dict[str, list[re.Pattern[str]]]:
    """ "panel.view" -> patterns for the statements of its checks that a test breaks, read from the tests' source."""
    found: dict[str, list[re.Pattern[str]]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for view, statement in marked(ast.parse(path.read_text(encoding="utf-8"))):
            found[view].append(re.compile(statement))
    return dict(found)


def marked(source: ast.Module) -> Iterator[tuple[str, str]]:
    """View and statement of each mark on a test, or on one of its cases: what stands elsewhere is on nothing that
    runs."""
    for test in source.body:
        if not (isinstance(test, ast.FunctionDef) and test.name.startswith("test_")):
            continue
        for node in (each for decorator in test.decorator_list for each in ast.walk(decorator)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "breaks":
                view, statement = (ast.literal_eval(each) for each in node.args)
                yield view, statement


def is_broken(view: str, statement: str) -> bool:
    """Whether a test breaks what that check of the view states, and sees it fail."""
    return any(pattern.search(statement) for pattern in broken().get(view, []))


# ---- while a test runs -----------------------------------------------------------------------------------------------


@contextmanager
def failing() -> Iterator[Statements]:
    """The checks that do not hold, as they are made: by the view at whose making they are."""
    from explorer.panels.protocol import Check

    seen: dict[str, list[str]] = defaultdict(list)
    plain = Check.__init__

    def noted(check: Check, *given: object, **named: object) -> None:
        plain(check, *given, **named)  # pyright: ignore[reportArgumentType]
        if not check.holds:
            for view in _at_work(sys._getframe(1)):
                seen[view].append(check.statement)

    with pytest.MonkeyPatch.context() as patch, _unjudged(patch):
        patch.setattr(Check, "__init__", noted)
        yield seen


@contextmanager
def _unjudged(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """A decoder that a test breaks is not refused, and nothing that is found meanwhile is kept of any model: else the
    first to open a model after a change of the code leaves a false verdict, on the disk and to all tests behind it."""
    from explorer.zoo.verdict import Part, Verdict

    before: list[tuple[Verdict, dict[Part, str]]] = []

    def add(verdict: Verdict, found: Mapping[Part, str]) -> None:
        before.append((verdict, verdict._found))
        verdict._found = {**verdict._found, **found, "decoder": ""}

    patch.setattr(Verdict, "add", add)
    try:
        yield
    finally:
        for verdict, found in reversed(before):
            verdict._found = found


def _at_work(frame: FrameType | None) -> Iterator[str]:
    """Functions of panels' views from a frame outward, as "panel.function"."""
    while frame is not None:
        if found := _VIEWS.fullmatch(frame.f_globals.get("__name__", "")):
            yield f"{found[1]}.{frame.f_code.co_name}"
        frame = frame.f_back


def unseen(marks: Iterable[pytest.Mark], seen: Statements) -> list[str]:
    """What the marks name and no failing check of that view bears out."""
    named = (mark.args for mark in marks)
    return [f"{view}: {said}" for view, said in named if not any(re.search(said, each) for each in seen.get(view, []))]
