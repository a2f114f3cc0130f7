"""What a first visit of the wheel takes over the wire, before anything is touched; and that its page works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, expect

from tests.browser.conftest import CONTEXT, PATIENCE, listen, ready

#: kB in all, headers too, and requests; Gradio's own are half of it
LIMIT, REQUESTS = 400, 60


def loaded(chromium: Browser, server: str) -> dict[str, tuple[str, float]]:
    """Address and bytes of each request, of a visitor who has nothing; the live run's stream is no part of the page."""
    context = chromium.new_context(**CONTEXT)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    address: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def asked(event: dict[str, Any]) -> None:
        address[event["requestId"]] = event["request"]["url"].removeprefix(server)

    def came(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", came)
    page.goto(server)
    ready(page)
    page.wait_for_function("() => document.querySelector('.term')")
    context.close()
    of_the_page = {each: where for each, where in address.items() if not where.startswith(("data:", "blob:"))}
    return {
        each: (where, sizes.get(each, 0))
        for each, where in of_the_page.items()
        if not where.startswith("/gradio_api/queue/data")
    }


def test_a_first_visit_is_light_and_brings_only_the_panel_that_it_opens(
    chromium: Browser, server: str, bundles: Path
) -> None:
    visit = [*loaded(chromium, server).values()]
    heaviest = sorted(visit, key=lambda each: -each[1])[:12]
    assert sum(size for _, size in visit) < LIMIT * 1e3, (sum(size for _, size in visit), heaviest)
    assert len(visit) <= REQUESTS, [where for where, _ in visit]
    asked = {where for where, _ in visit}
    files = json.loads((bundles / "bundles.json").read_text())["files"]
    views = {f"/explorer/bundles/{name}": path for path, name in files.items() if path.startswith("views/")}
    assert {views[where] for where in asked & {*views}} == {"views/overview/walk", "views/overview/walk/walk.css"}
    assert not {where for where in asked if where.startswith(("/explorer/panels", "/explorer/glossary"))}
    late = {where for where in asked if where.startswith("/assets/")}
    assert not late, f"COMPONENTS of bundle.js lack what the page uses of Gradio: {sorted(late)}"


def test_a_panel_comes_when_one_comes_near_its_tab(chromium: Browser, server: str) -> None:
    page = chromium.new_context(**CONTEXT).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(server)))
    page.goto(server)
    ready(page)
    with page.expect_response(lambda answer: "/explorer/panels/positions.json" in answer.url):
        page.get_by_role("tab", name="Embeddings").hover()
    page.get_by_role("tab", name="Embeddings").click()
    page.wait_for_function("() => document.title.startsWith('Positions')")
    assert not [where for where in asked if where.startswith("/explorer/panels.json")]
    page.context.close()


def test_the_page_in_bundles_works(chromium: Browser, server: str) -> None:
    """The walk, a panel with charts, what is opened seldom, and the pages beside it."""
    context = chromium.new_context(**CONTEXT)
    page = context.new_page()
    complaints: list[str] = []
    listen(page, complaints)
    page.goto(server)
    ready(page)
    expect(page.locator("#walk-river svg").first).to_be_visible()
    page.get_by_role("tab", name="Residual stream").click()
    ready(page)
    expect(page.locator("#residual_stream-norms svg").first).to_be_visible()
    assert "residual_stream" in (page.locator("link[rel=stylesheet][media=all]").get_attribute("href") or "")
    page.keyboard.press("Control+k")
    page.locator("#findbox input").fill("flash")
    expect(page.locator("#found0")).to_contain_text("Flash")
    page.keyboard.press("Escape")
    expect(page.locator("#findbox")).to_be_hidden()
    page.get_by_role("button", name="Lessons").click()
    expect(page.get_by_role("dialog").last).to_contain_text("Your own lesson", timeout=PATIENCE)
    page.goto(f"{server}/?panel=feed_forward")
    ready(page)
    page.locator("#stage .js-plotly-plot").first.wait_for(timeout=PATIENCE)
    for other, root in (("glossary.html", "#glossary dl"), ("kit.html", "#samples .chart")):
        page.goto(f"{server}/explorer/{other}")
        expect(page.locator(root).first).to_be_visible()
    context.close()
    assert not complaints, complaints


def test_a_second_visit_asks_for_no_file_again(chromium: Browser, server: str) -> None:
    context = chromium.new_context(**CONTEXT)
    page = context.new_page()
    before: set[str] = set()  # what comes at leisure may not have come when the page is closed
    page.on("requestfinished", lambda request: before.add(request.url.removeprefix(server)))
    page.goto(server)
    ready(page)
    page.close()
    assert len(before) > 15
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
    assert len(came) > 15
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


def test_a_bundle_is_kept_for_always_and_travels_small(server: str, bundles: Path) -> None:
    listed = json.loads((bundles / "bundles.json").read_text())["files"]
    where = f"{server}/explorer/shell/page.js"
    with urlopen(where, timeout=20) as answer:
        assert answer.url == f"{server}/explorer/bundles/{listed['shell/page.js']}"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.read() == (bundles / listed["shell/page.js"]).read_bytes()
