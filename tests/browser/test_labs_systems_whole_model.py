"""The whole model quantized, and 70B in every format: what a person tries first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

SMALL = "model=six-kinds-dense&text=a&new=1"


@pytest.mark.thorough
def test_the_parts_come_one_by_one(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=quantized_model&view=parts", wait=False)
    view = page.locator("#quantized_model-parts")
    view.get_by_role("button", name=re.compile("^Measure")).first.click(timeout=PATIENCE)
    expect(view.locator(".readout")).to_contain_text("suffers most in INT3", timeout=PATIENCE)
    worst = view.get_by_role("region", name="The most sensitive matrices")
    expect(worst.get_by_role("row", name=re.compile("^block 0 "))).not_to_have_count(0, timeout=PATIENCE)
    view.get_by_role("group", name="Packed alone").get_by_role("button", name="A block").click()
    assert "quantized_model.by=block" in page.url


@pytest.mark.thorough
def test_seventy_billion_weights(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=memory_table", width=390, dark=True, wait=False)
    view = page.locator("#memory_table-table")
    expect(view.locator(".readout")).to_contain_text("in every way of counting", timeout=PATIENCE)
    before = view.get_by_role("row", name=re.compile("^GGUF Q4_K_M")).inner_text()
    view.get_by_role("button", name="Llama-3-70B").click()
    expect(view.get_by_role("row", name=re.compile("^GGUF Q4_K_M"))).not_to_have_text(before)
    view.get_by_role("button", name="bits per weight").click()
    expect(view.get_by_role("row").nth(1)).to_contain_text("32.000")
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
