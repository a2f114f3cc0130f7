"""The kit's page: every part drawn with sample data, in both themes and at both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

PARTS = (
    *("bars", "legend", "plot", "format", "tokens", "controls", "matrix", "sides", "stacks"),
    *("stripes", "tree", "ramp", "axis", "table", "nearby", "reading", "words", "merge_tree", "typed"),
    *("picture", "items", "walk", "names", "layout", "intervals"),
)


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
    expect(said).to_contain_text("Cell 0, 4")
    cells.focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Cell 3, 6")
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
    expect(page.locator("#bars .chosen")).to_contain_text("27.0 %")
    assert page.locator("#legend li").count() == 4


def test_the_matrix_tells_selects_and_walks(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    canvas = page.locator("#matrix canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    cell = box["width"] / 24
    canvas.hover(position={"x": cell * 7.5, "y": cell * 2.5})
    expect(page.locator("#tip")).to_contain_text("Cell 2, 7")
    canvas.click(position={"x": cell * 7.5, "y": cell * 2.5})
    page.keyboard.press("ArrowDown")
    expect(page.locator("#tip")).to_contain_text("Cell 3, 7")
    box, chosen = canvas.bounding_box(), page.locator("#matrix .chosen").bounding_box()
    assert box is not None
    assert chosen is not None
    assert abs(chosen["y"] - box["y"] - 3 * cell) < 1.5
    colours = "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    assert canvas.evaluate(colours) > 50


def test_play_ends_by_itself_and_a_step_stops_it(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    said = page.locator("#controls .readout")
    play = page.locator("#controls .stepper button").nth(1)
    play.click()
    expect(play).to_have_text("Pause")
    expect(said).to_contain_text("step 5 of 5")
    expect(play).to_have_text("Play")
    page.get_by_role("button", name="One step back").click()
    expect(said).to_contain_text("step 4 of 5")
    page.locator("#controls").get_by_role("button", name="First").click()
    expect(said).to_contain_text("first")


def test_a_row_of_the_table_by_keyboard(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    rows = page.locator("#table tbody tr")
    rows.nth(2).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(rows.nth(3)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#bars .chosen")).to_contain_text("0 %")


def test_stripes_and_a_tree_by_keyboard(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    stripes = page.get_by_role("application", name="Two sample rows")
    stripes.hover(position={"x": 300, "y": 10})
    expect(page.locator("#tip")).to_contain_text("Place ")
    chosen = page.locator("#stripes .hair.chosen")
    before = chosen.bounding_box()
    stripes.focus()
    page.keyboard.press("End")
    after = chosen.bounding_box()
    assert before is not None
    assert after is not None
    assert after["x"] > before["x"]
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    page.get_by_role("application", name="A sample tree").focus()
    for key, name in (("ArrowDown", "right"), ("ArrowRight", "d"), ("ArrowRight", "e"), ("ArrowLeft", "d")):
        page.keyboard.press(key)
        expect(page.locator("#tree .b")).to_have_text(name)


def test_a_word_is_chosen_and_its_tree_is_drawn(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    words, tree = page.get_by_role("listbox", name="Two sample words"), page.locator("#merge_tree")
    assert words.locator(".piece").all_text_contents() == ["low", "·", "low", "e", "r"]
    expect(tree.locator(".node.later")).to_have_text("er")
    words.get_by_role("option").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(words.get_by_role("option").nth(0)).to_be_focused()
    expect(tree.locator(".node.later")).to_have_count(0)
    assert [each.strip() for each in tree.locator(".node.top").all_text_contents()] == ["low"]


def test_a_text_is_taken_after_a_pause_or_when_the_field_is_left(kit: Callable[[int], Page]) -> None:
    page = kit(1440)
    field, taken = page.get_by_role("textbox", name="A sample text"), page.locator("#typed .readout")
    expect(taken).to_contain_text("A·text")
    field.press_sequentially(" €")
    expect(field).to_have_value("A text €")
    expect(taken).to_contain_text("A·text·€ · ⟨41 20 74 65 78 74 20 e2⟩")
    field.fill("left")
    field.blur()
    expect(taken).to_contain_text("left", timeout=200)
