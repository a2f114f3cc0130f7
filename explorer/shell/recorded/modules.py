"""The page's modules as they lie in `assets`: which of them a page needs, and the same within one file.

A module names another by a path beside itself. In one file they have no paths: each is named `explorer/PATH`, which the
file's import map leads to, and what it finds beside itself by `import.meta.url` is found by two functions of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath

from explorer import places
from explorer.shell.files.scripts import imported

ENTRY = "recorded/open.js"
#: charts are drawn by it; it comes from the plotly package
CHART, PLOTLY = "kit/chart.js", "lib/plotly.js"
_STATIC = re.compile(r'^((?:import|export)\s(?:[^"]*?\sfrom\s)?")(\.[^"]+)(")', re.MULTILINE)
_LATER = re.compile(r'(import\(")(\.[^"]+\.js)("\))')
_NAMED = re.compile(r"import\((`[^`]+`)\)")
_BESIDE = re.compile(r"new URL\(([^()]+), import\.meta\.url\)")


def modules(panels: Iterable[tuple[str, str, Iterable[str]]], entry: str = ENTRY) -> list[str]:
    """The modules of a page with these panels (chapter, name, views), those that are loaded later among them."""
    views = (f"views/{chapter}/{name}/{view}.js" for chapter, name, names in panels for view in names)
    found = dict.fromkeys([entry, *views])
    waiting = list(found)
    while waiting:
        for path in _needed(waiting.pop()):
            if path not in found:
                found[path] = None
                waiting.append(path)
    return list(found)


@cache
def _needed(path: str) -> tuple[str, ...]:
    later = (_beside(path, other) for _, other, _ in _LATER.findall(read(path)))
    return (*imported(path), *later)


def _beside(path: str, other: str) -> str:
    return normpath(str(PurePosixPath(path).parent / other))


def read(path: str) -> str:
    """A file of the page."""
    return (places.assets() / path).read_text(encoding="utf-8")


def within(path: str) -> str:
    """A module as it stands in one file. Raises ValueError where it finds something in a way that is not known here."""

    def named(match: re.Match[str]) -> str:
        return f"{match[1]}explorer/{_beside(path, match[2])}{match[3]}"

    text = _LATER.sub(named, _STATIC.sub(named, read(path)))
    text = _NAMED.sub(lambda match: f'import(explorerModule({match[1]}, "{path}"))', text)
    text = _BESIDE.sub(lambda match: f'explorerFile({match[1]}, "{path}")', text)
    if "import.meta" in text or "import(`" in text:
        raise ValueError(f"{path}: what it finds beside itself cannot be put into one file")
    return text
