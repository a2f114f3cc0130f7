"""The map: every panel once, where one stands is marked, a door keeps the prompt; by keyboard, on a phone too."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from explorer.panels import panels
from tests.browser.axe import audited
from tests.browser.conftest import PATIENCE, ready

RUN = "?model=six-kinds-dense&text=In%20the%20beginning&new=1&seed=3&panel=sampling"


def test_the_map_has_every_panel_once_and_a_door_keeps_the_prompt(open_page: Callable[..., Page]) -> None:
    page = open_page(RUN)
    page.get_by_role("button", name="Map", exact=True).click()
    box = page.locator("#mapbox")
    expect(box).to_be_visible()
    audited(page, "#mapbox")
    doors = box.locator(".door").all_inner_texts()
    assert sorted(doors) == sorted(each.title for each in panels().values())
    expect(box.locator("[aria-current=page]")).to_have_text("Sampling")
    expect(box.locator("[aria-current=page]")).to_be_focused()
    expect(box.locator(".station.overview .here")).to_have_text("you are here")
    expect(box.locator(".here")).to_have_count(1)
    tokens = page.evaluate("explorer.store.run.nPrompt")
    expect(box.locator(".station.tokenization .size")).to_have_text(f"{tokens} tokens")

    page.keyboard.press("ArrowLeft")
    expect(box.locator(".told")).to_contain_text(panels()["residual_stream"].about)
    page.keyboard.press("Enter")
    expect(box).to_be_hidden()
    page.wait_for_function("() => explorer.store.panel === 'residual_stream'", timeout=PATIENCE)
    ready(page)
    assert page.evaluate("[explorer.store.run.text, explorer.store.run.seed]")[1] == 3
    expect(page.locator("#prompt textarea")).to_have_value("In the beginning")


def test_the_map_fits_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page(RUN)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Map", exact=True).click()
    doors = "...[...e.querySelectorAll('.door')].map(d => d.scrollWidth - d.clientWidth)"
    wide = f"e => [e.scrollWidth - e.clientWidth, {doors}]"
    assert max(page.locator("#mapbox").evaluate(wide)) <= 1
