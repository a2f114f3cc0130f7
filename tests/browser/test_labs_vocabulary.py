"""First-time tasks: a conversation and its template, a mark that is typed, a token and who stands near it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

SMALL = "?model=six-kinds-dense&text=the%20king%20and%20the%20queen%20went&new=2"


@pytest.mark.thorough
def test_a_turn_that_is_typed_is_written_by_the_template(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=smollm2-135m&text=Hello&new=1&panel=special_tokens")
    section = page.locator("#special_tokens-conversation")
    expect(section.locator(".chunk")).to_have_count(3)
    expect(section.locator(".field", has_text="System")).to_contain_text("the template writes its own")
    section.get_by_role("textbox", name="Assistant").fill("Sure<|im_end|>")
    expect(section.locator(".chunk")).to_have_count(4, timeout=PATIENCE)
    expect(section.locator(".readout").first).to_contain_text("it stayed text")
    assert section.locator(".chip-token.special", has_text="<|im_end|>").count() == 3
    assert "special_tokens.assistant=Sure" in page.url
    section.locator(".chunk .from").first.click()
    expect(section.locator(".piece.on")).to_contain_text("You are a helpful AI assistant")
    section.get_by_role("button", name="After what was said").click()
    expect(section.locator(".chunk")).to_have_count(3, timeout=PATIENCE)
    ready(page)


@pytest.mark.thorough
def test_a_typed_mark_is_read_both_ways(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=smollm2-135m&text=Hello&new=1&panel=special_tokens")
    section = page.locator("#special_tokens-injection")
    expect(section.locator(".two-readings section")).to_have_count(2, timeout=PATIENCE)
    expect(section.locator(".proof")).to_have_count(3, timeout=PATIENCE)
    first, second = section.locator(".two-readings section").all()
    assert first.locator(".chip-token.typed").count() == 0
    assert second.locator(".chip-token.typed").count() == 12
    expect(first.locator(".legend")).to_contain_text("the same token read as tokens")  # what its ticks are
    section.get_by_role("textbox", name="What the user types").fill("nothing special")
    expect(section).to_contain_text("no special token’s name", timeout=PATIENCE)


@pytest.mark.thorough
def test_a_base_model_says_that_it_has_no_template(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL + "&panel=special_tokens")
    expect(page.locator("#special_tokens-conversation")).to_contain_text("no chat template")
    expect(page.locator("#special_tokens-table")).to_contain_text("special token")


@pytest.mark.thorough
def test_a_token_that_is_found_leads_to_its_neighbours(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL + "&panel=vocabulary&pos=1")
    search, near = page.locator("#vocabulary-search"), page.locator("#vocabulary-neighbours")
    expect(near.locator(".readout")).to_contain_text("king")
    search.get_by_role("searchbox", name="Find a token").fill("Paris")
    row = search.locator("tbody tr", has_text="·Paris").first
    row.click(timeout=PATIENCE)
    expect(near.locator(".readout")).to_contain_text("Paris", timeout=PATIENCE)
    near.locator(".pick").first.click()
    expect(near.locator(".readout")).not_to_contain_text("Paris", timeout=PATIENCE)
    search.get_by_role("button", name="Follow the selected position").click()
    expect(near.locator(".readout")).to_contain_text("king", timeout=PATIENCE)
    search.get_by_role("button", name="Id", exact=True).click()
    search.get_by_role("searchbox", name="Find a token").fill("no number")
    expect(search.locator(".readout")).to_contain_text("An id is a whole number", timeout=PATIENCE)
    ready(page)
