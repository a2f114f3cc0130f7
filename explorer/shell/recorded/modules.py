"""The page's modules and stylesheets that a page of recordings needs, and the same within one file.

A wheel has bundles, and their list says what each imports; a checkout has the modules as they lie in `assets`, whose
own text says it. In one file they have no paths: each is named `explorer/PATH`, which the file's import map leads to,
and what the page finds by `kit/asset.js` is found by a function of the file.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath, relpath

from explorer import places
from explorer.shell.files.bundles import listed

ENTRY = "recorded/open.js"
#: charts are drawn by it; it comes from the plotly package
CHART, PLOTLY = "kit/chart/chart.js", "lib/plotly.js"
#: the one module that knows where it lies itself
ASSET = "kit/asset.js"
#: where bundles lie among the page's files
BUNDLES = "bundles/"
_STATIC = re.compile(r'^((?:import|export)\s(?:[^"]*?\sfrom\s)?")(\.[^"]+)(")', re.MULTILINE)
_LATER = re.compile(r'(import\(")(\.[^"]+\.js)("\))')
_BUNDLED = re.compile(r'"\./([\w-]+\.js)"')
_SHEETS = re.compile(r'^@import "(\.[^"]+)";\n', re.MULTILINE)
_FONTS = re.compile(r'url\("?([^")]+\.woff2)"?\)')

Panels = Iterable[tuple[str, str, Iterable[str]]]


def served(path: str) -> str:
    """Where what lies there in `assets` lies among the page's files."""
    name = listed()["files"].get(path)
    return path if name is None else BUNDLES + name


def modules(panels: Panels, entry: str = ENTRY) -> list[str]:
    """The modules of a page with these panels (chapter, name, views), those that are loaded later among them."""
    views = [
        path
        for chapter, name, views in panels
        for path in ([f"views/{chapter}/{name}"] if listed()["files"] else _views(chapter, name, views))
    ]
    found = dict.fromkeys(map(served, (entry, *views)))
    waiting = list(found)
    while waiting:
        for path in imported(waiting.pop()):
            if path not in found:
                found[path] = None
                waiting.append(path)
    return list(found)


def _views(chapter: str, name: str, views: Iterable[str]) -> list[str]:
    return [f"views/{chapter}/{name}/{view}.js" for view in views]


@cache
def imported(path: str, *, later: bool = True) -> tuple[str, ...]:
    """What a module itself imports, at its start or also later."""
    if path.startswith(BUNDLES):
        found = listed()["imports"][path.removeprefix(BUNDLES)]
        return tuple(BUNDLES + name for name in (*found["now"], *(found["later"] if later else ())))
    patterns = (_STATIC, _LATER) if later else (_STATIC,)
    return tuple(_beside(path, other) for pattern in patterns for _, other, _ in pattern.findall(read(path)))


def at_once(entry: str) -> list[str]:
    """The module and all that it needs at its start."""
    found = [served(entry)]
    for path in found:
        found += [each for each in imported(path, later=False) if each not in found]
    return found


def charts(chapter: str, name: str, views: Iterable[str]) -> bool:
    """Whether a panel draws any."""
    if listed()["files"]:
        return f"views/{chapter}/{name}" in listed()["charts"]
    return CHART in modules([(chapter, name, views)])


def _beside(path: str, other: str) -> str:
    return normpath(str(PurePosixPath(path).parent / other))


def read(path: str) -> str:
    """A file of the page."""
    return content(path).decode()


def content(path: str) -> bytes:
    """The same, as it lies."""
    folder = places.bundles()
    if folder is not None and path.startswith(BUNDLES):
        return (folder / path.removeprefix(BUNDLES)).read_bytes()
    return (places.assets() / path).read_bytes()


def stub(path: str) -> bytes:
    """A file that stands where others name a script or stylesheet, and leads to its bundle."""
    way = relpath(served(path), PurePosixPath(path).parent)
    return f'{"@import" if path.endswith(".css") else "import"} "{way}";\n'.encode()


def sheet(path: str) -> str:
    """A stylesheet with those that it imports in their places."""
    if served(path) != path:
        return read(served(path))
    return _SHEETS.sub(lambda found: sheet(_beside(path, found[1])), read(path))


def within(path: str) -> str:
    """A module as it stands in one file. Raises ValueError where it finds something in a way that is not known here."""
    if path.startswith(BUNDLES):
        return _BUNDLED.sub(rf'"explorer/{BUNDLES}\1"', read(path))

    def named(match: re.Match[str]) -> str:
        return f"{match[1]}explorer/{_beside(path, match[2])}{match[3]}"

    text = _LATER.sub(named, _STATIC.sub(named, read(path)))
    if "import.meta" in text and path != ASSET:
        raise ValueError(f"{path}: what it finds beside itself cannot be put into one file")
    return text


def panel_module(chapter: str, name: str, views: Iterable[str]) -> tuple[str, str]:
    """The name and the text of the module of a panel's views within one file."""
    bundle = served(f"views/{chapter}/{name}")
    if bundle.startswith(BUNDLES):
        return bundle, within(bundle)
    each = zip(views, _views(chapter, name, views), strict=True)
    return f"panels/{name}.js", "\n".join(f'export * as {view} from "explorer/{path}";' for view, path in each)


def worn(path: str) -> str:
    """A stylesheet as it stands in one file, its fonts within."""

    def font(match: re.Match[str]) -> str:
        data = base64.b64encode(content(_beside(served(path), match[1]))).decode()
        return f'url("data:font/woff2;base64,{data}")'

    return _FONTS.sub(font, sheet(path))
