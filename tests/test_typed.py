"""How much of the package is typed with `Any`: it may become less, and not more."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import explorer

ROOT = Path(explorer.__path__[0])
#: Lower it with the count.
MOST = 273
#: What is compiled for the processor or the GPU takes types that Python has no names for.
COMPILED = re.compile(
    r"^\s*(?:import|from) (?:numba|triton|explorer\.stack\.compiled)\b|^\s*from explorer\.stack import .*\bcompiled\b",
    re.M,
)


def lines_with_any(source: str) -> set[int]:
    """Numbers of the lines on which an annotation, an alias or a type in quotes says `Any`."""
    found = set[int]()
    for node in ast.walk(ast.parse(source)) if "Any" in source else ():
        if (isinstance(node, ast.Name) and node.id == "Any") or (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\bAny[\],]", node.value)
        ):
            found.add(node.lineno)
    return found


def test_any_becomes_no_more() -> None:
    sources = [file.read_text(encoding="utf-8") for file in ROOT.rglob("*.py")]
    count = sum(len(lines_with_any(source)) for source in sources if not COMPILED.search(source))
    assert count <= MOST, f"{count} lines say Any: say what it is, or object"


def test_any_is_found_where_it_is_said() -> None:
    source = 'from typing import Any\nx: Any = 1\n"""Any text."""\ny = cast("dict[str, Any]", x)\nz: list[Any] = y'
    assert lines_with_any(source) == {2, 4, 5}
