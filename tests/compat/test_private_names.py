"""No other room reaches into a library's private parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Underscores that are their library's public way: a named tuple's copy, the end of a process.
PUBLIC = {"_replace", "_asdict", "_fields", "_exit"}
#: A file without any of these reaches into nothing, and is not parsed.
REACHES = re.compile(r"(?<!\bself)(?<!\bcls)\s*\._(?!_)|\b(from|import)\b.*\b_(?!_)|^\s+_(?!_)\w+( as \w+)?,?$", re.M)


def _defined(tree: ast.AST) -> set[str]:
    """Private names that the project itself gives: functions, classes, attributes of self, fields."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Attribute(value=ast.Name("self" | "cls" | "made" | "ctx"), ctx=ast.Store()):
                found.add(node.attr)
            case ast.AnnAssign(target=ast.Name(name)) | ast.AnnAssign(target=ast.Attribute(attr=name)):
                found.add(name)
    return found


def foreign(tree: ast.AST, own: set[str]) -> Iterator[str]:
    """Private names in a file that nobody here has given."""
    known = own | PUBLIC
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name("self" | "cls")):
                continue
            case ast.Attribute(attr=name) if name.startswith("_") and not name.startswith("__"):
                if name not in known:
                    yield f"{node.lineno}: {ast.unparse(node)}"
            case ast.ImportFrom(module=str(module)) if not module.startswith(("explorer", "__")):
                private = [a.name for a in node.names if a.name.startswith("_") and not a.name.startswith("__")]
                if private or "._" in f".{module}":
                    yield f"{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    "code",
    [
        "demo._queue.max = 1",
        "from jsonschema import _utils",
        "from torch.utils._pytree import x",
        "torch._int_mm(a, b)",
    ],
)
def test_it_sees_them(code: str) -> None:
    assert [*foreign(ast.parse(code), {"_own"})]


@pytest.mark.parametrize(
    "code",
    [
        "demo._queue.max = 1",
        "self.demo._queue = 1",
        "from torch import (\n    public,\n    _private as found,\n)",
        "from torch.utils._pytree import x",
        "(a\n._b)",
    ],
)
def test_a_file_that_reaches_is_parsed(code: str) -> None:
    assert [*foreign(ast.parse(code), set())]
    assert REACHES.search(code)


def test_private_names_of_libraries_stand_in_compat_alone() -> None:
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "explorer").rglob("*.py")
    }
    trees = {path: ast.parse(text) for path, text in texts.items() if REACHES.search(text)}
    reached = {
        path: lines
        for path, tree in trees.items()
        if not path.startswith("explorer/compat/") and (lines := [*foreign(tree, set())])
    }
    assert reached, "the project reaches its own private names"
    names = re.compile(r"\b(" + "|".join({*re.findall(r"\b_\w+", str(reached))}) + r")\b")
    own = set().union(
        *(_defined(trees.get(path) or ast.parse(text)) for path, text in texts.items() if names.search(text))
    )
    found = {path: lines for path in reached if (lines := [*foreign(trees[path], own)])}
    assert not found


def test_each_file_has_a_test_of_its_name() -> None:
    files = {path.stem for path in (ROOT / "explorer" / "compat").glob("*.py")} - {"__init__", "replaced"}
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert files <= tests
    for name in files:
        text = (ROOT / "explorer" / "compat" / f"{name}.py").read_text(encoding="utf-8")
        assert "Until" in (ast.get_docstring(ast.parse(text)) or ""), f"{name} says why, and until when"
