"""GPTQ step by step, AWQ and SmoothQuant, driven by mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, ready

MODEL = "?model=six-kinds-dense&text=Once%20upon%20a%20time&new=1&layer=2"


def linked(page: Page, said: str) -> None:
    """The link comes to say so."""
    page.wait_for_function("said => location.search.slice(1).split('&').includes(said)", arg=said, timeout=PATIENCE)


def measured(page: Page, view: str) -> Locator:
    found = page.locator(f"#{view}")
    found.get_by_role("button", name=re.compile("^Measure")).first.click()
    expect(found.locator(".lead")).to_be_visible(timeout=PATIENCE)
    return found


@pytest.mark.thorough
def test_columns_are_stepped_through(open_page: Callable[..., Page]) -> None:
    page = open_page(f"{MODEL}&panel=gptq")
    view = measured(page, "gptq-steps")
    said = view.locator(".says")
    expect(said).to_contain_text("In column 0, row")
    view.get_by_role("button", name="One column on").click()
    expect(said).to_contain_text("In column 1, row")
    linked(page, "gptq.step=1")
    slider = view.get_by_role("slider", name="Column")
    slider.focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("The window shows no later column")
    expect(view.get_by_role("button", name="One column on")).to_be_disabled()
    cells = view.get_by_role("application", name=re.compile("columns, weights"))
    box = cells.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 5.5 / 32, box["y"] + box["height"] / 2)
    expect(said).to_contain_text("In column 5, row")
    page.mouse.move(box["x"] + box["width"] * 9.5 / 32, box["y"] + 4)
    expect(page.locator("#tip")).to_contain_text("correction for this column")
    view.get_by_role("button", name="Play").click()
    page.wait_for_function("() => Number(new URL(location).searchParams.get('gptq.step')) > 6", timeout=PATIENCE)
    view.get_by_role("button", name="Pause").click()
    expect(view.locator(".proof")).to_have_count(4)
    expect(view.locator(".proof.fail")).to_have_count(0)
    view.get_by_role("button", name="Act-order", exact=True).click()
    linked(page, "gptq.order=act")
    ready(page)


@pytest.mark.thorough
def test_the_hessian_on_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page(f"{MODEL}&panel=gptq", width=390, dark=True)
    view = measured(page, "gptq-hessian")
    cells = view.get_by_role("application", name=re.compile("^Correlation of 192 inputs"))
    cells.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tip")).to_contain_text("largest |correlation|")
    view.get_by_role("button", name="Act-order", exact=True).click()
    expect(view.get_by_role("button", name="Act-order", exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ready(page)


@pytest.mark.thorough
def test_the_exponent_answers_at_once(open_page: Callable[..., Page]) -> None:
    page = open_page(f"{MODEL}&panel=activation_aware")
    view = measured(page, "activation_aware-ranges")
    before = view.locator(".lead").inner_text()
    slider = view.get_by_role("slider", name="Exponent α")
    slider.focus()
    page.keyboard.press("End")
    expect(view.locator(".lead")).not_to_have_text(before)
    linked(page, "activation_aware.exponent=1")
    view.get_by_role("button", name="AWQ").click()
    expect(view.locator(".formula")).to_contain_text("mean|x|")
    product = measured(page, "activation_aware-product")
    expect(product.get_by_role("row").last).to_contain_text("sum")
    expect(product.locator(".proof.fail")).to_have_count(0)
    ready(page)
