"""The glossary's own page: every term once, found by typing, and each leads to its panel."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from explorer.panels.glossary import glossary
from tests.browser.conftest import PATIENCE

TERMS = glossary()


@pytest.mark.thorough
def test_every_term_stands_on_its_page(open_page: Callable[..., Page]) -> None:
    page = open_page("explorer/glossary.html#top-p", width=390, wait=False)
    expect(page.locator("#glossary")).to_have_attribute("data-ready", "1", timeout=PATIENCE)
    assert sorted(page.locator(".entry dt").all_inner_texts()) == sorted(term["term"] for term in TERMS)
    expect(page.locator(".entry")).to_have_count(len(TERMS))
    expect(page.locator("[id='top-p']")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1


def test_a_term_is_found_and_leads_to_its_panel(open_page: Callable[..., Page]) -> None:
    page = open_page("explorer/glossary.html", wait=False)
    page.get_by_role("searchbox", name="Find a term").fill("block table")
    expect(page.locator(".entry", has_text="block table")).to_be_visible()
    assert page.locator(".entry").count() < len(TERMS) / 4
    page.get_by_role("searchbox", name="Find a term").fill("logit")
    expect(page.locator("[id='logit'] .also a").first).to_be_visible()  # panels whose sentences name it
    page.get_by_role("searchbox", name="Find a term").fill("nothing like it")
    expect(page.get_by_role("status")).to_contain_text("No term has that name")
    page.get_by_role("searchbox", name="Find a term").fill("temperature")
    expect(page.get_by_role("link", name="Shown in Sampling").first).to_have_attribute("href", "../?panel=sampling")
