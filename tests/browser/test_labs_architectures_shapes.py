"""First-time tasks: who may look at whom, what a changed word reaches, where a date's parts come from, a patch."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from explorer import places
from tests.browser.conftest import ready

START = "?model=six-kinds-moe&text=And%20the%20king%20said%20unto%20them&panel="


@pytest.mark.thorough
def test_a_changed_word_reaches_only_forward_in_a_decoder(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "three_shapes")
    section = page.locator("#three_shapes-reach")
    section.get_by_role("button", name="king", exact=True).click()
    ready(page)
    expect(section.locator(".word[aria-pressed=true]")).to_contain_text("king → never")
    counts = [re.search(r"(\d+) of (\d+) other", text) for text in section.locator(".hint").all_inner_texts()]
    moved, others = zip(*((int(m[1]), int(m[2])) for m in counts if m), strict=True)
    assert moved[0] < others[0]
    assert moved[1:] == others[1:]
    section.get_by_role("textbox", name="New word").fill("${alert(1)}")
    section.get_by_role("button", name="Replace").click()
    ready(page)
    expect(section.locator(".word[aria-pressed=true]")).to_contain_text("king → ${alert(1)}")


@pytest.mark.thorough
def test_the_day_of_a_date_is_read_where_it_stood(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "three_shapes")
    section = page.locator("#three_shapes-cross")
    section.get_by_role("textbox", name="Sentence").fill("It was built on the 29th of May 1764.")
    section.get_by_role("textbox", name="Sentence").press("Enter")
    ready(page)
    written = section.locator(".sentence [role=option]")
    text = "".join(written.all_inner_texts()).replace("·", " ")
    assert "1764-05-29" in text
    written.last.click()
    written.last.press("Home")
    expect(written.first).to_have_attribute("aria-selected", "true")
    written.first.press("ArrowRight")
    expect(written.nth(1)).to_have_attribute("aria-selected", "true")
    expect(section.locator(".readout")).to_contain_text("While it writes")


@pytest.mark.thorough
def test_too_long_a_sentence_is_refused_kindly(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "three_shapes&three_shapes.sentence=" + "9a8b%20" * 79)
    expect(page.locator("#three_shapes-cross")).to_contain_text("at most")


@pytest.mark.thorough
def test_a_patch_is_asked_with_the_keyboard_and_the_mouse(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "pictures_and_speech")
    section = page.locator("#pictures_and_speech-patches")
    expect(section.locator(".readout")).to_contain_text("CLS")
    section.locator(".pair-of-pictures canvas").first.click(position={"x": 5, "y": 5})
    expect(section.locator(".readout")).to_contain_text("row 1, column 1")
    section.locator(".pair-of-pictures canvas").first.press("ArrowDown")
    expect(section.locator(".readout")).to_contain_text("row 2, column 1")
    section.get_by_role("button", name="cat").click()
    ready(page)
    expect(section.locator(".readout")).to_contain_text("CLS")
    painted = "canvas => canvas.toDataURL()"
    canvas = section.locator(".pair-of-pictures canvas").first
    before = canvas.evaluate(painted)
    overlay = section.get_by_label("Overlay", exact=True)
    overlay.press("Home")
    assert canvas.evaluate(painted) != before
    overlay.press("End")
    assert canvas.evaluate(painted) == before
    bring = section.locator(".bring input")
    bring.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.get_by_text("The explorer cannot read this picture")).to_be_visible()
    picture = places.assets() / "samples" / "coffee.jpg"
    bring.set_input_files({"name": "my <b>cup</b>.jpg", "mimeType": "image/jpeg", "buffer": picture.read_bytes()})
    expect(section.get_by_role("button", name="my <b>cup</b>.jpg")).to_have_attribute("aria-pressed", "true")
    ready(page)
    assert "picture=own-" in page.url
    assert not section.locator(".proof.fail").count()
