"""Time and memory against length, and roofline: what a person tries first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

SMALL = "model=six-kinds-dense&text=The%20capital%20of%20France%20is&new=1"


@pytest.mark.thorough
def test_time_and_memory_come_length_by_length(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=flash_growth", wait=False)
    view = page.locator("#flash_growth-measured")
    table = view.get_by_role("region", name="Time and memory at each length")
    expect(table.get_by_role("row", name=re.compile("^128 "))).to_be_visible(timeout=PATIENCE)
    expect(view.locator(".readout")).to_contain_text("Measured so far: up to", timeout=PATIENCE)
    # Another mask is measured at once, and what was begun is given up.
    view.get_by_role("group", name="Mask").get_by_role("button", name="None").click()
    assert "flash_growth.mask=none" in page.url
    expect(table.get_by_role("row", name=re.compile("^512 "))).to_be_visible(timeout=PATIENCE)
    expect(view.get_by_role("img", name=re.compile("^Milliseconds by length, forward$"))).to_be_visible()
    expect(view.get_by_role("img", name="Bytes at the peak by length")).to_be_visible()


@pytest.mark.thorough
def test_another_pass_is_measured_at_once_and_its_chart_says_so(open_page: Callable[..., Page]) -> None:
    """The chart’s name stayed that of the first drawing."""
    page = open_page(f"?{SMALL}&panel=flash_growth&flash_growth.longest=128", wait=False)
    view = page.locator("#flash_growth-measured")
    name = "Milliseconds by length, forward"
    expect(view.get_by_role("img", name=name, exact=True)).to_be_visible(timeout=PATIENCE)
    longest = view.get_by_role("group", name="Tokens").get_by_role("button", name="Up to 128", exact=True)
    expect(longest).to_have_attribute("aria-pressed", "true")
    view.get_by_role("group", name="Pass").get_by_role("button", name="Forward and backward").click()
    expect(view.get_by_role("img", name=f"{name} and backward")).to_be_visible(timeout=PATIENCE)


@pytest.mark.thorough
def test_a_larger_fast_memory_moves_less(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=flash_growth&view=text_grows", wait=False)
    view = page.locator("#flash_growth-text_grows")
    said = view.locator(".readout")
    expect(said).to_contain_text("FlashAttention-2 moves", timeout=PATIENCE)
    before = said.inner_text()
    view.get_by_role("group", name="Fast memory M").get_by_role("button", name="262 kB").click()
    expect(said).not_to_have_text(before, timeout=PATIENCE)
    assert "flash_growth.memory=65536" in page.url


@pytest.mark.thorough
def test_another_device_and_longer_texts(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=attention_roofline", wait=False)  # needs no run
    view = page.locator("#attention_roofline-devices")
    said = view.locator(".readout")
    expect(said).to_contain_text("H100 SXM computes 990 TFLOP/s and reads 3.35 TB/s", timeout=PATIENCE)
    view.get_by_role("button", name="MI300X").click()
    expect(said).to_contain_text("MI300X computes 1.31 PFLOP/s and reads 5.30 TB/s")
    expect(view.get_by_role("link", name="AMD Instinct MI300X accelerator, data sheet").first).to_have_attribute(
        "href", re.compile("^https://www.amd.com/")
    )
    view.get_by_role("button", name="A100").click()
    view.get_by_role("button", name="FP8").click()
    expect(said).to_contain_text("no matrix units for FP8", timeout=PATIENCE)
    view.get_by_role("button", name="bf16").click()
    length = view.get_by_role("slider", name="Tokens N")
    length.focus()
    page.keyboard.press("End")
    expect(view.locator(".side-by-side h3").last).to_contain_text("65,536 tokens", timeout=PATIENCE)
    assert "attention_roofline.n=65536" in page.url


@pytest.mark.thorough
def test_predicted_beside_measured_and_the_power_of_d(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=attention_roofline&attention_roofline.n=256", width=390, dark=True, wait=False)
    here = page.locator("#attention_roofline-here")
    expect(here.get_by_role("row", name=re.compile("^FlashAttention-1 .* not timed"))).to_be_visible(timeout=PATIENCE)
    power = page.locator("#attention_roofline-dimension")
    expect(power.locator(".readout")).to_contain_text("predicts 2", timeout=PATIENCE)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
