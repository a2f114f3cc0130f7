"""Number formats: a number is dragged and stepped along the formats' lines; errors against bits."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

SMALL = "model=six-kinds-dense&text=One%20two&new=0"


def test_a_number_is_dragged_along_the_lines(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=number_formats", wait=False)  # the lines need no run
    view = page.locator("#number_formats-grid")
    said = view.locator(".readout")
    nf4 = view.locator("[data-format=nf4]")
    expect(nf4).to_be_visible(timeout=PATIENCE)
    line = nf4.locator("svg.line")
    line.scroll_into_view_if_needed()  # the mouse reaches what the window shows
    box = line.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 6, box["y"] + 15, steps=6)
    page.mouse.up()
    expect(said).to_contain_text("rounds 1.6000 best")
    expect(said).to_contain_text("larger than the largest weight of the group")
    expect(nf4.get_by_role("img", name="Code: place in a table 1111")).to_be_visible()
    handle = view.get_by_role("slider", name="The number")
    handle.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("rounds −1.5920 best")
    assert "number_formats.at=1" in page.url
    view.get_by_role("button", name="MXFP4").click()
    expect(view.locator(".derivation")).to_contain_text("−2^(")


@pytest.mark.thorough
def test_other_bits_and_another_scale(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=number_formats&number_formats.at=300", width=390, dark=True, wait=False)
    view = page.locator("#number_formats-grid")
    view.get_by_role("button", name="5 to 8 bits").click(timeout=PATIENCE)
    expect(view.locator("[data-format=fp8_e4m3]")).to_contain_text("off by")
    view.get_by_role("button", name="Logarithmic").click()
    expect(view.locator("svg.scale")).to_contain_text("1/1024", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.thorough
def test_names_in_the_picture_of_errors_do_not_overlap(open_page: Callable[..., Page]) -> None:
    for width, part in ((1440, "all"), (390, "four")):
        page = open_page(
            f"?{SMALL}&panel=number_formats&number_formats.role=W_V&number_formats.part={part}", width=width
        )
        names = page.locator("#number_formats-errors .called")
        expect(page.locator("#number_formats-errors .readout")).to_contain_text(
            "has the smallest error", timeout=PATIENCE
        )
        boxes = [box for box in (each.bounding_box() for each in names.all()) if box]
        assert len(boxes) > (12 if part == "all" else 4)
        for one, other in combinations(boxes, 2):
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert beside or abs(one["y"] - other["y"]) > 9, (one, other)  # a line's letters, without its leading


@pytest.mark.thorough
def test_errors_against_bits_of_one_role(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=number_formats&number_formats.role=W_V", wait=False)
    view = page.locator("#number_formats-errors")
    expect(view.locator(".readout")).to_contain_text("has the smallest error on these weights", timeout=PATIENCE)
    row = view.get_by_role("row", name=re.compile("^NF4 4.500"))
    row.click()
    expect(view.locator("[data-key=nf4]")).to_have_attribute("aria-pressed", "true")
    assert "number_formats.format=nf4" in page.url
    ready(page)
    expect(page.locator("#number_formats-grid [data-format=nf4]")).to_have_class(re.compile("open"))
