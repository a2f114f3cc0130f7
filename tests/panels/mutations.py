"""Which checks some test has seen fail: those that it names with ``@pytest.mark.breaks(view, statement)``."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

UNBROKEN = "no test breaks what is stated and sees it fail (see tests/panels/mutations.py)"
TESTS = Path(__file__).resolve().parents[1]


@cache
def broken() -> dict[str, list[re.Pattern[str]]]:
    """ "panel.view" -> patterns for the statements of its checks that a test breaks, read from the tests' source."""
    found: dict[str, list[re.Pattern[str]]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "breaks":
                view, statement = (ast.literal_eval(each) for each in node.args)
                found[view].append(re.compile(statement))
    return dict(found)


def is_broken(view: str, statement: str) -> bool:
    """Whether a test breaks what that check of the view states, and sees it fail."""
    return any(pattern.search(statement) for pattern in broken().get(view, []))
