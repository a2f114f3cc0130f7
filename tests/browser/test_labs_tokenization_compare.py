"""The chapter on tokenization: a text compared, and a word encoded step by step, by mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

TEXT = "?model=six-kinds-dense&T=0&new=0&text=When%20Mary%20went"
OWN = "trained:gpt2:40:own/low lower lowest slow slower slowest, the lowest of the low"
#: Needs no download: a tokenizer that is trained here, the model's own, and that of the default model.
LINEUP = f"&tokenizers_compared.yours={OWN}&tokenizers_compared.lineup=yours,model,smollm2"


@pytest.mark.thorough
def test_the_chapter_stands_behind_the_walk(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=bpe_encoding")
    chapters = page.get_by_role("tablist", name="Chapters").get_by_role("tab").all_inner_texts()
    assert chapters[:3] == ["The walk", "Tokenization", "Embeddings"]


@pytest.mark.thorough
def test_compare_a_text_and_cut_it(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=tokenizers_compared" + LINEUP)
    lanes = page.locator("#tokenizers_compared-lanes")
    expect(lanes.locator(".lane-row .name")).to_have_text(["yours", "this model", "SmolLM2"])
    lanes.get_by_role("button", name="English, numbers, emoji").click()
    counts = lanes.locator(".here-row .counts b")
    expect(counts.nth(2)).to_have_text("59", timeout=PATIENCE)
    expect(lanes.locator(".proof").first).to_contain_text("3 vocabularies", timeout=PATIENCE)
    text = lanes.get_by_role("group", name=re.compile("arrow keys move"))
    text.focus()
    page.keyboard.press("Home")
    said = lanes.locator(".here-table .readout")
    expect(said).to_contain_text("At O, byte 0")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("At n, byte 1")
    row = lanes.locator(".lane-row").first
    row.hover(position={"x": 74 + 8.5 * 4.5, "y": 30})
    expect(said).to_contain_text("byte 4.")
    room = lanes.get_by_role("spinbutton", name="Context of")
    room.fill("20")
    room.press("Enter")
    expect(lanes.locator(".keeps")).to_have_count(3)
    assert lanes.locator("rect.block.beyond").count() > 20
    assert "tokenizers_compared.room=20" in page.url
    lanes.get_by_role("button", name="this model", exact=True).click()
    expect(lanes.locator(".lane-row").first.locator(".name")).to_have_text(["yours", "SmolLM2"], timeout=PATIENCE)


@pytest.mark.thorough
def test_any_text_is_cut_as_it_is_typed(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=tokenizers_compared" + LINEUP)
    lanes = page.locator("#tokenizers_compared-lanes")
    field = lanes.get_by_role("textbox")
    field.fill("<b>${1}</b> שלום 12 עולם")
    expect(lanes.locator(".here-table .readout")).to_contain_text("24 characters", timeout=PATIENCE)
    ready(page)
    places = lanes.locator(".lane-row .letter").evaluate_all(
        "all => all.map((each) => [each.textContent.trim(), Number(each.getAttribute('x'))])"
    )
    x = dict(places)
    assert x["שלום"] > x["1"] > x["עולם"]  # written from the right, the number in its own order
    assert x["1"] < x["2"]
    field.fill("")
    expect(lanes).to_contain_text("There is no text", timeout=PATIENCE)


@pytest.mark.thorough
def test_a_language_leads_to_its_paragraph(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=tokenizers_compared" + LINEUP)
    languages = page.locator("#tokenizers_compared-languages")
    expect(languages.locator(".proof")).to_contain_text("24 paragraphs", timeout=PATIENCE)
    languages.get_by_role("button", name=re.compile("Russian in SmolLM2$")).click()
    lanes = page.locator("#tokenizers_compared-lanes")
    expect(lanes.get_by_role("textbox")).to_have_value(re.compile("^Все люди"), timeout=PATIENCE)


@pytest.mark.thorough
def test_step_through_a_word(open_page: Callable[..., Page]) -> None:
    page = open_page(
        TEXT + f"&panel=bpe_encoding&bpe_encoding.yours={OWN}&bpe_encoding.source=typed&bpe_encoding.typed=slowest"
    )
    view = page.locator("#bpe_encoding-steps")
    said = view.locator(".readout")
    expect(said).to_contain_text("wins with rank", timeout=PATIENCE)
    expect(view.locator(".proof")).to_have_count(2)
    tree = view.get_by_role("group", name=re.compile("arrow keys step"))
    tree.focus()
    page.keyboard.press("End")
    expect(said).to_contain_text("After")
    page.keyboard.press("Home")
    expect(view.locator(".pair.wins")).to_have_count(1)
    assert view.locator(".pair.lost").count() >= 1
    view.get_by_role("button", name="SmolLM2").click()
    expect(view.locator(".hint")).to_contain_text("48,900 merges", timeout=PATIENCE)
    listed = page.locator("#bpe_encoding-listed")
    expect(listed.locator(".never")).to_have_count(2)
    listed.get_by_role("button", name="How a real vocabulary cuts it").click()
    expect(view.get_by_role("textbox")).to_have_value("unhappiness", timeout=PATIENCE)
