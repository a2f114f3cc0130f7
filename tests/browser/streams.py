"""Which event streams a page has open: of one that is cut Gradio complains in the console."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from playwright.sync_api import Page, Request

#: seconds
PATIENCE = 90.0
_open: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()


def watch(page: Page) -> None:
    """From now on, before the page is opened."""
    streams = _open[page] = set()

    def begun(request: Request) -> None:
        if "/queue/data" in request.url:
            streams.add(request)

    def ended(request: Request) -> None:
        streams.discard(request)

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)


def load_anew(page: Page) -> None:
    """Reload the page once none is open."""
    until = time.monotonic() + PATIENCE
    while _open[page] and time.monotonic() < until:
        page.wait_for_timeout(50)
    page.reload()
