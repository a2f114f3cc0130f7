"""One matrix: a weight is worked out, walked to by keys; another format and another matrix are chosen."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE


def test_a_weight_is_worked_out_and_a_format_chosen(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=quantized_matrix")
    view = page.locator("#quantized_matrix-cells")
    expect(view.locator(".readout")).to_contain_text("bits a weight", timeout=PATIENCE)
    place = view.locator("h3", has_text="One weight, worked out").locator("small")
    before = place.inner_text()
    view.get_by_role("application", name=re.compile("^Weights, ")).focus()
    page.keyboard.press("ArrowDown")
    expect(place).not_to_have_text(before)
    view.get_by_role("combobox", name=re.compile("^Format")).select_option("int4")
    expect(view.locator(".readout")).to_contain_text("INT4, groups of 32: 4.50 bits", timeout=PATIENCE)
    assert "quantized_matrix.format=int4" in page.url
    view.get_by_role("combobox", name=re.compile("^Matrix")).select_option("W_Q")
    expect(view.locator("h2, .ptitle").first).to_contain_text("W_Q", timeout=PATIENCE)
    expect(view.locator("option[value=q4_k]")).to_be_disabled()
    expect(view.locator(".chk.bad, .check.bad")).to_have_count(0)
