"""A class opens one link: thirty clients at once over HTTP, then as many real browsers as two cores bear.

The clients ask as the page's own script does, through the queue, and take their answer from the event stream. Answers
carry the times that their capture took: as many different ones as there are, so many captures there were.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

from explorer.bench import Report
from explorer.bench.page import FLAGS, READY, _answers, _serve
from explorer.bench.page_panels import percentile
from explorer.zoo import DEFAULT

DESCRIPTION = "one link opened by thirty clients at once over HTTP, and by browsers: p50, p95, captures"
CLIENTS = 30
BROWSERS = 6
ROUNDS = 5
PATIENCE = 180.0
#: seconds after the start in which the server makes its own first run
SETTLED = 30.0
#: when a page was ready, by its own clock: one that waits for many pages in turn would say when it looked
WATCH = f"const timer = setInterval(() => {{ if (({READY})()) {{ window.readyAt = performance.now(); clearInterval(timer); }} }}, 20);"  # noqa: E501


def link(turn: int) -> str:
    """Never the same twice, so that no stored run answers."""
    text = f"Lesson {turn}: when Mary and John went to the store, John gave a drink to"
    return urlencode({"model": DEFAULT, "text": text, "new": 8, "seed": 7, "do": "ablate:23.3", "T": 1})


def run(report: Report) -> None:
    """Add the rows; those of browsers where there is Chromium and Playwright."""
    process, address, _ = _serve()
    try:
        _answers(address)
        with urllib.request.urlopen(f"{address}/config", timeout=30) as answer:  # noqa: S310 - our own server
            events = json.load(answer)["dependencies"]
        event = next(each for each in events if each["api_name"] == "dispatch")
        time.sleep(SETTLED)
        _clients(report, address, event)
        _browsers(report, address)
    finally:
        process.terminate()
        process.wait()


def _clients(report: Report, address: str, event: dict[str, Any]) -> None:
    """Each round another link, all at once; the first warms up."""
    alone: list[float] = []
    waits: list[float] = []
    captures: list[int] = []
    failed = 0
    for turn in range(ROUNDS + 1):
        seconds, _ = _ask(address, event, link(1000 + turn), f"alone{turn}")
        taken, answers = _together(lambda n, t=turn: _ask(address, event, link(t), f"class{t}x{n}"))
        if turn:
            alone.append(seconds)
            waits += taken
            captures.append(len({json.dumps(each["run"]["seconds"]) for each in answers if each["kind"] == "run"}))
            failed += CLIENTS - sum(each["kind"] == "run" for each in answers)
    case = f"one link by {CLIENTS} clients at once, {ROUNDS} rounds"
    report.add("one link by one client, p50", "explorer", percentile(alone, 0.5) * 1e3, "ms")
    report.add(f"{case}: p50", "explorer", percentile(waits, 0.5) * 1e3, "ms")
    report.add(f"{case}: p95", "explorer", percentile(waits, 0.95) * 1e3, "ms")
    report.add(f"{case}: captures a round, the most", "explorer", max(captures), "runs")
    report.add(f"{case}: answers that were no run", "explorer", failed, "answers")


def _together(act: Callable[[int], tuple[float, dict[str, Any]]]) -> tuple[list[float], list[dict[str, Any]]]:
    """All clients at once: their seconds and answers."""
    found: list[tuple[float, dict[str, Any]]] = []
    threads = [threading.Thread(target=lambda n=n: found.append(act(n))) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    lost = [(PATIENCE, {"kind": "lost"})] * (CLIENTS - len(found))
    return [seconds for seconds, _ in found + lost], [answer for _, answer in found + lost]


def _ask(address: str, event: dict[str, Any], query: str, session: str) -> tuple[float, dict[str, Any]]:
    """Seconds until the run of a link has come, and the answer."""
    request = json.dumps({"action": "run", "query": query, "panel": "walk"})
    body = {
        "data": [request, *[None] * (len(event["inputs"]) - 1)],
        "fn_index": event["id"],
        "session_hash": session,
        "trigger_id": None,
    }
    start = time.perf_counter()
    join = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/gradio_api/queue/join", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    last: dict[str, Any] = {"kind": "none"}
    try:
        urllib.request.urlopen(join, timeout=PATIENCE).read()  # noqa: S310
        stream = urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash={session}", timeout=PATIENCE)  # noqa: S310
    except OSError as error:
        return time.perf_counter() - start, {"kind": str(error)}
    with stream:
        for line in stream:
            said = json.loads(line[5:]) if line.startswith(b"data:") else {}
            data = (said.get("output") or {}).get("data") or []
            if data and isinstance(data[0], dict) and data[0].get("kind") in ("run", "error"):
                last = data[0]
            if said.get("msg") == "process_completed":
                break
    return time.perf_counter() - start, last


def _browsers(report: Report, address: str) -> None:
    """Empty browsers open one link at once: each until its pictures are drawn, by its own clock."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if find_spec("playwright") is None or not chromium:
        report.absent.append("Chromium or Playwright is not installed: the rows of browsers are left out.")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        for count in (1, BROWSERS):
            pages = [browser.new_context(viewport={"width": 1440, "height": 900}).new_page() for _ in range(count)]
            for page in pages:
                page.add_init_script(WATCH)
            for page in pages:
                page.goto(f"{address}/?{link(2000 + count)}", wait_until="commit")
            ready = []
            for page in pages:
                page.wait_for_function("() => window.readyAt", timeout=PATIENCE * 1e3)
                ready.append(page.evaluate("window.readyAt"))
                page.context.close()
            case = (
                f"one link in {count} empty {'browser' if count == 1 else 'browsers at once'}, navigation to pictures"
            )
            report.add(f"{case}: p50", "explorer", percentile(ready, 0.5), "ms")
            report.add(f"{case}: the slowest", "explorer", max(ready), "ms")
        browser.close()
