"""Sphinx's settings: guides in Markdown (MyST), the reference from docstrings (autodoc). `make docs` builds it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from explorer import __version__  # noqa: E402
from explorer.lessons.catalogue import lessons  # noqa: E402
from explorer.panels import panels  # noqa: E402
from explorer.panels.chapters import CHAPTERS  # noqa: E402

project = "LLM Internals Explorer"
author = "the authors of LLM Internals Explorer"
copyright = f"2026, {author}"  # noqa: A001
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["made"]
myst_heading_anchors = 3
autodoc_inherit_docstrings = False
suppress_warnings = ["ref.python"]  # two chapters may have a class of one name

autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "member-order": "bysource"}
default_role = "code"  # a name in a docstring stands between single backticks
add_module_names = False
toc_object_entries = False

html_theme = "pydata_sphinx_theme"
html_title = project
html_copy_source = False
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "show_nav_level": 1,
    "navigation_depth": 2,
    "collapse_navigation": True,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "external_links": [],
}


def reference() -> Iterator[tuple[str, str]]:
    """A page for each folder of the stack, with all of its modules: name and text."""
    stack = ROOT / "explorer" / "stack"
    folders = sorted(path.parent for path in stack.rglob("__init__.py"))
    pages: list[tuple[int, str]] = []
    for folder in folders:
        inside = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted(folder.glob("*.py"))]
        modules = [name for name in inside if not name.endswith("__init__")]
        name = ".".join(folder.relative_to(ROOT).parts)
        if not modules:
            continue
        chapter, _, room = name.removeprefix("explorer.stack").strip(".").partition(".")
        named_so = CHAPTERS[chapter].title if chapter in CHAPTERS else chapter.capitalize() or "All chapters"
        title = f"{named_so}: {room}" if room else named_so
        pages.append((list(CHAPTERS).index(chapter) if chapter in CHAPTERS else 99, name))
        parts = [_headed(title, "="), f".. automodule:: {name}\n   :no-members:"]
        parts += [f"{_headed(each.removeprefix(name + '.'), '-')}\n\n.. automodule:: {each}" for each in modules]
        yield name, "\n\n".join(parts) + "\n"
    listed = "".join(f"   {name}\n" for _, name in sorted(pages))
    about = "Mechanisms by chapter, each with formula, paper and example.\n\n.. toctree::\n   :maxdepth: 1"
    yield "index", f"{_headed('The stack', '=')}\n\n{about}\n\n{listed}"


def _headed(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"


def panel_list() -> str:
    """All panels as they declare themselves, by chapter."""
    parts: list[str] = []
    for chapter, inside in groupby(panels().values(), key=lambda each: each.chapter):
        parts.append(
            f"### {CHAPTERS[chapter].title}\n\n{CHAPTERS[chapter].about}\n\n| panel | what it shows |\n|---|---|\n"
        )
        parts += [f'| <a href="../../?panel={each.name}">{each.title}</a> | {each.about} |\n' for each in inside]
        parts.append("\n")
    return "".join(parts)


def lesson_list() -> str:
    """All lessons, in the order of the page."""
    rows = [f"| {each.title} ({each.minutes} minutes) | {each.learn} |\n" for each in lessons().values()]
    return "| lesson | what one learns |\n|---|---|\n" + "".join(rows)


def write(_: Sphinx) -> None:
    """What is made of the code; a file that says the same as before is left as it is."""
    texts = {DOCS / "made" / "panels.md": panel_list(), DOCS / "made" / "lessons.md": lesson_list()}
    texts |= {DOCS / "api" / "stack" / f"{name}.rst": text for name, text in reference()}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


class Annotation(str):
    """An annotation that a signature shows as the source has it: `Float[Tensor, "query key"]`."""

    __repr__ = str.__str__


def written(annotation: Any) -> Any:
    return Annotation(annotation) if isinstance(annotation, str) else annotation


def named(default: Any) -> Any:
    """A default that only tells where it lies in memory is told by its type."""
    return Annotation(f"{type(default).__name__}(...)") if " at 0x" in repr(default) else default


def as_written(_: Sphinx, what: str, __: str, found: Any, ___: Any, signature: str | None, ____: str | None) -> Any:
    """The signature with the annotations of the source, and not what Python makes of them."""
    if signature is None or what not in ("function", "method", "class"):
        return None
    try:
        said = inspect.signature(found)
    except (TypeError, ValueError):
        return None
    shown = [
        each.replace(annotation=written(each.annotation), default=named(each.default))
        for name, each in said.parameters.items()
        if name not in ("self", "cls")
    ]
    returned = said.return_annotation if isinstance(said.return_annotation, str) else None
    text = str(said.replace(parameters=shown, return_annotation=inspect.Signature.empty))
    return text, returned if what != "class" else None


def sizes(line: str) -> str:
    r"""The line with bars that are no mark of reStructuredText: `|x|` between backticks stays.

    >>> sizes("where |x| is large, `|y|` is")
    'where \\|x\\| is large, `|y|` is'
    """
    return "`".join(part if at % 2 else part.replace("|", "\\|") for at, part in enumerate(line.split("`")))


def set_off(_: Sphinx, __: str, ___: str, ____: Any, _____: Any, lines: list[str]) -> None:
    """What a docstring sets off by spaces, formulas and tables, stands as it is written; so do the bars of |x|."""
    made: list[str] = []
    above, inside = "", False
    for line in lines:
        indented = line.startswith("  ")
        begins = indented and not inside and made and not made[-1].strip()
        if begins and not above.rstrip().endswith("::") and not above.startswith((">>>", "..", "-", "*", " ")):
            made += ["::", ""]
        inside = indented or (inside and not line.strip())
        above = line if line.strip() else above
        made.append(line if indented or above.startswith(">>>") else sizes(line))
    lines[:] = made


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write)
    app.connect("autodoc-process-signature", as_written)
    app.connect("autodoc-process-docstring", set_off)
