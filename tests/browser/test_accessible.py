"""What opens over the page, and the ways through it: axe-core finds nothing in either theme; Tab is caught nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import audited
from tests.browser.conftest import PATIENCE
from tests.browser.test_pages import turn_theme

SMALL = "?model=six-kinds-dense&text=Yes&new=0"
#: A panel's page has fewer stops than this.
STOPS = 150


def in_both_themes(page: Page, within: str | None = None) -> None:
    audited(page, within)
    turn_theme(page)
    audited(page, within, runOnly=["color-contrast", "link-in-text-block"])


def test_what_opens_over_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    page.keyboard.press("Control+k")
    expect(page.locator("#found li").first).to_be_visible()
    in_both_themes(page, "#findbox")
    page.keyboard.press("Escape")
    page.locator("#walk-river").get_by_role("button", name="Source of").click()
    expect(page.locator("#sourcebox pre").first).to_contain_text("def ")
    in_both_themes(page, "#sourcebox")
    page.keyboard.press("Escape")
    page.locator("#walk-river").get_by_role("button", name="Export").click()
    in_both_themes(page, "#walk-river")
    page.keyboard.press("Escape")
    page.locator("#walk-river .term").first.focus()
    expect(page.get_by_role("dialog", name="Definition")).to_be_visible()
    in_both_themes(page, ".definition")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#menu").click()
    in_both_themes(page, "#side")


@pytest.mark.thorough
def test_the_glossary_and_a_page_without_a_run(open_page: Callable[..., Page]) -> None:
    for dark in (False, True):
        page = open_page("explorer/glossary.html", wait=False, dark=dark)
        expect(page.locator("#glossary")).to_have_attribute("data-ready", "1", timeout=PATIENCE)
        audited(page)
    page = open_page(SMALL + "&do=ablate:99.0", wait=False)
    expect(page.locator("#stage")).to_contain_text("99", timeout=PATIENCE)
    audited(page)


def test_tab_leads_through_the_page_and_out_of_it(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    seen = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement?.closest('#side, #pinned, #stage, .skip')?.id"))
        if len(seen) > 10 and page.evaluate("document.activeElement === document.body"):
            break
    else:
        raise AssertionError(f"Tab does not leave the page: {seen[-5:]}")
    assert {"side", "pinned", "stage"} <= set(seen)
    assert seen.index("side") < seen.index("pinned") < seen.index("stage")
