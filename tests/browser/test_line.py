"""Light views that the server does not answer at once: the page asks again, or asks in the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from explorer.panels import panels
from tests.browser.conftest import ready

LINK = "?panel=walk&model=smollm2-135m&text=One%20two%20three&new=0"


def answered(page: Page, first: list[dict[str, Any]]) -> list[str]:
    """Answer the page's first light requests so, the others as the server does; returns what was asked for."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        sent = json.loads(route.request.post_data or "{}")
        if sent.get("fn_name") != "render":
            return route.continue_()
        asked.append(json.loads(sent["data"])["query"])
        return route.fulfill(json=first.pop(0)) if first else route.continue_()

    page.route("**/component_server/**", answer)
    return asked


def test_a_busy_server_is_asked_again(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK)
    busy = {
        "kind": "error",
        "name": "BusyError",
        "message": "64 requests are waiting already.",
        "hint": "",
        "facts": {},
    }
    asked = answered(page, [busy, busy])
    page.get_by_role("tab", name="Residual stream", exact=True).click()
    ready(page)
    assert len(asked) == 3
    assert page.locator(".panel .pbody").count() > 0
    assert page.get_by_text("are waiting already").count() == 0


def test_a_run_that_has_left_the_server_is_made_again_in_the_queue(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK)
    query = page.evaluate("window.explorer.store.run.query")
    asked = answered(page, [{"kind": "gone", "query": query}] * 2)
    page.get_by_role("tab", name="Residual stream", exact=True).click()
    ready(page)
    assert asked == [query], "the queue's answer was not taken"


def test_a_view_that_failed_says_so_and_is_asked_for_again(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK)
    wrong = {"kind": "error", "name": "Error", "message": "It failed.", "hint": "", "facts": {}}
    first = [wrong]
    asked = answered(page, first)
    page.get_by_role("tab", name="Residual stream", exact=True).click()
    notes = page.locator("#stage .state-note", has_text="It failed.")
    expect(notes).to_have_count(len(panels()["residual_stream"].views))
    expect(page.get_by_role("tab", name="Residual stream", exact=True)).to_have_attribute("aria-selected", "true")
    notes.first.get_by_role("button", name="Try again").click()
    ready(page)
    assert len(asked) == 2
    expect(notes).to_have_count(0)
    expect(page.locator("#residual_stream-lens canvas")).to_be_visible()
    first.append(wrong)
    page.evaluate("explorer.store.set({ position: 0 })")
    old = page.locator(".panel.stale")
    expect(old.first.locator(".again")).to_have_text("The picture is for the previous selection.")
    expect(old.first.locator(".proof").first).to_have_css("opacity", "0.45")
    page.evaluate("explorer.store.set({ position: 1 })")
    ready(page)
    expect(old).to_have_count(0)
    expect(page.locator(".again")).to_have_count(0)
