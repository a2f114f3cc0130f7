"""The page as a visitor meets it: from the start of the process to the pictures, and under the hand.

Chromium drives the real server; both share the machine's cores. Needs the development dependencies and Chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from explorer.bench import Report
from explorer.bench.page_panels import HOVER, all_panels, percentile
from explorer.errors import SourceMissingError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESCRIPTION = (
    "process start to picture, weight, prompt to picture alone and beside a job, panel change, hover, in Chromium"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
RUNS = 20
PANELS = ("walk", "attention", "residual_stream", "sampling")
READY = (
    "() => window.explorer?.store.run && !window.explorer.store.recorded && !document.body.dataset.busy"
    " && document.querySelector('#stage')?.dataset.ready === '1'"
)
#: the live run, as it comes
STREAM = "/gradio_api/queue/data"
#: another visitor's training, of seconds
TRAINING = "/?model=six-kinds-moe&text=a&new=0&panel=balancing&balancing.steps=600&balancing.experts=32&balancing.seed="
AT_WORK = "() => /Training steps [1-9]/.test(document.querySelector('#runstate .stattext')?.textContent ?? '')"


def _serve() -> tuple[subprocess.Popen[bytes], str, float]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "HF_HUB_OFFLINE": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", "run"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return process, f"http://127.0.0.1:{port}", started


def _answers(address: str) -> None:
    while True:
        try:
            urllib.request.urlopen(address + "/healthz", timeout=1)  # noqa: S310 - our own server
            return
        except OSError:
            time.sleep(0.02)


def _sentence(turn: int) -> str:
    """About 64 tokens, never the same twice, so that no stored run answers."""
    return f"Run {turn}: " + "When Mary and John went to the store, John gave a drink to her and then " * 3


def run(report: Report) -> None:
    """Add the rows. Raises SourceMissingError when there is no Chromium or Playwright."""
    if find_spec("playwright") is None:
        raise SourceMissingError("Playwright is not installed.", 'Install it by: pip install "playwright>=1.55"')
    names = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if not chromium:
        raise SourceMissingError("There is no Chromium on this machine.", "`make test` installs it on Debian.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        starts: dict[str, list[float]] = {}
        for _ in range(5):
            process, address, started = _serve()
            try:
                for name, seconds in _start(browser, address, started).items():
                    starts.setdefault(name, []).append(seconds)
            finally:
                process.terminate()
                process.wait()
        for name, values in starts.items():
            report.add(f"process start to {name}, median of 5", "explorer", statistics.median(values), "s")
        process, address, _ = _serve()
        try:
            _answers(address)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(address)
            page.wait_for_function(READY, timeout=60_000)
            _weight(report, browser, address)
            all_panels(report, browser, address)
            page.locator("#new input").fill("0")
            for panel in PANELS:
                _panel(report, page, panel)
            _beside(report, browser, page, address)
        finally:
            process.terminate()
            process.wait()
        browser.close()


def _start(browser: Browser, address: str, started: float) -> dict[str, float]:
    """Seconds from the start of the process to each thing that a visitor sees."""
    _answers(address)
    seen = {"server answers": time.perf_counter() - started}
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    opened = time.perf_counter() - started
    page.goto(address, wait_until="commit")
    page.wait_for_function(
        "() => window.explorer?.store.run && document.querySelector('[data-ready=\"1\"]')", polling=5
    )
    recorded = time.perf_counter() - started
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    seen |= {"first paint": opened + paint / 1e3, "recorded run drawn": recorded}
    page.wait_for_function(READY, timeout=60_000, polling=5)
    seen["live run drawn"] = time.perf_counter() - started
    page.close()
    return seen


def _weight(report: Report, browser: Browser, address: str) -> None:
    """What a visitor's first load takes over the wire, compressed, until the live run is drawn; not the run itself."""
    paints: list[float] = []
    size = requests = 0
    for _ in range(5):
        context = browser.new_context(viewport={"width": 1440, "height": 900})  # with an empty cache
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        address_of: dict[str, str] = {}
        bytes_of: dict[str, float] = {}

        def asked(event: dict[str, Any], address_of: dict[str, str] = address_of) -> None:
            address_of[event["requestId"]] = event["request"]["url"]

        def came(event: dict[str, Any], bytes_of: dict[str, float] = bytes_of) -> None:
            bytes_of[event["requestId"]] = event["encodedDataLength"]

        wire.on("Network.requestWillBeSent", asked)
        wire.on("Network.loadingFinished", came)
        page.goto(address)
        page.wait_for_function(READY, timeout=60_000)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"))
        sizes = [size for request, size in bytes_of.items() if STREAM not in address_of.get(request, "")]
        size, requests = sum(sizes), len(sizes)
        context.close()
    report.add("first load, empty cache: bytes over the wire", "explorer", size / 1e3, "kB")
    report.add("first load, empty cache: requests", "explorer", requests, "requests")
    report.add(
        "first load, empty cache: first contentful paint, median of 5", "explorer", statistics.median(paints), "ms"
    )


