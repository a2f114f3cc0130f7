"""FlashAttention's tiles and online softmax, driven by mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready
from tests.browser.streams import load_anew

TEXT = "text=When%20Mary%20and%20John%20went%20to%20the%20store%2C%20John%20gave%20a%20drink%20to%20her&new=2"
OWN = "flash_tiles.head=selected&online_softmax.head=selected"
TILES = f"?{TEXT}&{OWN}&panel=flash_tiles&layer=11&head=2&pos=16&flash_tiles.rows=4&flash_tiles.columns=4"
ROW = f"?{TEXT}&{OWN}&panel=online_softmax&layer=11&head=2&pos=15&online_softmax.block=4"


def linked(page: Page, said: str) -> None:
    """The link comes to say so."""
    page.wait_for_function("said => location.search.slice(1).split('&').includes(said)", arg=said, timeout=PATIENCE)


def test_stepping_playing_and_jumping_through_the_tiles(open_page: Callable[..., Page]) -> None:
    page = open_page(TILES + "&flash_tiles.step=1")
    view = page.locator("#flash_tiles-tiles")
    said = view.locator(".player .readout")
    expect(said).to_contain_text("Tile of queries 0–3 and keys 0–3")
    expect(view.locator(".way.read")).to_contain_text("3,072 B")  # Q, K and V: 4 positions of 64 numbers of 4 bytes
    view.get_by_role("button", name="One step on").click()
    expect(said).to_contain_text("Tile of queries 4–7 and keys 0–3")
    linked(page, "flash_tiles.step=2")
    slider = view.get_by_role("slider", name="Step")
    slider.focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("The rows are complete")
    expect(view.get_by_role("button", name="One step on")).to_be_disabled()
    count = int(slider.get_attribute("max") or 0)
    lanes = view.get_by_role("application", name=re.compile("^Reads and writes of"))
    lanes.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    linked(page, "flash_tiles.step=2")
    box = lanes.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 2.5 / count, box["y"] + 20)
    linked(page, "flash_tiles.step=3")
    view.get_by_role("button", name="Play").click()
    expect(view.locator(".cost, .costs .chosen").first).to_be_visible()
    page.wait_for_function("() => Number(new URL(location).searchParams.get('flash_tiles.step')) > 3", timeout=PATIENCE)
    view.get_by_role("button", name="Pause").click()
    ready(page)


@pytest.mark.thorough
def test_the_loop_order_and_the_tiles_change_what_moves(open_page: Callable[..., Page]) -> None:
    page = open_page(TILES)
    view = page.locator("#flash_tiles-tiles")
    lanes = view.locator(".lanes")
    expect(lanes).to_contain_text("O, FA-1")
    written = view.locator(".below .hint").first
    expect(written).to_contain_text(re.compile("FA-2 never reads O and writes it 5 times; FA-1 reads O 10 times"))
    view.get_by_role("group", name="Loop order").get_by_role("button", name="FlashAttention-1").click()
    expect(lanes).to_contain_text("O, FA-2", timeout=PATIENCE)
    linked(page, "flash_tiles.algorithm=fa1")
    view.get_by_role("group", name="Loop order").get_by_role("button", name="Standard").click()
    expect(view.locator(".slow")).to_contain_text("1,156 B each: stored", timeout=PATIENCE)
    view.get_by_role("group", name="Tile rows").get_by_role("button", name="8", exact=True).click()
    view.get_by_role("group", name="Mask").get_by_role("button", name="None").click()
    ready(page)
    linked(page, "flash_tiles.rows=8")
    linked(page, "flash_tiles.mask=none")
    expect(view.locator(".proof")).to_have_count(2)  # without its mask the head's z is not the model's
    load_anew(page)
    ready(page)
    pressed = view.get_by_role("group", name="Mask").get_by_role("button", name="None")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    asked = page.locator("#flash_tiles-questions")
    expect(asked).to_contain_text("Is the traffic still quadratic in N?")
    expect(asked.locator("tr.on")).to_have_count(0)  # 8 x 4 is no square tile
    ready(page)


@pytest.mark.thorough
def test_a_cell_is_read_and_a_row_followed(open_page: Callable[..., Page]) -> None:
    page = open_page(TILES)
    view = page.locator("#flash_tiles-tiles")
    square = view.get_by_role("application", name=re.compile("^Scores: one row for each query"))
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    assert box
    n = page.evaluate("window.explorer.store.run.ids.length")
    at = (box["x"] + box["width"] * 1.5 / n, box["y"] + box["height"] * 9.5 / n)
    before = view.locator(".memory").inner_html()
    page.mouse.move(*at)
    expect(page.locator("#tip")).to_contain_text("reads 1")
    expect(view.locator(".slow .pointing .across")).to_be_visible()
    page.mouse.move(2, 2)
    expect(view.locator(".slow .pointing .across")).to_be_hidden()
    assert len(view.locator(".memory").inner_html()) - len(before) < 400, "pointing draws nothing again"
    page.mouse.click(*at)
    linked(page, "pos=9")
    expect(view.get_by_role("heading", name=re.compile("^Row 9 "))).to_be_visible()
    square.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tip")).to_contain_text("reads")
    view.get_by_role("combobox", name="Head").select_option("5")
    expect(view.get_by_role("heading", name="Head L11.H5 in tiles")).to_be_visible(timeout=PATIENCE)
    linked(page, "head=5")
    ready(page)
    strips = view.get_by_role("application", name=re.compile("^The 64 numbers of O"))
    strips.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tip")).to_contain_text("O, dimension 0")
    ready(page)


@pytest.mark.thorough
def test_a_long_text_is_drawn_in_windows(open_page: Callable[..., Page]) -> None:
    words = "%20".join(["the%20cat%20and%20the%20dog%20went%20home"] * 20)
    page = open_page(f"?text={words}&new=0&panel=flash_tiles&pos=3")
    view = page.locator("#flash_tiles-tiles")
    expect(view).to_contain_text("Position 3 lies outside the drawn window")
    view.get_by_role("button", name="Show the window with position 3").click()
    expect(view.get_by_role("heading", name=re.compile("^Row 3 "))).to_be_visible(timeout=PATIENCE)
    linked(page, "flash_tiles.window=0")
    ready(page)


@pytest.mark.thorough
def test_a_block_is_dragged_and_the_end_stays(open_page: Callable[..., Page]) -> None:
    page = open_page(ROW)
    view = page.locator("#online_softmax-row")
    chips = view.locator(".blocks li")
    expect(chips).to_have_count(4)
    said = view.get_by_role("group", name=re.compile("^The softmax in blocks"))
    whole = said.locator("rect.down").evaluate_all("all => all.map((each) => each.getAttribute('height'))")
    chips.nth(3).drag_to(chips.nth(0))
    expect(chips.nth(0)).to_have_attribute("data-block", "3", timeout=PATIENCE)
    ready(page)
    linked(page, "online_softmax.order=3.0.1.2")
    assert said.locator("rect.down").evaluate_all("all => all.map((each) => each.getAttribute('height'))") == whole
    expect(view.locator(".proof.fail")).to_have_count(0)
    view.get_by_role("button", name="Block 3 later").click()
    expect(chips.nth(1)).to_have_attribute("data-block", "3", timeout=PATIENCE)
    view.get_by_role("group", name=re.compile("^Block 3, keys")).focus()
    page.keyboard.press("End")
    expect(chips.nth(3)).to_have_attribute("data-block", "3", timeout=PATIENCE)
    text = view.get_by_role("group", name="Order of the blocks").get_by_role("button", name="Text order")
    expect(text).to_have_attribute("aria-pressed", "true")
    view.get_by_role("button", name="Largest first").click()
    expect(view).to_contain_text("every later factor is 1", timeout=PATIENCE)
    linked(page, "online_softmax.order=first")
    load_anew(page)
    ready(page)
    expect(view.get_by_role("button", name="Largest first")).to_have_attribute("aria-pressed", "true")


@pytest.mark.thorough
def test_blocks_come_one_by_one_and_on_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page(ROW, width=390, dark=True)
    view = page.locator("#online_softmax-row")
    slider = view.get_by_role("slider", name="Blocks seen")
    slider.focus()
    page.keyboard.press("Home")
    expect(view.locator(".blocks .coming")).to_have_count(3)
    view.get_by_role("button", name="One block on").click()
    expect(view.locator("tr.coming")).to_have_count(2)
    linked(page, "online_softmax.seen=2")
    view.get_by_role("row").nth(3).click()
    expect(view.locator("tr.coming")).to_have_count(1)
    page.get_by_role("tab", name="FlashAttention in tiles").click()
    ready(page)
    tiles = page.locator("#flash_tiles-tiles")
    parts = tiles.get_by_role("group", name="What is shown beneath")
    parts.get_by_role("button", name="Row").click()
    expect(tiles.get_by_role("heading", name=re.compile("^Row 15 "))).to_be_visible()
    expect(tiles.locator(".lanes")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
