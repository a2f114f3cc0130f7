"""Train: the merges are stepped, played and slid through; a text of one's own is trained on; a word's tree grows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

VIEW = "#bpe_training-merges"


@pytest.mark.thorough
def test_a_training_is_stepped_played_and_slid_through(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=bpe_training", wait=False)
    view = page.locator(VIEW)
    said, slider = view.locator(".readout"), view.get_by_role("slider", name="Merges done")
    expect(said).to_contain_text("Merge 60:", timeout=PATIENCE)
    expect(view.locator(".pairs .pair")).to_have_count(12)
    expect(view.locator(".pairs .wins")).to_contain_text("merged next")
    next_pair = view.locator(".pairs .wins .m").text_content()
    view.get_by_role("button", name="One merge on").click()
    expect(said).to_contain_text("Merge 61:")
    left, right = (each.strip("\u2068\u2069 ") for each in (next_pair or "").split("+"))
    assert view.locator(".readout .tok").all_text_contents()[:2] == [left, right]
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text("Merge 59:")
    page.keyboard.press("End")
    expect(said).to_contain_text("Merge 200:")
    expect(view.locator(".why")).to_contain_text("The training ends here")
    view.get_by_role("button", name="Play").click()
    expect(said).to_contain_text(re.compile(r"Merge \d\d?:"), timeout=PATIENCE)  # it begins anew, and goes on
    view.get_by_role("button", name="Pause").click()
    assert re.search(r"bpe_training\.at=\d", page.url)


@pytest.mark.thorough
def test_a_word_is_chosen_and_grows_as_the_slider_moves(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=bpe_training&bpe_training.at=0", width=390, dark=True, wait=False)
    view = page.locator(VIEW)
    words = view.get_by_role("listbox")
    expect(words).to_be_visible(timeout=PATIENCE)
    expect(view.locator(".readout")).to_contain_text("No merge yet: each of the 256 bytes is a token")
    words.get_by_role("option", selected=True).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    chosen = view.locator(".word[aria-selected=true]")
    assert chosen.count() == 1
    page.keyboard.press("ArrowLeft")
    tree = view.locator(".merge-tree")
    letters = tree.locator(".node.top").count()
    view.get_by_role("slider", name="Merges done").focus()
    page.keyboard.press("End")
    assert tree.locator(".node.top").count() < letters
    expect(tree.locator(".node.later")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.thorough
def test_a_text_of_ones_own(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=bpe_training", wait=False)
    view = page.locator(VIEW)
    expect(view.locator(".readout")).to_contain_text("Merge 60:", timeout=PATIENCE)
    field = view.get_by_role("textbox")
    field.fill("<b>hug</b> ${hug} hugs 🙂🙂")
    expect(view.locator(".sub3 small").nth(1)).to_contain_text("your text, and an encyclopaedia", timeout=PATIENCE)
    expect(view.locator(".hint").last).to_contain_text("every word of this text is one token")
    view.get_by_role("slider", name="Merges done").focus()
    page.keyboard.press("End")
    expect(view.get_by_role("listbox")).to_contain_text("🙂🙂")
    assert not page.evaluate(f"document.querySelector('{VIEW} .pbody b b')")
    field.fill("")
    expect(view.locator(".lead")).to_have_text("There is no text. Write one in the field above.", timeout=PATIENCE)
    field.fill("low lower lowest")
    expect(view.locator(".readout")).to_contain_text("Merge", timeout=PATIENCE)
    link = page.url
    assert "low" in link
    assert "own" in link
