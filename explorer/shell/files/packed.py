"""Files as they travel: packed once, as small as brotli makes them, and kept.

The comments of the page's own scripts and styles, a quarter of what they weigh, stay at home, and so do indents,
but for scripts with texts of several lines, where they may mean something.

Starlette's and Gradio's middleware compress every answer anew, and so must do it quickly. The page's files never change
while the server runs: they are packed as small as they can be, those of a first visit while the server starts (see
`first_visit`), the others quickly when they are first asked for, and well soon after. What never changes at its address
is given again without asking what stands behind: of the 2 ms of a core that a file takes on its way through all of it,
three quarters.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable
from hashlib import sha256
from queue import Full, Queue
from threading import Lock, Thread

import brotli
from cachetools import LRUCache
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.shell.http.packing import accepts, packing

#: What a request says that is true of the file as it lies, and not as it travels.
OF_THE_PLAIN_FILE = (b"accept-encoding", b"range", b"if-range")
FOLDERS = ("/explorer/", "/assets/", "/static/", "/theme.css")
PAGE = "/"
#: bytes that are kept: five times all of the page's files. The page itself is another one for each name that the
#: server is called by
KEPT = 32 << 20
#: files that wait to be packed well; a visit brings 150
WAITING = 1000
#: scripts and styles that say in comments what they are
OWN = re.compile(r"/explorer/(v[0-9a-f]{12}/)?((shell|kit|views)/.*\.js|(css|shell|kit|views)/.*\.css)")
#: comments that have their lines to themselves
COMMENTS = re.compile(rb"^[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/[ \t]*\n|//[^\n]*\n)", re.MULTILINE)
INDENTS = re.compile(rb"^[ \t]+", re.MULTILINE)
#: media types; pictures and fonts are packed already
TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml", "image/vnd.microsoft.icon")
#: addresses whose answer is known
KNOWN = 4096
#: bytes that are not worth the headers
FEW = 200
#: brotli's qualities: at once, and for all who come later
QUICK, BEST = 5, 11
#: bytes from which on the best takes a core for seconds, and the next best does not
MANY, NEXT_BEST = 1 << 20, 9
#: seconds after the first file in which the cores belong to the page
QUIET = 3.0


class Shelf:
    """Packed files by the hash of what is in them, bounded by bytes; a thread of its own packs them well."""

    def __init__(self) -> None:
        self._kept: LRUCache[bytes, bytes] = LRUCache(KEPT, getsizeof=len)
        self._lock = Lock()
        self._waiting: Queue[tuple[bytes, bytes]] = Queue(WAITING)
        self._works = False

    def fill(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Pack these well before anybody asks for them."""
        for path, body in files:
            plain = travels(path, body)
            if len(plain) >= FEW:
                self._keep(sha256(plain).digest(), best(plain))

    def kept(self, key: bytes) -> bytes | None:
        with self._lock:
            return self._kept.get(key)

    def packed(self, body: bytes, key: bytes) -> bytes:
        """The file as it travels; the key is its hash."""
        found = self.kept(key)
        if found is None:
            found = self._keep(key, brotli.compress(body, quality=QUICK))
            with contextlib.suppress(Full):  # then it stays as it is
                self._waiting.put_nowait((key, body))
            if not self._works:
                self._works = True
                Thread(target=self._work, daemon=True, name="explorer-pack").start()
        return found

    def _keep(self, key: bytes, packed: bytes) -> bytes:
        with self._lock:
            if len(packed) <= KEPT:
                self._kept[key] = packed
        return packed

    def _work(self) -> None:
        time.sleep(QUIET)
        while True:
            key, body = self._waiting.get()
            self._keep(key, best(body))


def best(body: bytes) -> bytes:
    """As small as it can be."""
    return brotli.compress(body, quality=BEST if len(body) < MANY else NEXT_BEST)


def travels(path: str, body: bytes) -> bytes:
    """What of a file is sent, before it is packed."""
    if not OWN.fullmatch(path):
        return body
    bare = COMMENTS.sub(b"", body)
    return bare if b"`" in bare else INDENTS.sub(b"", bare)


class Packed:
    """ASGI middleware; what stands behind it is asked for everything unpacked."""

    def __init__(self, app: ASGIApp, shelf: Shelf) -> None:
        self.app, self.shelf = app, shelf
        self._known: LRUCache[str, tuple[Message, bytes]] = LRUCache(KNOWN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _of_the_page(scope) or not accepts(Headers(scope=scope).get("accept-encoding", ""), "br"):
            return await self.app(scope, receive, send)
        if await self._again(scope, send):
            return None
        plain = [(name, value) for name, value in scope["headers"] if name not in OF_THE_PLAIN_FILE]
        return await self.app({**scope, "headers": plain}, receive, _Answer(self, scope["path"], send))

    async def _again(self, scope: Scope, send: Send) -> bool:
        """Give the answer of an address that is known, if its file is still kept."""
        start, key = self._known.get(scope["path"], (None, b""))
        body = self.shelf.kept(key)
        if start is None or body is None:
            return False
        await _send(start, body, send)
        return True

    def know(self, path: str, start: Message, key: bytes) -> None:
        """Keep what an address answers where that is for always."""
        if "immutable" in Headers(raw=start["headers"]).get("cache-control", ""):
            self._known[path] = (start, key)


class _Answer:
    """`send` for one file: it waits for the whole of it."""

    def __init__(self, packed: Packed, path: str, send: Send) -> None:
        self.packed, self.path, self.send = packed, path, send
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _worth(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._end(self.start)

    async def _end(self, start: Message) -> None:
        out = MutableHeaders(scope=start)
        if "etag" in out:
            del out["Last-Modified"]  # it says the same, and less of it
        del out["Accept-Ranges"]  # parts of the file as it lies are no parts of what travels
        out["Content-Encoding"] = "br"
        out["Vary"] = "Accept-Encoding"  # once: what stands behind has said it too
        key, body = await packing(self._packed)
        self.packed.know(self.path, start, key)
        await _send(start, body, self.send)

    def _packed(self) -> tuple[bytes, bytes]:
        """The hash of what is sent, and how it travels."""
        plain = travels(self.path, bytes(self.body))
        key = sha256(plain).digest()
        return key, self.packed.shelf.packed(plain, key)


async def _send(start: Message, body: bytes, send: Send) -> None:
    """The whole answer; what stands before may add headers, and others get it too."""
    message = {**start, "headers": list(start["headers"])}
    MutableHeaders(scope=message)["Content-Length"] = str(len(body))
    await send(message)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _of_the_page(scope: Scope) -> bool:
    asked = scope["type"] == "http" and scope["method"] == "GET"
    return asked and (scope["path"] == PAGE or scope["path"].startswith(FOLDERS))


def _worth(start: Message) -> bool:
    """Whether it is a file that gets smaller."""
    headers = Headers(scope=start)
    kind, length = headers.get("content-type", ""), int(headers.get("content-length", FEW))
    return start["status"] == 200 and kind.startswith(TYPES) and length >= FEW and "content-encoding" not in headers
