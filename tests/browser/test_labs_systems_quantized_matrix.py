"""One matrix: a weight is worked out, walked to by keys; another format and another matrix are chosen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE


@pytest.mark.thorough
def test_a_weight_is_worked_out_and_a_format_chosen(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=quantized_matrix")
    view = page.locator("#quantized_matrix-cells")
    expect(view.locator(".readout")).to_contain_text("bits per weight", timeout=PATIENCE)
    place = view.locator("h3", has_text="One weight, worked out").locator("small")
    before = place.inner_text()
    view.get_by_role("application", name=re.compile("^Weights, ")).focus()
    page.keyboard.press("ArrowDown")
    expect(place).not_to_have_text(before)
    view.get_by_role("combobox", name=re.compile("^Format")).select_option("int4")
    expect(view.locator(".readout")).to_contain_text("INT4, groups of 32 takes 4.50 bits", timeout=PATIENCE)
    assert "quantized_matrix.format=int4" in page.url
    view.get_by_role("combobox", name=re.compile("^Matrix")).select_option("W_Q")
    expect(view.locator("h2, .ptitle").first).to_contain_text("W_Q", timeout=PATIENCE)
    expect(view.locator("option[value=q4_k]")).to_be_disabled()
    expect(view.locator(".chk.bad, .check.bad")).to_have_count(0)


@pytest.mark.thorough
def test_the_window_is_dragged_over_the_whole_matrix(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=six-kinds-dense&text=a&new=1&panel=quantized_matrix")
    whole = page.locator("#quantized_matrix-cells .whole")
    expect(whole).to_be_visible(timeout=PATIENCE)
    whole.scroll_into_view_if_needed()
    box = whole.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2, box["y"] + 2, steps=4)
    expect(whole).to_have_attribute("aria-label", re.compile("row 0, column 0;"))  # it follows the hand
    page.mouse.up()
    expect(
        page.locator("#quantized_matrix-cells small", has_text="rows 0 to 47, columns 0 to 127").first
    ).to_be_visible(timeout=PATIENCE)
    whole.focus()
    page.keyboard.press("ArrowDown")
    expect(whole).to_have_attribute("aria-label", re.compile("row 24, column 0;"), timeout=PATIENCE)
