"""The ring's lab: steps that are played, a rank that is followed, layouts compared, a text that is too short."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

#: eight tokens: just enough for four ranks in zig-zag
SHORT = "model=six-kinds-dense&text=The%20capital%20of%20France%20is&new=3"


@pytest.mark.thorough
def test_a_ring_is_stepped_through_and_shared_otherwise(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SHORT}&panel=ring_attention")
    view = page.locator("#ring_attention-steps")
    said = view.locator(".readout")
    expect(said).to_contain_text("Forward, step 2 of 4", timeout=PATIENCE)
    expect(said).to_contain_text("Rank 0 has nothing to compute")
    expect(view.locator(".rank.idle")).to_have_count(1)
    view.get_by_role("button", name="One step on").click()
    expect(said).to_contain_text("Ranks 0, 1 have nothing to compute")
    assert "ring_attention.step=2" in page.url
    view.get_by_role("button", name=re.compile("^Rank 2")).press("Enter")
    expect(view.get_by_role("button", name=re.compile("^Rank 0"))).to_contain_text("K, V of rank 2")
    expect(view.locator(".chip.followed")).to_have_count(1)
    view.get_by_role("button", name="Zig-zag").click()
    expect(view.locator(".rank.idle")).to_have_count(0, timeout=PATIENCE)
    square = view.get_by_role("application", name=re.compile("^36 of 64 tiles are computed"))
    square.focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("Forward, step 4 of 4")
    expect(said).to_contain_text("Nothing is sent")
    lanes = view.get_by_role("application", name=re.compile("^What 4 ranks did"))
    lanes.focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("Each rank then has the dK and dV")
    row = view.get_by_role("row", name=re.compile("^rank 3"))
    sent, formula = (row.locator("td").nth(at).inner_text().removesuffix(" bytes") for at in (4, 5))
    assert sent == formula
    expect(view.locator(".chk.bad, .check.bad")).to_have_count(0)


@pytest.mark.thorough
def test_zigzag_shares_the_work(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SHORT}&panel=ring_attention&ring_attention.length=1024", width=390, dark=True)
    view = page.locator("#ring_attention-balance")
    table = view.get_by_role("region", name="Both layouts in numbers")
    expect(table).to_be_visible(timeout=PATIENCE)
    expect(view.locator(".readout")).to_contain_text("busiest rank", timeout=PATIENCE)
    both = (table.get_by_role("row", name=name) for name in ("Contiguous", "Zig-zag"))
    contiguous, zigzag = (float(row.locator("td").nth(1).inner_text().removesuffix(" %")) for row in both)
    assert zigzag < 26 < 38 < contiguous
    view.get_by_role("button", name="None").click()
    expect(view.locator(".readout")).to_contain_text("nothing to balance")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1


@pytest.mark.thorough
def test_a_text_that_is_too_short_says_what_to_do(open_page: Callable[..., Page]) -> None:
    page = open_page("?text=The%20capital%20of&new=2&panel=ring_attention&ring_attention.layout=zigzag")
    view = page.locator("#ring_attention-steps")
    expect(view.locator(".readout")).to_contain_text("need 8 tokens, and this text has 5", timeout=PATIENCE)
    view.get_by_role("group", name="Ranks").get_by_role("button", name="2").click()
    expect(view.locator(".readout")).to_contain_text("Forward, step 2 of 2")
    ready(page)
