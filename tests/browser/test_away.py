"""The server is started anew while a page is open: the page says so, waits, and goes on with the same link."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import CONTEXT, ready
from tests.shell.started import Started

LINK = "/?model=six-kinds-dense&text=One%20two%20three&new=2&panel=attention&pos=1&layer=1&head=0"
READ = """() => ({ids: explorer.store.run.ids, p: [...explorer.store.run.nextP.a], focus: explorer.store.focus})"""
#: All that is shown at one moment, by the page and by Gradio, as it changes; it outlives the page that is loaded anew.
SAYS = """(() => {
    const seen = JSON.parse(sessionStorage.getItem("seen") ?? "[]");
    const shown = (selector) => [...document.querySelectorAll(selector)]
        .filter((each) => each.getClientRects().length && getComputedStyle(each).visibility !== "hidden")
        .map((each) => each.textContent.trim()).filter(Boolean);
    setInterval(() => {
        const now = JSON.stringify([shown("#away, #toast"), shown(".toast-wrap")]);
        if (now === seen.at(-1)) return;
        seen.push(now);
        sessionStorage.setItem("seen", JSON.stringify(seen));
    }, 20);
})()"""
SLOW = "/?model=smollm2-135m&panel=walk&new=60&text=" + "word%20and%20" * 150


@pytest.mark.thorough
@pytest.mark.parametrize("asks", ["a run that waits", "another panel"])
def test_a_server_that_stops_and_comes_back_is_told_of_once(chromium: Browser, tmp_path: Path, asks: str) -> None:
    """One message of the page's own at a time, and none of Gradio's: not its toast that it reconnects either."""
    server = Started(tmp_path / "log")
    context = chromium.new_context(**CONTEXT)
    try:
        page = context.new_page()
        page.add_init_script(SAYS)
        page.goto(server.address + (SLOW if asks == "a run that waits" else LINK))
        if asks == "a run that waits":
            page.wait_for_function("() => document.body.dataset.busy === 'run'")
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(30)
        else:
            ready(page)
            server.end()
            page.get_by_role("tab", name="Residual stream", exact=True).click()
        expect(page.locator("#away")).to_contain_text("waits for it")
        page.wait_for_timeout(5_000)
        server = Started(tmp_path / "log", port=server.port)
        expect(page.locator("#away")).to_have_count(0)
        ready(page)
        page.wait_for_timeout(1_000)
        moments = [json.loads(each) for each in json.loads(page.evaluate("sessionStorage.getItem('seen')"))]
        assert not [theirs for _, theirs in moments if theirs]
        ours = [said for said, _ in moments if any("waits for it" in each for each in said)]
        assert ours
        assert all(len(said) == 1 for said in ours)
        assert len(ours) == 1, "it is said once, and stands until the server is back"
    finally:
        context.close()
        server.end()


@pytest.mark.thorough
def test_a_page_outlives_its_server(chromium: Browser, tmp_path: Path) -> None:
    server = Started(tmp_path / "log")
    context = chromium.new_context(**CONTEXT)
    try:
        page = context.new_page()
        page.goto(server.address + LINK)
        ready(page)
        before = page.evaluate(READ)
        page.evaluate("window.same = true")
        away = page.locator("#away")

        server.end()
        page.get_by_role("textbox", name="Prompt", exact=True).fill("A draft")
        page.get_by_role("tab", name="Residual stream", exact=True).click()
        expect(away).to_contain_text("waits for it")
        server = Started(tmp_path / "log", port=server.port)
        expect(page.locator("#stage .panel").first).to_be_visible()
        ready(page)
        assert page.evaluate(READ) == before
        assert page.evaluate("window.same"), "it was not loaded anew: what was typed is still there"
        expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("A draft")
        expect(away).to_have_count(0)

        server.end()
        page.locator("#run").click()
        expect(away).to_contain_text("waits for it")
        expect(page.locator(".toast-wrap")).to_be_hidden()
        server = Started(tmp_path / "log", port=server.port)
        page.wait_for_function("() => window.explorer?.store.run?.text === 'A draft'")
        ready(page)
        link = parse_qs(urlsplit(page.url).query)
        assert (link["text"], link["new"], link["panel"]) == (["A draft"], ["2"], ["residual_stream"])
    finally:
        context.close()
        server.end()
