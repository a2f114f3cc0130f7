"""The real page in a real browser: one server for all browser tests, a fresh page for each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: milliseconds; two cores run the model, the server and the browser
PATIENCE = 90_000


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as a person starts it."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "server.log"
    env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "HF_HUB_OFFLINE": "1"}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(address + "/healthz", timeout=1)
                break
            except OSError:
                if process.poll() is not None:
                    pytest.fail("the server stopped: " + log.read_text()[-2000:])
                time.sleep(0.2)
        else:
            pytest.fail("the server did not answer: " + log.read_text()[-2000:])
        yield address
        said = log.read_text()
        assert "Traceback" not in said, said[-4000:]
        assert "Warning" not in said, said[-4000:]
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is missing: `make test` installs it on Debian"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def ready(page: Page) -> None:
    """Wait until the live run's views are drawn."""
    page.wait_for_function(
        "() => window.explorer?.store.run && !window.explorer.store.recorded"
        " && document.querySelector('#stage')?.dataset.ready === '1' && !document.body.dataset.busy"
        " && !document.querySelector('.panel.waiting')",
        timeout=PATIENCE,
    )


@pytest.fixture
def open_page(server: str, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page("?panel=walk", width=390, dark=True)`; the test fails on any console error of its pages."""
    contexts, complaints = [], []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text}")

    def refuse(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def opened(
        query: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        wait: bool = True,
        hold: str | None = None,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("dialog", refuse)
        if hold:  # requests of this pattern wait until the test calls page.unroute
            page.route(hold, lambda route: None)
        page.goto(server + "/" + query)
        if wait:
            ready(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints, complaints
