"""How long the places of a site take to open: in a browser that has nothing of it yet, from a server of files here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson

from explorer.shell.recorded.browser import chromium

#: milliseconds for a place to be drawn
PATIENCE = 60_000
_DRAWN = "() => document.querySelector('#stage')?.dataset.ready === '1' && !document.querySelector('.panel.waiting')"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


def opened(site: Path) -> Iterator[tuple[str, float]]:
    """Each place's file, and the seconds until all its views are drawn. Raises BadRequestError without a browser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chromium() as browser:
            for step in orjson.loads((site / "recorded" / "steps.json").read_bytes())["steps"]:
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                began = time.perf_counter()
                page.goto(f"http://127.0.0.1:{server.server_port}/explorer.html{step['link']}")
                page.wait_for_function(_DRAWN, timeout=PATIENCE)
                yield step["file"], time.perf_counter() - began
                page.context.close()
    finally:
        server.shutdown()
        server.server_close()
