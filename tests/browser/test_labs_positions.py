"""The positions lab with mouse and keyboard: a key, a distance, a pair, a scheme; all of it in the link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready


@pytest.mark.thorough
def test_key_distance_pair_and_scheme_are_chosen_and_linked(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=positions&pos=6&layer=1&head=2")
    view = page.locator("#positions-rotation")
    view.get_by_role("button", name=re.compile("key at position 5,")).click()
    said = view.locator(".readout").first
    expect(said).to_contain_text("distance 1")
    expect(said).to_contain_text("attention")
    view.get_by_role("application", name=re.compile("q·k at distances")).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("distance 4")
    expect(said).to_contain_text("not the text’s own distance")
    assert "positions.dist=6-5-4" in page.url
    view.get_by_role("button", name="back to 1").click()
    expect(said).to_contain_text("distance 1")
    view.get_by_role("application", name=re.compile("left and right choose a pair")).focus()
    page.keyboard.press("ArrowLeft")
    expect(view.locator("svg", has_text="chosen").first).to_be_visible()
    scheme = page.locator("#positions-scaling").get_by_role("button", name="NTK-aware")
    scheme.click()
    expect(scheme).to_have_attribute("aria-pressed", "true")
    assert "positions.scheme=ntk" in page.url
    again = open_page("?" + page.url.partition("?")[2])
    expect(again.locator("#positions-scaling tr.on")).to_contain_text("NTK-aware", timeout=PATIENCE)
    expect(again.locator("#positions-rotation .readout").first).to_contain_text("distance 1")


@pytest.mark.thorough
def test_no_column_of_who_uses_which_is_cut(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=position_schemes")
    view = page.locator("#position_schemes-families")
    expect(view.locator("tbody tr")).to_have_count(27, timeout=PATIENCE)
    expect(view.locator(".proof")).to_have_count(1, timeout=PATIENCE)
    listed = view.get_by_role("region", name="Models and their positions")
    assert listed.evaluate("box => box.scrollWidth <= box.clientWidth")
    expect(listed.locator("tr", has_text="Qwen3-8B")).to_contain_text("40,960")


@pytest.mark.thorough
def test_all_analogies_are_in_sight(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=vocabulary")
    listed = page.locator("#vocabulary-analogies").get_by_role("region", name="Analogies and their answers")
    expect(listed.locator("tbody tr")).to_have_count(30, timeout=PATIENCE)
    assert listed.evaluate("box => box.scrollHeight <= box.clientHeight")  # none is hidden below an edge


@pytest.mark.thorough
def test_a_distance_past_training_is_read_word_by_word(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=positions&positions.tokens=16&positions.factor=2")
    view = page.locator("#positions-reach")
    cell = view.get_by_role("button", name=re.compile("Unchanged, 12,288 positions"))
    expect(cell).to_be_visible(timeout=PATIENCE)
    cell.click()
    expect(view.locator(".readout")).to_contain_text("Unchanged, the second reading starts 12,288 positions later")
    assert view.locator(".words .word").count() == 16
    ready(page)
