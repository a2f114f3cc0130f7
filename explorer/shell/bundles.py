"""The page's files, as they lie in `assets`; in a wheel, the bundles that stand for its scripts and stylesheets.

A checkout serves each module as it is, and a browser asks anew whether it has changed. A wheel's bundles have the hash
of what is in them in their names: a browser that has been here asks for none of them again. `bundle.js` writes them,
and beside each the same as small as brotli makes it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TypedDict

import brotli
import orjson
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from explorer import places

FOLDER = "/explorer/"
#: for what another version has another address
ALWAYS = {"Cache-Control": "max-age=31536000, immutable"}
#: "br" among the accepted encodings, unless with the weight 0
BROTLI = re.compile(r"\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
TYPES = {".js": "text/javascript", ".css": "text/css; charset=utf-8", ".json": "application/json"}
#: brotli's quality for a large file, once in a process: the best takes a core for seconds
QUALITY = 9


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


def takes_brotli(scope: Scope) -> bool:
    """Whether a request does."""
    return bool(BROTLI.search(Headers(scope=scope).get("accept-encoding", "")))


class Assets(StaticFiles):
    """The folder of `assets`; what a bundle stands for is found there."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path in listed()["files"]:
            return RedirectResponse(address(path), headers={"Cache-Control": "no-cache"})
        return await super().get_response(path, scope)


class Bundles(StaticFiles):
    """The folder of bundles."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        packed = takes_brotli(scope) and self.lookup_path(f"{path}.br")[1] is not None
        response = await super().get_response(f"{path}.br" if packed else path, scope)
        response.headers.update(ALWAYS)
        if packed:
            response.headers.update({"Content-Encoding": "br", "Content-Type": TYPES[Path(path).suffix]})
        response.headers["Vary"] = "Accept-Encoding"
        for name in ("ETag", "Last-Modified", "Accept-Ranges"):  # nobody asks for it by what it was when they had it
            del response.headers[name]
        return response


@cache
def packed(file: Path) -> bytes:
    """A large file of another package as small as a moment makes it."""
    return brotli.compress(file.read_bytes(), quality=QUALITY)
