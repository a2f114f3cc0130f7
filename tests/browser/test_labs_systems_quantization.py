"""Quantization's panels: what a person tries first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

SMALL = "model=six-kinds-dense&text=The%20capital%20of%20France%20is"


@pytest.mark.thorough
def test_a_format_goes_on_the_stack_and_comes_off(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=quantization_effect", wait=False)
    formats = page.locator("#quantization_effect-formats")
    row = formats.get_by_role("row", name=re.compile("^INT3, groups of 32 "))
    expect(row).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#quantization_effect-words")).to_contain_text("No weight of this run is quantized")
    row.get_by_role("button", name="Put on the stack: INT3, groups of 32").click()
    expect(page.locator("#quantization_effect-words .readout")).to_contain_text("KL", timeout=PATIENCE)
    expect(page.locator("#interventions-view")).to_contain_text("all weights in INT3")
    assert "do=quant:all:int3" in page.url.replace("%3A", ":")
    # Another format takes its place: a matrix is in one format only.
    formats.get_by_role("button", name="Put on the stack: INT8, one scale per row").click()
    expect(page.locator("#interventions-view")).to_contain_text("all weights in INT8", timeout=PATIENCE)
    expect(page.locator("#interventions-view")).not_to_contain_text("INT3")
    formats.get_by_role("button", name="Take off: INT8, one scale per row").click()
    expect(page.locator("#quantization_effect-words")).to_contain_text("No weight", timeout=PATIENCE)


@pytest.mark.thorough
def test_a_block_alone(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=quantization_effect&layer=3", wait=False)
    formats = page.locator("#quantization_effect-formats")
    formats.get_by_role("button", name="Block 3").click(timeout=PATIENCE)
    expect(formats.get_by_role("button", name="Put on the stack: INT2, groups of 32")).to_be_visible(timeout=PATIENCE)
    assert "quantization_effect.where=3" in page.url
    formats.locator(".reading .at").nth(2).click()
    assert "pos=2" in page.url
