"""The labs of the backward pass and of FP8 attention, each with what a person tries first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

RUN = "model=six-kinds-dense&text=Then%20Mary%20and%20John%20went%20to%20the%20store&new=8&layer=2&head=1&pos=9"


@pytest.mark.thorough
def test_a_tile_of_the_backward_pass_and_why_one_number_is_enough(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{RUN}&panel=flash_backward")
    view = page.locator("#flash_backward-tile")
    expect(view.locator(".go .hint")).to_have_text(re.compile(r"^Tile 1 of \d+$"), timeout=PATIENCE)
    expect(view.locator(".says")).to_contain_text("Keys 0 to 7 enter fast memory")
    view.get_by_role("button", name="One tile on").click()
    expect(view.locator(".says")).to_contain_text("Keys 0 to 7 stay in fast memory")
    assert "flash_backward.at=2" in page.url
    # by two numbers and by one: the same weight
    lines = view.locator(".derivation .line")
    expect(lines.nth(1)).to_contain_text("exp(s − m) ÷ l")
    assert lines.nth(1).locator(".result").inner_text() == lines.nth(2).locator(".result").inner_text()
    assert lines.nth(3).locator(".result").inner_text() == lines.nth(4).locator(".result").inner_text()
    # the arrow keys read cells, and walk the tiles of the map
    square = view.get_by_role("application", name=re.compile("^dS: 8 × 8"))
    square.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tip")).to_contain_text("dS at")
    view.get_by_role("application", name=re.compile("^Weights of")).focus()
    page.keyboard.press("ArrowUp")
    expect(view.locator(".go .hint")).to_have_text(re.compile("^Tile 1 of"))
    expect(view.locator(".proof").filter(has_text="added in the page")).to_have_attribute("data-ok", "true")
    ready(page)


@pytest.mark.thorough
def test_the_loss_reaches_every_row_and_larger_tiles_are_fewer(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{RUN}&panel=flash_backward")
    view = page.locator("#flash_backward-tile")
    view.get_by_role("button", name="Loss of the text").click(timeout=PATIENCE)
    expect(view.locator(".says")).to_contain_text("The text’s loss", timeout=PATIENCE)
    view.get_by_role("button", name="32 × 32").click()
    expect(view.locator(".go .hint")).to_have_text("Tile 1 of 1", timeout=PATIENCE)
    assert "flash_backward.objective=loss" in page.url
    assert "flash_backward.tile=32" in page.url
    kept = page.locator("#flash_backward-kept")
    expect(kept.locator(".lead")).to_contain_text("FlashAttention keeps", timeout=PATIENCE)
    expect(kept.locator(".derivation")).to_contain_text("1 of 1 tiles")
    ready(page)


@pytest.mark.thorough
def test_a_head_is_chosen_by_what_the_rotation_changes(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{RUN}&panel=fp8_attention")
    view = page.locator("#fp8_attention-errors")
    expect(view.locator(".lead")).to_contain_text("the rotation helps", timeout=PATIENCE)
    expect(view.locator(".lead")).to_contain_text("The median error of 24 heads")
    heads = view.get_by_role("application", name=re.compile("heads: What the rotation changes"))
    heads.focus()
    page.keyboard.press("ArrowDown")
    expect(view.get_by_role("group", name=re.compile("Error of L3.H1 in four ways"))).to_be_visible(timeout=PATIENCE)
    turned = page.locator("#fp8_attention-turned")
    expect(turned.get_by_role("heading", name="L3.H1 before and after")).to_be_visible(timeout=PATIENCE)
    turned.get_by_role("button", name="Queries", exact=True).click()
    expect(turned.get_by_role("application", name=re.compile("^queries before the rotation"))).to_be_visible()
    view.get_by_role("button", name="Outliers").click()
    expect(view.get_by_role("application", name=re.compile("heads: Outliers"))).to_be_visible()
    ready(page)


@pytest.mark.thorough
def test_the_timeline_says_that_it_is_a_simulation(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{RUN}&panel=fp8_attention")
    view = page.locator("#fp8_attention-overlap")
    expect(view.locator(".says")).to_contain_text("they fit beside the products", timeout=PATIENCE)
    expect(view).to_contain_text("microseconds, simulated")
    view.get_by_role("button", name="FP8", exact=True).click()
    expect(view.locator(".says")).to_contain_text("does not halve", timeout=PATIENCE)
    assert "fp8_attention.numbers=fp8" in page.url
    view.get_by_role("img", name=re.compile("^one after the other: scores of tile 1")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("softmax of tile 1")
    ready(page)
