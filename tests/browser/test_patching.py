"""Patching by hand: a cell of the lens is carried to another position, with the mouse, keys or taps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer import zoo
from explorer.tracing import TraceKey, capture, parse_intervention
from tests.browser.conftest import PATIENCE, ready

TEXT, OTHER = "The king saw a red bird in the garden", "The king saw a blue bird in the garden"
LINK = f"?model=six-kinds-dense&text={quote(TEXT)}&panel=residual_stream"
BESIDE = LINK + "&residual_stream.with=" + quote(f"model=six-kinds-dense&text={quote(OTHER)}", safe="")
POINT = """(box, [depth, position]) => {
    const { left, top } = box.querySelector(".matrix canvas").getBoundingClientRect();
    const { names, line, cell, row, start } = box.dataset;
    return [left + +names + (position - start + 0.5) * cell, top + +line + (depth + 0.5) * row];
}"""


def grids(page: Page) -> tuple[Locator, Locator]:
    return page.locator("#residual_stream-lens [data-side=own]"), page.locator(
        "#residual_stream-lens [data-side=second]"
    )


def point(grid: Locator, depth: int, position: int) -> tuple[float, float]:
    x, y = grid.evaluate(POINT, [depth, position])
    return x, y


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], *, let_go: bool = True) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    if let_go:
        page.mouse.up()


def stack(page: Page, count: int) -> list[str]:
    page.wait_for_function(f"() => explorer.store.run.interventions.length === {count}", timeout=PATIENCE)
    ready(page)
    return page.evaluate("explorer.store.run.interventions.map(({ text }) => text)")


def test_a_cell_is_dragged_to_another_position(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK)
    own, _ = grids(page)
    own.scroll_into_view_if_needed()
    drag(page, point(own, 2, 4), point(own, 3, 6), let_go=False)
    said = page.locator("#residual_stream-lens [role=status]")
    expect(said).to_contain_text("Carrying the stream after block 1 at")
    expect(own.locator(".cone.planned")).to_have_attribute("data-position", "6")
    page.keyboard.press("Escape")
    expect(own.locator(".cone")).to_have_count(0)
    page.mouse.up()
    assert stack(page, 0) == []

    drag(page, point(own, 2, 4), point(own, 3, 6))
    [text] = stack(page, 1)
    assert text == f"patch:1:6:4:{quote(TEXT)}"
    assert page.evaluate("explorer.store.focus.position") != 6  # a drag chooses no cell
    expect(own.locator(".cone")).to_have_attribute("data-layer", "1")
    expect(page.locator("#residual_stream-lens .proof[data-ok=true]")).to_have_count(4)

    model = zoo.load("six-kinds-dense")
    key = TraceKey(model.name, TEXT, interventions=(parse_intervention(text),))
    now, before = capture(model, key), capture(model, key.without_interventions())
    at = page.evaluate("explorer.store.focus.position")
    moved = page.locator("#residual_stream-lens b[data-after]")
    chosen = page.evaluate("explorer.store.focus.target")
    token = int(now.logits[at].argmax()) if chosen is None else chosen
    shown = json.loads(moved.evaluate("({ dataset }) => JSON.stringify([+dataset.before, +dataset.after])"))
    likely = [float(run.logits[at].double().softmax(-1)[token]) for run in (before, now)]
    assert shown == pytest.approx([math.log(p / (1 - p)) for p in likely], abs=1e-3)  # ahead of all other tokens
    expect(page.locator("#interventions-view")).to_contain_text("stream after block 1 at position 6")


@pytest.mark.thorough
def test_a_stream_of_the_second_prompt_is_carried_with_keys(open_page: Callable[..., Page]) -> None:
    page = open_page(BESIDE)
    own, second = grids(page)
    said = page.locator("#residual_stream-lens [role=status]")
    grid = second.locator("canvas").first
    grid.focus()
    for key in ["ArrowUp"] * 2 + ["ArrowRight"] * 5:
        grid.press(key)
    grid.press(" ")
    depth = int(second.get_attribute("data-depths") or 0) - 3
    expect(said).to_contain_text(f"Carrying the stream after block {depth - 1} at")
    grid.press("ArrowLeft")
    expect(said).to_contain_text("(4) of the second prompt. Drop it")
    mine = own.locator("canvas").first
    mine.focus()
    expect(said).to_contain_text("(4) of this prompt. Drop it")
    mine.press("Escape")
    expect(said).to_contain_text("Space picks it up")
    grid.focus()
    grid.press(" ")
    mine.focus()
    mine.press("ArrowLeft")
    mine.press("Enter")
    assert stack(page, 1) == [f"patch:{depth - 1}:4:5:{quote(OTHER)}"]


@pytest.mark.thorough
def test_a_drop_on_the_second_prompt_makes_it_the_pages(open_page: Callable[..., Page]) -> None:
    page = open_page(BESIDE)
    own, second = grids(page)
    second.evaluate("box => box.previousElementSibling.scrollIntoView({ block: 'center' })")
    last = int(own.get_attribute("data-depths") or 0) - 1
    drag(page, point(own, last, 4), point(second, 0, 4))
    assert stack(page, 1) == [f"patch:{last - 1}:4:4:{quote(TEXT)}"]
    assert page.evaluate("explorer.store.run.text") == OTHER
    expect(page.locator("#prompt textarea")).to_have_value(OTHER)
    expect(page.get_by_role("textbox", name="Second prompt")).to_have_value(TEXT)


@pytest.mark.thorough
def test_taps_carry_on_a_phone_and_the_default_is_a_minimal_pair(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK, width=390)
    lens = page.locator("#residual_stream-lens")
    expect(lens.get_by_role("textbox", name="A second prompt")).to_have_value(OTHER)
    lens.get_by_role("button", name="Run it below").click()
    own, second = grids(page)
    expect(second).to_be_visible(timeout=PATIENCE)
    second.scroll_into_view_if_needed()
    page.mouse.click(*point(second, 2, 1))
    lens.get_by_role("button", name="Pick up after block 1 at 1").click()
    own.evaluate("box => { box.scrollIntoView({ block: 'center' }); box.scrollLeft = 0; }")
    page.mouse.click(*point(own, 2, 2))
    assert stack(page, 1) == [f"patch:1:2:1:{quote(OTHER)}"]


@pytest.mark.thorough
def test_what_cannot_be_carried_says_why(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK + "&residual_stream.with=model%3Dnothing%26text%3D%3Cb%3E")
    lens = page.locator("#residual_stream-lens")
    expect(lens.locator(".unfit")).to_be_visible()
    grid = grids(page)[0].locator("canvas").first
    grid.focus()
    for _ in range(12):
        grid.press("ArrowUp")
    grid.press(" ")
    expect(page.get_by_text("The embedding stays")).to_be_visible()
