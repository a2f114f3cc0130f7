"""No NaN is lost on its way to a check.

``max(0.1, nan)`` is 0.1, and ``max(nan, 0.1)`` NaN: a running maximum, a list's, or a clamp at nought shows a broken
mechanism as a proof. The largest of errors is therefore `worst`, and what is clamped stands before its bound.
"""

from __future__ import annotations

import ast
import math
import re
from itertools import permutations
from pathlib import Path

import pytest

from explorer.panels.protocol import Check, in_both
from explorer.stack.worst import worst

ROOT = Path(__file__).parents[1]
#: Where errors are measured, and put together.
ROOMS = ("stack", "tracing", "experiments", "figures", "panels")
#: Words of a name that is an error's.
ERRORS = {"apart", "difference", "differences", "error", "errors", "excess", "gap", "gaps", "miss", "off", "wrong"}


def calls(tree: ast.AST) -> list[ast.Call]:
    """Python's own `max` and `min` of some numbers; one with a key chooses a thing."""
    found = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    return [each for each in found if name(each) in {"max", "min"} and not any(k.arg == "key" for k in each.keywords)]


def name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def names(call: ast.Call) -> set[str]:
    """Words of all names in its arguments; those of a `max` within are its own."""
    said: set[str] = set()
    left: list[ast.AST] = [*call.args]
    while left:
        node = left.pop()
        if isinstance(node, ast.Call) and name(node) in {"max", "min"}:
            continue
        said |= {getattr(node, each) for each in ("id", "attr") if hasattr(node, each)}
        left += ast.iter_child_nodes(node)
    return said


def number(node: ast.AST) -> bool:
    """Written out, or by a constant's name."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def loses(call: ast.Call) -> bool:
    """Whether a NaN among its arguments may be passed over."""
    first, last = call.args[0], call.args[-1]
    if isinstance(first, ast.Constant):
        return isinstance(first.value, float)  # a whole number is a count's bound
    if name(call) == "min" or (len(call.args) == 2 and number(last)):
        return False
    said = names(call)
    return bool(said & {"float", "abs"}) or any(ERRORS & set(each.lower().split("_")) for each in said)


@pytest.mark.parametrize("room", ROOMS)
def test_the_largest_error_is_worst(room):
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno} {ast.unparse(call)}"
        for path in sorted((ROOT / "explorer" / room).rglob("*.py"))
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
        if loses(call) and path.name != "worst.py"
    ]
    assert not found, "a NaN may be lost here: use `worst`, or clamp as max(x, 0.0)\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        ("max(gap, float(x.abs().max()))", True),
        ("max(abs(a - b) for a, b in pairs)", True),
        ("max(errors)", True),
        ("max(made.paged_error, other)", True),
        ("max(_off(a, b) for a, b in pairs)", True),
        ("max((float(a) for a in made), default=0.0)", True),
        ("max(0.0, distance)", True),
        ("min(1.0, share)", True),
        ("max(float(x), 0.0)", False),
        ("min(share, 1.0)", False),
        ("max(float(size), FLOOR)", False),
        ("max(FLOOR, float(size))", True),
        ("max(1, len(gaps))", False),
        ("max(least, ribbons // max(1, gaps))", False),
        ("max(len(ids) for ids in texts)", False),
        ("max(parts, key=lambda each: each.error)", False),
        ("worst(errors)", False),
    ],
)
def test_what_loses_a_nan_is_told_from_what_does_not(code, lost):
    assert any(map(loses, calls(ast.parse(code)))) == lost


def test_the_pages_own_checks_use_worst():
    """d3's `max` leaves NaN out."""
    views = (ROOT / "assets/views").rglob("*.js")
    found = [path.name for path in views if re.search(r"\berror: max\(", path.read_text(encoding="utf-8"))]
    assert not found


@pytest.mark.parametrize("errors", list(permutations((0.0, math.nan, 1.0))))
def test_worst_keeps_a_nan_wherever_it_stands(errors):
    first, *more = errors
    assert math.isnan(worst(errors))
    assert math.isnan(worst(first, *more))
    assert math.isnan(worst(each for each in errors))


def test_the_worst_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        worst([])


def test_nan_holds_never():
    assert not Check("", math.nan, math.inf).holds
    assert not Check("", 0.0, math.nan).holds
    one, other = Check("", 0.0, 1.0), Check("", math.nan, 1.0)
    assert not any(each.holds for pair in ((one, other), (other, one)) for each in in_both(pair[:1], pair[1:]))
