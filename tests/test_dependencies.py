"""Whatever the explorer imports is brought by what its package says that it needs."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = frozenset(PROJECT["dependencies"])
EXTRA = frozenset(each for group in PROJECT["optional-dependencies"].values() for each in group)


def distribution(requirement: str) -> str:
    """The name of a package, as all tools write it.

    >>> distribution("Ray_x[serve]>=2.50; python_version > '3'")
    'ray-x'
    """
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement.strip(), maxsplit=1)[0]).lower()


def imported(text: str) -> Iterator[tuple[str, bool]]:
    """The packages that a module imports, and whether it does so at once or only when a function is called.

    Left out is what only type checkers read, and what may be absent: it is tried, or asked for first.
    """

    def within(node: ast.AST, at_once: bool) -> Iterator[tuple[str, bool]]:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                return
            case ast.Try(handlers=handlers) if any(_of_imports(each) for each in handlers):
                return
            case ast.Import(names=names):
                yield from ((each.name.partition(".")[0], at_once) for each in names)
            case ast.ImportFrom(module=str(name), level=0):
                yield name.partition(".")[0], at_once
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                at_once = False
        for part in ast.iter_child_nodes(node):
            yield from within(part, at_once)

    yield from within(ast.parse(text), at_once=True)


def _of_imports(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and any(
        isinstance(each, ast.Name) and each.id in ("ImportError", "ModuleNotFoundError")
        for each in ast.walk(handler.type)
    )


@cache
def brought_by() -> Mapping[str, list[str]]:
    """The distributions that bring each name; asking takes as long as reading the whole package."""
    return packages_distributions()


def lacking(text: str, where: str, brought: Mapping[str, list[str]]) -> set[str]:
    """What a module imports and no requirement brings. A benchmark's peers are for whoever has them."""
    needed, extra = ({*map(distribution, some)} for some in (NEEDED, NEEDED | EXTRA))
    found: set[str] = set()
    for name, at_once in imported(text):
        if name == "explorer" or name in sys.stdlib_module_names:
            continue
        if not at_once and where.startswith("explorer/bench/"):
            continue
        if not {*map(distribution, brought.get(name, [name]))} & (needed if at_once else extra):
            found.add(name)
    return found


def test_the_package_needs_what_it_imports() -> None:
    brought = brought_by()
    found: dict[str, set[str]] = {}
    for path in (ROOT / "explorer").rglob("*.py"):
        where = path.relative_to(ROOT).as_posix()
        if names := lacking(path.read_text(encoding="utf-8"), where, brought):
            found[where] = names
    assert not found


HIDDEN = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lacking\n"
TRIED = "try:\n    import lacking\nexcept ImportError:\n    lacking = None\n"


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("import lacking.part", "explorer/zoo/a.py", {"lacking"}),
        ("from hypothesis import given", "explorer/zoo/a.py", {"hypothesis"}),
        ("def f():\n    from lacking import part", "explorer/zoo/a.py", {"lacking"}),
        ("def f():\n    import ray", "explorer/shell/a.py", set()),
        ("def f():\n    import lacking", "explorer/bench/a.py", set()),
        ("import lacking", "explorer/bench/a.py", {"lacking"}),
        ("import torch, json, explorer.zoo", "explorer/zoo/a.py", set()),
        (HIDDEN, "explorer/zoo/a.py", set()),
        (TRIED, "explorer/zoo/a.py", set()),
    ],
)
def test_what_is_lacking_is_seen(text: str, where: str, found: set[str]) -> None:
    assert lacking(text, where, brought_by()) == found
