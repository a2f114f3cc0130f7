"""The page's files under addresses that hold their version, and the page's head, which names it.

A browser that has been here asks for none of them again; who changes a file sees it when the page is loaded next, for
the version is that of the files as they lie. The head stands in the page itself, so that scripts and styles are on
their way before the first of Gradio's has begun: in Gradio's settings it would be put in by the last.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer import places

#: for what another version has another address
ALWAYS = {"Cache-Control": "max-age=31536000, immutable"}
#: the script that the plotly package brings; the package itself is not imported
PLOTLY = str(Path(getattr(find_spec("plotly"), "origin", "")).parent / "package_data" / "plotly.min.js")
PAGE, FOLDER = "/", "/explorer/"
#: Gradio's own files, whose names hold a hash of what is in them
NAMED = re.compile(r"/assets/[\w.-]+-[\w-]{8,9}\.(js|css)")
VERSION = re.compile(r"/explorer/(v[0-9a-f]{12})(?=/)")
END = b"</head>"

#: of each file its size and time, and the hash of what was in it then
_read: dict[str, tuple[tuple[int, int], bytes]] = {}


def version() -> str:
    """The hash of all files. They are read once, and again after a change; else it takes a few milliseconds."""
    found = hashlib.sha256()
    for name, path in (*_assets(), ("plotly", PLOTLY)):
        with suppress(FileNotFoundError):  # an editor's own, gone by now
            state = os.stat(path)
            stamp = (state.st_size, state.st_mtime_ns)
            if path not in _read or _read[path][0] != stamp:
                _read[path] = (stamp, hashlib.sha256(Path(path).read_bytes()).digest())
            found.update(name.encode() + _read[path][1])
    return f"v{found.hexdigest()[:12]}"


def _assets() -> Iterator[tuple[str, str]]:
    """Each file's address in the folder, and where it lies."""
    root = str(places.assets())
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            yield path.removeprefix(root), path


class Versioned:
    """ASGI middleware. `head(folder)` is what the page's head has more, its files in that folder."""

    def __init__(self, app: ASGIApp, head: Callable[[str], str]) -> None:
        self.app = app
        self.head = head
        self.version = version()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path == PAGE and scope["method"] == "GET":
            send = self._headed(send)
        elif NAMED.fullmatch(path):
            send = _kept(send)
        elif found := VERSION.match(path):
            plain = path.replace(f"{found[1]}/", "", 1)
            scope = {**scope, "path": plain, "raw_path": plain.encode()}
            send = _kept(send) if found[1] == self.version else send
        await self.app(scope, receive, send)

    def _headed(self, send: Send) -> Send:
        """`send` for the page: its head is filled once all of it is there."""
        start: Message = {}
        body = bytearray()

        async def headed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            self.version = version()
            whole = bytes(body).replace(END, self.head(f"{FOLDER}{self.version}").encode() + b"\n" + END, 1)
            MutableHeaders(scope=start)["Content-Length"] = str(len(whole))
            await send(start)
            await send({"type": "http.response.body", "body": whole, "more_body": False})

        return headed


def _kept(send: Send) -> Send:
    """`send` for a file that never changes at its address, unless it says otherwise itself: nobody asks for it by what
    it was when they had it."""

    async def kept(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            out = MutableHeaders(scope=message)
            if out.setdefault("Cache-Control", ALWAYS["Cache-Control"]) == ALWAYS["Cache-Control"]:
                del out["ETag"]
                del out["Last-Modified"]
        await send(message)

    return kept
