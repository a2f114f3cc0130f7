"""The page's files as they are served: a checkout's as they lie, a wheel's bundles for always."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from explorer import places
from explorer.shell.files.bundles import ALWAYS, address, listed

#: "br" among the accepted encodings, unless with the weight 0
BROTLI = re.compile(r"\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
HASHED = re.compile(r"[\w-]+-[A-Z0-9]{8}\.(js|css|json|woff2)")
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json"}
#: brotli's quality for a large file, once in a process: the best takes a core for seconds
QUALITY = 7
UNBUILT = "The documentation is not built here. In a checkout, run `make docs`; its sources are the files in docs/.\n"


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
    """The folder of bundles: of those files whose names hold a hash of what is in them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not HASHED.fullmatch(path):
            return Response(status_code=404)
        packed = takes_brotli(scope) and self.lookup_path(f"{path}.br")[1] is not None
        response = await super().get_response(f"{path}.br" if packed else path, scope)
        response.headers.update(ALWAYS)
        if packed:
            response.headers.update({"Content-Encoding": "br", "Content-Type": TYPES[Path(path).suffix]})
        response.headers["Vary"] = "Accept-Encoding"
        for name in ("ETag", "Last-Modified", "Accept-Ranges"):  # nobody asks for it by what it was when they had it
            del response.headers[name]
        return response


class Docs:
    """The folder that `make docs` builds, as it is at each request: a server need not be started anew after it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        folder = places.docs()
        if folder is None:
            answer = PlainTextResponse(UNBUILT, status_code=404)
            return await answer(scope, receive, send)
        return await StaticFiles(directory=folder, html=True)(scope, receive, send)


@cache
def packed(file: Path) -> bytes:
    """A large file of another package as small as a moment makes it."""
    return brotli.compress(file.read_bytes(), quality=QUALITY)
