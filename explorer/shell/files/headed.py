"""The page's own head, put into Gradio's page.

It stands in the page itself, so that scripts and styles are on their way before the first of Gradio's has begun: in
Gradio's settings it would be put in by the last. Where a bundle stands for Gradio's own files, the page names that.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.shell.files import bundles

PAGE = "/"
END = b"</head>"


class Headed:
    """ASGI middleware. `head()` is what the page's head has more."""

    def __init__(self, app: ASGIApp, head: Callable[[], str]) -> None:
        self.app = app
        self.head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PAGE or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        return await self.app({**scope, "headers": plain}, receive, self._headed(send))

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
            whole = bytes(body).replace(END, self.head().encode() + b"\n" + END, 1)
            for name, bundle in replaced().items():
                whole = whole.replace(f'"./{name}"'.encode(), f'"{bundles.FOLDER}bundles/{bundle}"'.encode(), 1)
            MutableHeaders(scope=start)["Content-Length"] = str(len(whole))
            await send(start)
            await send({"type": "http.response.body", "body": whole, "more_body": False})

        return headed


def replaced() -> dict[str, str]:
    """Of Gradio's files those that a bundle stands for: none where another version is installed than was bundled."""
    import gradio

    found = bundles.listed()["gradio"]
    return found["replaces"] if found is not None and found["version"] == gradio.__version__ else {}
