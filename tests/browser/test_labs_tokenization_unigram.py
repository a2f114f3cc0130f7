"""Unigram lattice and WordPiece: a text is typed, cuts are chosen by key and drawn again, a word is searched."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

SMALL = "model=six-kinds-dense&text=One%20two&new=0"


@pytest.mark.thorough
def test_a_text_is_typed_and_a_cut_is_chosen(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=unigram_lattice", wait=False)  # no run is needed
    view = page.locator("#unigram_lattice-lattice")
    picture = view.get_by_role("group", name=re.compile("up and down choose a cut"))
    expect(picture).to_be_visible(timeout=PATIENCE)
    pieces = view.locator("svg.lattice .unit")
    expect(pieces.locator(".score")).to_have_count(pieces.count())  # single letters too have their log p
    view.get_by_role("textbox").fill("the <b>whale</b> ${1}")
    expect(view.locator("svg.lattice .letter").nth(5)).to_have_text("<", timeout=PATIENCE)
    assert page.locator("b:text-is('whale')").count() == 0  # what is typed is text
    expect(view.locator(".path.on .rank")).to_have_text("Viterbi")
    picture.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(view.locator(".path.on .rank")).to_have_text("3rd")
    assert view.locator(".unit.chosen").count() > 0
    view.locator(".path").first.click()
    expect(view.locator(".unit.chosen")).to_have_count(0)
    view.get_by_role("textbox").fill("")
    expect(view.locator(".readout")).to_contain_text("There is no text", timeout=PATIENCE)


@pytest.mark.thorough
def test_cuts_are_drawn_again_and_a_pruning_is_opened(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=unigram_lattice", width=390, dark=True, wait=False)
    draws = page.locator("#unigram_lattice-draws")
    first = draws.get_by_role("row").nth(1)
    expect(first).to_contain_text("%", timeout=PATIENCE)
    before = first.inner_text()
    draws.get_by_role("button", name="Draw again").click()
    expect(draws).to_contain_text("seed 2", timeout=PATIENCE)
    expect(first).not_to_have_text(before, timeout=PATIENCE)
    training = page.locator("#unigram_lattice-training")
    expect(training.locator(".readout")).to_contain_text("sentencepiece’s trainer", timeout=PATIENCE)
    inside = """() => {
        const drawn = document.querySelector("#unigram_lattice-training .js-plotly-plot");
        const { data: [{ y }], _fullLayout: { yaxis } } = drawn;
        return yaxis.range[0] < Math.min(...y) && Math.max(...y) < yaxis.range[1];
    }"""
    page.wait_for_function(inside)  # the last point is the highest, and half of it lay outside
    training.get_by_role("region", name="Prunings").get_by_role("row").nth(1).click()
    expect(training).to_contain_text("Removed after round 2")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.thorough
def test_a_word_is_searched(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=wordpiece&wordpiece.typed=One%20two")
    view = page.locator("#wordpiece-greedy")
    expect(view.get_by_role("option")).to_have_text(["one", "two"], timeout=PATIENCE)
    view.get_by_role("button", name="mistrust, undeserving, perspiration").click()
    expect(view.locator(".readout")).to_contain_text("The greedy cut is not the shortest", timeout=PATIENCE)
    view.get_by_role("option", name=re.compile("^mist")).click()
    expect(view.get_by_role("img", name="mistrust becomes mist, ##rus, ##t")).to_be_visible(timeout=PATIENCE)
    view.get_by_role("textbox").fill("go🚀go <i>Ça</i>")
    expect(view.locator(".readout")).to_contain_text("becomes one [UNK]: no token holds 🚀", timeout=PATIENCE)
    before = page.locator("#wordpiece-before")
    expect(before.locator(".readout")).to_contain_text("does not return the text", timeout=PATIENCE)
    expect(before.locator(".back .text")).to_have_text("[UNK]·<·i·>·ca·<·/·i·>")
