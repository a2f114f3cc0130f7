"""The kit's page: every part drawn with sample data, in both themes and at both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

PARTS = ("bars", "legend", "plot", "format", "matrix", "reading", "nearby")


@pytest.fixture
def kit(open_page: Callable[..., Page]) -> Callable[[int], Page]:
    def opened(width: int) -> Page:
        page = open_page("explorer/kit.html", width=width, wait=False)
        expect(page.locator("#samples")).to_have_attribute("data-ready", "1", timeout=PATIENCE)
        return page

    return opened


@pytest.mark.parametrize("width", [1440, 390])
def test_each_part_is_drawn_in_both_themes(kit: Callable[[int], Page], width: int) -> None:
    page = kit(width)
    for theme in ("light", "dark"):
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        for part in PARTS:
            box = page.locator(f"#{part}").bounding_box()
            assert box is not None
            assert box["height"] > 60
        expect(page.locator("#plot .chart")).to_have_attribute("data-drawn", "120", timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1
        page.get_by_role("button", name="Other theme").click()


def test_a_matrix_and_lines_are_read_by_mouse_and_by_keyboard(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    said = page.locator("#tip")
    cells = page.locator("#matrix canvas")
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 8)
    expect(said).to_contain_text("Row 0, column 0")
    page.mouse.move(box["x"] + 20, box["y"] + 8)  # the margin, where the names stand
    expect(said).to_be_hidden()
    cells.focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Row 1, column 3")
    lines = page.locator("#reading .reading")
    lines.focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("Row 6")
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("Row 5")
    expect(lines).to_have_attribute("data-at", "5")


def test_bars_by_mouse_and_by_keyboard(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    rows = page.locator("#bars .bar")
    expect(rows).to_have_count(7)
    rows.nth(4).hover()
    expect(page.locator("#tip")).to_contain_text("Row 4")
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(rows.nth(6)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#bars .selected")).to_contain_text("27.0 %")
    assert page.locator("#legend li").count() == 4
