"""The server is started anew while a page is open: the page says so, waits, and goes on with the same link."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import CONTEXT, ready
from tests.shell.started import Started

LINK = "/?model=six-kinds-dense&text=One%20two%20three&new=2&panel=attention&pos=1&layer=1&head=0"
READ = """() => ({ids: explorer.store.run.ids, p: [...explorer.store.run.nextP.a], focus: explorer.store.focus})"""


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
