"""First-time tasks in the walk's own panels: a row of the sampler, a head of the wall."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready

START = "?model=six-kinds-moe&text=One%20two%20three%20four&new=2&seed=3"


def top(page: Page, selector: str) -> float:
    """Pixels from the beginning of the page."""
    return page.locator(selector).evaluate("e => e.getBoundingClientRect().top + scrollY")


def test_choosing_a_token_moves_nothing(open_page: Callable[..., Page]) -> None:
    for width in (1440, 390):
        page = open_page(START + "&panel=sampling", width=width)
        section = page.locator("#sampling-stages")
        before = top(page, "#sampling-stages svg.stages")
        section.locator(".token-row").nth(2).click()
        expect(section.locator(".chosen")).to_contain_text("rank 3")
        expect(section.get_by_role("button", name=re.compile("^Force"))).to_be_enabled()
        assert top(page, "#sampling-stages svg.stages") == before


@pytest.mark.thorough
def test_a_phone_keeps_the_bytes_of_a_token_in_one_line(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=tokens", width=390)
    lines = "cells => cells.map((cell) => { const all = document.createRange(); all.selectNodeContents(cell);"
    drawn = page.locator("#tokens-table td.bytes").evaluate_all(lines + " return all.getClientRects().length; })")
    assert set(drawn) == {1}
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.thorough
def test_the_rows_of_the_sampler_by_keyboard(open_page: Callable[..., Page]) -> None:
    """Arrows tell, Enter chooses, Enter again branches the text there."""
    page = open_page(START + "&panel=sampling")
    page.locator(".token-row").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#tip")).to_contain_text("model")
    second = page.locator(".token-row").nth(1)
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    position, token = page.evaluate("[explorer.store.focus.position, +document.activeElement.dataset.id]")
    page.keyboard.press("Enter")
    page.wait_for_function("([p, id]) => explorer.store.run.ids[p + 1] === id", arg=[position, token])
    ready(page)


def test_a_tile_of_the_wall_opens_its_head_in_sight(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=attention", height=700)
    wall, head = page.locator("#attention-wall"), page.locator("#attention-head")
    tile = wall.get_by_role("button", name="L2.H3", exact=True)
    tile.hover()
    expect(page.locator("#tip")).to_contain_text("previous token")
    expect(page.locator(".striparcs path").first).to_be_attached()
    tile.click()
    expect(head.get_by_role("heading", level=2)).to_have_text("Head L2.H3")
    expect(head.get_by_role("heading", level=2)).to_be_in_viewport()
    expect(head.locator("svg.arcs")).to_be_in_viewport()

    page.keyboard.press("ArrowRight")  # the wall still has the keyboard
    ready(page)
    assert page.evaluate("[explorer.store.focus.layer, explorer.store.focus.head]") == [3, 3]
    expect(head.get_by_role("heading", level=2)).to_have_text("Head L3.H3")


def test_a_cell_of_the_map_takes_its_score_apart(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=attention")
    head = page.locator("#attention-head")
    cells = head.locator(".map canvas")
    box = cells.bounding_box()
    assert box
    side = box["width"] / page.evaluate("explorer.store.run.ids.length")
    cells.click(position={"x": 1.5 * side, "y": 3.5 * side})
    ready(page)
    assert page.evaluate("explorer.store.focus.position") == 3
    expect(head.locator(".score h3")).to_have_text(re.compile("query .* at 3, key .* at 1$"))
    head.locator(".making .key").first.click()
    expect(head.locator(".score h3")).to_have_text(re.compile("query .* at 3, key .* at 0$"))