def _panel(report: Report, page: Page, panel: str) -> None:
    """A prompt of about 64 tokens to all views drawn, and the hover redraw."""
    page.evaluate("panel => explorer.ctx.go(panel)", panel)
    page.wait_for_function(READY, timeout=60_000)
    times = [_prompt(page, f"{panel} {_sentence(turn)}") for turn in range(RUNS + 1)][1:]  # the first warms up
    tokens = page.evaluate("explorer.store.run.ids.length")
    case = f"{panel}: prompt of {tokens} tokens to all views drawn"
    report.add(f"{case}, p50 of {RUNS}", "explorer", percentile(times, 0.5), "ms")
    report.add(f"{case}, p95 of {RUNS}", "explorer", percentile(times, 0.95), "ms")
    hover = page.evaluate(HOVER, ".panel canvas[tabindex], .panel g.block, .panel .tok")
    if hover:
        report.add(f"{panel}: hover redraw, p95 of {len(hover)}", "explorer", percentile(hover, 0.95), "ms")


def _prompt(page: Page, text: str) -> float:
    """Milliseconds from the press of Run until all views of the panel show the text's run."""
    page.evaluate("t => explorer.setPrompt(t)", text)
    drawn = f"(text) => explorer.store.run.text === text && ({READY})()"
    start = time.perf_counter()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(drawn, arg=text, timeout=60_000, polling=5)
    return (time.perf_counter() - start) * 1e3


def _beside(report: Report, browser: Browser, page: Page, address: str) -> None:
    """The same prompts alone and while another visitor's training runs, in turns.

    The other visitor's browser has the same cores: both rows and the ratio hold its drawing too.
    """
    page.get_by_role("tab", name="The walk", exact=True).click()
    other = browser.new_page(viewport={"width": 1440, "height": 900})
    alone: list[float] = []
    beside: list[float] = []
    for turn in range(RUNS // 2 + 1):
        alone.append(_prompt(page, f"alone {_sentence(turn)}"))
        other.goto(f"{address}{TRAINING}{turn}")
        other.wait_for_function(AT_WORK, timeout=60_000)
        beside.append(_prompt(page, f"beside {_sentence(turn)}"))
        if not other.evaluate(AT_WORK):
            raise RuntimeError("The training ended before the prompt's views were drawn: nothing was beside it.")
        other.goto("about:blank")
        time.sleep(2)  # its work stops
    alone, beside = alone[1:], beside[1:]
    ratios = [b / a for a, b in zip(alone, beside, strict=True)]
    case = f"walk: prompt to all views drawn, median of {len(ratios)}"
    report.add(f"{case}, alone", "explorer", statistics.median(alone), "ms")
    report.add(f"{case}, beside a job", "explorer", statistics.median(beside), "ms")
    low, _, high = statistics.quantiles(ratios, n=4)
    report.add(f"{case}, beside a job / alone", "explorer", statistics.median(ratios), "ratio")
    report.add("walk: the ratio's lower quartile", "explorer", low, "ratio")
    report.add("walk: the ratio's upper quartile", "explorer", high, "ratio")
