"""Which tests a run asks for: those of a chapter (`pytest --chapter systems`), or those that a change can touch.

`pytest --touched` compares the checkout with its last commit, `pytest --touched=main` with the commit at which the
branch left main. A test stays where a changed file lies among what it can reach: the modules that its file imports and
all that these import, the panels that it names, and with a panel its views, its scripts and its brief. A test that
draws the page reaches all of the shell; one that names no panel, and draws whatever is there, reaches all panels.
What lies in no such place (a conftest, the build, the kit) touches every test.
"""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from explorer.panels import panels
from explorer.panels.chapters import CHAPTERS

ROOT = Path(__file__).resolve().parents[1]
SHARED = "none"
#: Files of the page that all its tests reach, and those that say nothing to any test.
SILENT = re.compile(r"\.(md|yml)$|^(LICENSE|space/|\.github/)")


def add_options(parser: pytest.Parser) -> None:
    parser.addoption("--chapter", choices=[*CHAPTERS, SHARED], help=f"tests of one chapter; {SHARED}: of no chapter")
    parser.addoption("--touched", nargs="?", const="HEAD", metavar="COMMIT", help="tests that what changed can touch")


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that were asked for."""
    chapter, base = config.getoption("chapter"), config.getoption("touched")
    if not chapter and not base:
        return
    changed = changes(base) if base else frozenset()
    kept = [
        item
        for item in items
        if (not chapter or chapter in (chapters_of(item) or {SHARED})) and (not base or reaches(item, changed))
    ]
    left = set(kept)
    if gone := [item for item in items if item not in left]:
        config.hook.pytest_deselected(items=gone)
        items[:] = kept


def chapters_of(item: pytest.Item) -> set[str]:
    """Of the panels that it names, else of the folder that it lies in; empty where it is of no chapter."""
    named = {panels()[name].chapter for name in named_panels(item)}
    return named or set(CHAPTERS).intersection(item.path.relative_to(ROOT).parts)


def named_panels(item: pytest.Item) -> set[str]:
    """Panels among its parameters, or in the links of its file."""
    said = getattr(getattr(item, "callspec", None), "id", "")
    return set(panels()).intersection(re.findall(r"[a-z_]+", said)) or set(links(item.path))


@cache
def links(path: Path) -> frozenset[str]:
    """Panels that a file opens."""
    return frozenset(re.findall(r"panel=([a-z_]+)", path.read_text("utf-8"))).intersection(panels())


def changes(base: str) -> frozenset[str]:
    """Paths that differ from a commit, or from where the branch left another."""

    def said(*command: str) -> list[str]:
        return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    (start,) = said("merge-base", base, "HEAD")
    return frozenset([*said("diff", "--name-only", start), *said("ls-files", "--others", "--exclude-standard")])


def reaches(item: pytest.Item, changed: frozenset[str]) -> bool:
    """Whether the test can reach something that changed."""
    told = {path for path in changed if not SILENT.search(path)}
    file = item.path.relative_to(ROOT).as_posix()
    drawn = named_panels(item) or (set(panels()) if of_all_panels(item) else set())
    here = {path for path in told if owner(path) is not None}
    return (
        bool(told - here)
        or file in told
        or not here.isdisjoint(reached(item.path, "server" in getattr(item, "fixturenames", ())))
        or any(not here.isdisjoint(of_panel(name)) for name in drawn)
    )


def of_all_panels(item: pytest.Item) -> bool:
    """Whether it draws what is there, and says not what."""
    return "server" in getattr(item, "fixturenames", ()) or "explorer.panels" in imported(item.path)


def owner(path: str) -> str | None:
    """The kind of place a changed file lies in; None where it may touch anything."""
    if path.endswith(".py") and path.startswith(("explorer/", "tests/")) and not path.endswith("conftest.py"):
        return "module"
    return "panel" if path.startswith(("assets/views/", "assets/glossary/", "assets/lessons/")) else None


@cache
def of_panel(name: str) -> frozenset[str]:
    """All files that a panel is made of."""
    panel = panels()[name]
    module = f"explorer.panels.{panel.chapter}.{name}"
    scripts = (ROOT / "assets" / "views" / panel.chapter / name).glob("*")
    own = {path.relative_to(ROOT).as_posix() for path in scripts}
    own |= {f"tests/panels/{panel.chapter}/{name}_brief.py", f"assets/glossary/{panel.chapter}.json"}
    return frozenset(own | files_of(frozenset({module, f"{module}_views"})))


@cache
def reached(path: Path, served: bool) -> frozenset[str]:
    """All files that a test's file imports, and that these import, but for panels that are imported by their names."""
    modules = {*imported(path), *(["explorer.shell.app"] if served else [])}
    tests = {each for each in modules if each.startswith("tests.")}
    found = {f"{each.replace('.', '/')}.py" for each in tests}
    for each in found:
        if (ROOT / each).is_file():
            modules |= {name for name in imported(ROOT / each) if name.startswith("explorer")}
    return frozenset(found | files_of(frozenset(modules - tests)))


@cache
def imported(path: Path) -> frozenset[str]:
    """Names that stand in a file's imports: `from a import b` names a and a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return frozenset(found)


@cache
def files_of(modules: frozenset[str]) -> frozenset[str]:
    """The files of modules and of all that they import."""
    import grimp

    graph = _graph()
    assert isinstance(graph, grimp.ImportGraph)
    there = modules.intersection(graph.modules)
    every = there.union(*(graph.find_upstream_modules(each) for each in there))
    paths = (ROOT / each.replace(".", "/") for each in every)
    return frozenset(
        (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).relative_to(ROOT).as_posix()
        for path in paths
    )


@cache
def _graph() -> object:
    import grimp

    return grimp.build_graph("explorer", cache_dir=None)
