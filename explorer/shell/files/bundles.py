"""The page's files, as they lie in `assets`; in a wheel, the bundles that stand for its scripts and stylesheets.

A checkout serves each module as it is, and a browser asks anew whether it has changed. A wheel's bundles have the hash
of what is in them in their names: a browser that has been here asks for none of them again. `bundle.js` writes them,
and beside each the same as small as brotli makes it.
"""

from __future__ import annotations

from functools import cache
from typing import TypedDict

import orjson

from explorer import places

FOLDER = "/explorer/"
#: for what another version has another address
ALWAYS = {"Cache-Control": "max-age=31536000, immutable"}


class Imports(TypedDict):
    """Files that a script imports at its start, and those that it loads later."""

    now: list[str]
    later: list[str]


class Gradio(TypedDict):
    """Gradio's own page: which of its version's files a bundle stands for."""

    version: str
    replaces: dict[str, str]


class Listed(TypedDict):
    """What `bundle.js` says of its files: which stands for what of `assets`, and what it imports."""

    files: dict[str, str]
    imports: dict[str, Imports]
    charts: list[str]
    """The panels that draw some."""
    gradio: Gradio | None


@cache
def listed() -> Listed:
    """The bundles that there are: in a checkout none."""
    folder = places.bundles()
    if folder is None:
        return {"files": {}, "imports": {}, "charts": [], "gradio": None}
    return orjson.loads((folder / "bundles.json").read_bytes())


def address(path: str) -> str:
    """Where the page finds what lies there in `assets`."""
    name = listed()["files"].get(path)
    return f"{FOLDER}{path}" if name is None else f"{FOLDER}bundles/{name}"


def imported(path: str) -> list[str]:
    """Where the files are that this script imports at its start, those that they import among them."""
    imports = listed()["imports"]
    found = dict.fromkeys(imports[listed()["files"][path]]["now"] if imports else ())
    for name in (*found,):
        found |= dict.fromkeys(imports[name]["now"])
    return [f"{FOLDER}bundles/{name}" for name in found]
