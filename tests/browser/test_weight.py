"""What a first visit takes over the wire, before anything is touched."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from explorer.shell.files import first_visit
from explorer.shell.files.packed import best, travels
from tests.browser.conftest import CONTEXT, ready

#: kB in all, headers too; Gradio's own files are half of it
LIMIT = 400


def loaded(chromium: Browser, server: str) -> dict[str, float]:
    """Bytes by address, of a visitor who has nothing; the live run's stream is no part of the page."""
    context = chromium.new_context(**CONTEXT)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    address: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def asked(event: dict[str, Any]) -> None:
        where = event["request"]["url"].removeprefix(server)
        address[event["requestId"]] = re.sub(r"^/explorer/v[0-9a-f]{12}/", "/explorer/", where)

    def came(event: dict[str, Any]) -> None:
        where = address[event["requestId"]]
        sizes[where] = sizes.get(where, 0) + event["encodedDataLength"]

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", came)
    page.goto(server)
    ready(page)
    page.wait_for_function("() => document.querySelector('.term')")  # the glossary is the last to come
    context.close()
    return {where: size for where, size in sizes.items() if not where.startswith("/gradio_api/queue/data")}


def wait_until_packed(server: str) -> None:
    """The server packs the files of a first visit while it starts; beside other tests that takes longer."""
    path, body = list(first_visit.files())[-1]
    small = len(best(travels(path, body)))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with urlopen(Request(server + path, headers={"Accept-Encoding": "br"}), timeout=20) as answer:
            if len(answer.read()) == small:
                return
        time.sleep(0.2)
    pytest.fail(f"{path} is not as small as it can be")


def test_a_first_visit_is_light_and_brings_only_the_panel_that_it_opens(chromium: Browser, server: str) -> None:
    wait_until_packed(server)
    sizes = loaded(chromium, server)
    views = {where for where in sizes if where.startswith("/explorer/views/")}
    assert views
    assert not [where for where in sizes if where.startswith("/explorer/panels.json")]  # it grows with each panel
    assert all(where.startswith("/explorer/views/overview/walk/") for where in views), sorted(views)
    ahead = {path for path, _ in first_visit.files()}
    asked = {where.split("?")[0] for where in sizes if where.startswith(("/explorer/", "/assets/"))}
    late = {where for where in asked - ahead if not where.endswith(".woff2")}
    assert not late, f"{first_visit.GRADIO.name} and its module name what is packed ahead: {sorted(late)}"
    assert not [path for path in ahead - asked if path.startswith("/assets/")], "it is not asked for any more"
    heaviest = sorted(sizes.items(), key=lambda item: -item[1])[:12]
    assert sum(sizes.values()) < LIMIT * 1e3, (sum(sizes.values()), heaviest)


def test_the_words_of_other_chapters_come_when_one_comes_near_their_tabs(chromium: Browser, server: str) -> None:
    page = chromium.new_context(**CONTEXT).new_page()
    page.goto(server)
    ready(page)
    with page.expect_response(lambda answer: "/explorer/panels.json" in answer.url):
        page.get_by_role("tab", name="Embeddings").hover()
    page.get_by_role("tab", name="Embeddings").click()
    page.wait_for_function("() => document.title.startsWith('Positions')")
    page.context.close()


def test_a_second_visit_asks_for_no_file_again(chromium: Browser, server: str) -> None:
    context = chromium.new_context(**CONTEXT)
    page = context.new_page()
    before: set[str] = set()  # what comes at leisure may not have come when the page is closed
    page.on("requestfinished", lambda request: before.add(request.url.removeprefix(server)))
    page.goto(server)
    ready(page)
    page.close()
    assert len(before) > 100
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    came: dict[str, str] = {}
    kept: set[str] = set()

    def answered(event: dict[str, Any]) -> None:
        came[event["requestId"]] = event["response"]["url"].removeprefix(server)
        if event["response"].get("fromDiskCache"):
            kept.add(event["requestId"])

    wire.on("Network.responseReceived", answered)
    wire.on("Network.requestServedFromCache", lambda event: kept.add(event["requestId"]))
    page.goto(server)
    ready(page)
    context.close()
    asked = [where for request, where in came.items() if request not in kept]
    assert "/" in asked
    assert len(came) > 100
    again = [where for where in asked if where in before]
    assert not [where for where in again if where.startswith(("/explorer/", "/assets/"))]


#: whether nothing has asked for a frame since it was last asked
AT_REST = "() => { const more = window.asked - (window.before ?? 0); window.before = window.asked; return !more; }"


def test_a_page_at_rest_asks_for_no_frame(chromium: Browser, server: str) -> None:
    page = chromium.new_context(**CONTEXT).new_page()
    page.add_init_script("""window.asked = 0;
        const frame = window.requestAnimationFrame;
        window.requestAnimationFrame = (turn) => { window.asked += 1; return frame(turn); };""")
    page.goto(f"{server}/?panel=memory_table")
    ready(page)
    page.wait_for_function(AT_REST, polling=500, timeout=20_000)
    page.context.close()
