"""The real page in a real browser: one server for all browser tests, a fresh page for each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

from tests.browser.streams import watch

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--single-threaded-gc",  # threads that clear up beside it take a core from the model
]
#: The shell first: it draws the same, and opens a page for a third of the work, since there is no window around it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
CONTEXT: Any = {"reduced_motion": "reduce", "permissions": ["clipboard-read", "clipboard-write"]}
#: milliseconds; two cores run the model, the server and the browser
PATIENCE = 90_000
#: The file of a menu's first entry, without the mouse, which takes as long as drawing the view.
SAVED = """section => new Promise((done) => {
    const { createObjectURL } = URL;
    URL.createObjectURL = (file) => {
        URL.createObjectURL = createObjectURL;
        done(file.text());
        return createObjectURL(file);
    };
    section.querySelector("[aria-haspopup=menu]").click();
    const press = () => {
        const first = section.querySelector("[role=menuitem]");
        if (first) first.click();
        else requestAnimationFrame(press);
    };
    press();
})"""


#: A lesson that a test has left is not offered to the next: its line would move what that measures.
FORGOTTEN = """() => {
    const { met } = JSON.parse(localStorage.getItem("explorer-lessons") ?? "{}");
    localStorage.setItem("explorer-lessons", JSON.stringify(met ? { met } : {}));
}"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is missing: `make test` installs it on Debian"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def ready(page: Page) -> None:
    """Wait until the views are drawn: of the live run, or of no run where the panel needs none."""
    page.wait_for_function(
        "() => (document.body.dataset.runless || window.explorer?.store.run && !window.explorer.store.recorded)"
        " && document.querySelector('#stage')?.dataset.ready === '1' && !document.body.dataset.busy"
        " && !document.querySelector('.panel.waiting')",
        timeout=PATIENCE,
        polling=100,  # not on each frame: the model needs the cores
    )


def listen(page: Page, complaints: list[str]) -> None:
    """Write down whatever the page's console says that it should not."""

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def refuse(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
    page.on("dialog", refuse)


@pytest.fixture(scope="session")
def shared(chromium: Browser) -> BrowserContext:
    """In which a test's first page opens: it keeps the page's files, and nothing that a test leaves behind."""
    return chromium.new_context(**CONTEXT)


@pytest.fixture
def open_page(server: str, chromium: Browser, shared: BrowserContext) -> Iterator[Callable[..., Page]]:
    """`open_page("?panel=walk", width=390, dark=True)`; the test fails on any console error of its pages.

    Each further page of a test is another visitor's: a browser shares six connections among all pages of one.
    """
    pages: list[Page] = []
    complaints: list[str] = []

    def opened(
        query: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        wait: bool = True,
        hold: str | None = None,
    ) -> Page:
        page = (chromium.new_context(**CONTEXT) if pages else shared).new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        listen(page, complaints)
        watch(page)
        if hold:  # requests of this pattern wait until the test calls page.unroute
            page.route(hold, lambda route: None)
        page.goto(server + "/" + query)
        if wait:
            ready(page)
        return page

    yield opened
    for page in pages:
        if page.context is shared and page.url.startswith(server):
            page.evaluate(FORGOTTEN)
        page.close()
        if page.context is not shared:
            page.context.close()
    assert not complaints, complaints
