"""First-time tasks, done with the mouse as a stranger would."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

PROMPT = (
    "?model=smollm2-135m&T=0&text=When%20Mary%20and%20John%20went%20to%20the%20store%2C%20John%20gave%20a%20drink%20to"
)


def test_find_the_head_that_pushes_most_ablate_it_and_read_the_drop(open_page: Callable[..., Page]) -> None:
    page = open_page(PROMPT)
    page.get_by_role("tab", name="Heads & causes", exact=True).click()
    ready(page)
    rows = page.locator("#heads_and_causes-scatter table tbody tr")
    expect(rows.first).to_be_visible(timeout=PATIENCE)
    shares = {}
    for cells in rows.evaluate_all("rows => rows.map((row) => [...row.cells].map((cell) => cell.innerText))"):
        shares[cells[0].strip()] = float(cells[1].replace("−", "-").replace("+", ""))
    strongest = max(shares, key=lambda name: shares[name])
    assert strongest == "L29.H1"  # +1.79 logits of the lead of " Mary"
    rows.filter(has_text=strongest).get_by_role("button", name=f"Ablate {strongest}").click()
    page.wait_for_function("() => explorer.store.run.interventions.length === 1", timeout=PATIENCE)
    ready(page)
    effect = page.locator("#effect")
    expect(effect).to_contain_text("KL")
    words = effect.inner_text()
    before, now = (float(x) for x in re.search(r"probability ([\d.]+) % → ([\d.]+) %", words).groups())  # pyright: ignore[reportOptionalMemberAccess]
    assert before > 90
    assert now < before - 10
    page.get_by_role("checkbox", name=re.compile("Apply")).uncheck()
    page.wait_for_function("() => explorer.store.run.interventions.length === 0", timeout=PATIENCE)


@pytest.mark.thorough
def test_find_the_layer_at_which_the_answer_leads_and_its_rank(open_page: Callable[..., Page]) -> None:
    page = open_page(PROMPT)
    page.get_by_role("tab", name="Residual stream", exact=True).click()
    ready(page)
    said = page.locator("#residual_stream-rank")
    expect(said).to_contain_text("first ranks 1 after block 29")
    expect(said).to_contain_text(re.compile(r"rank 1,\d{3} at the embedding"))


@pytest.mark.thorough
def test_see_what_top_p_cuts_and_draw_a_thousand(open_page: Callable[..., Page]) -> None:
    page = open_page(PROMPT + "&panel=sampling")
    slider = page.get_by_role("slider", name=re.compile("Top-p")).last
    slider.fill("0.9")
    expect(page.get_by_role("spinbutton", name=re.compile("Top-p"))).to_have_value("0.9")
    section = page.locator("#sampling-stages")
    expect(section).to_contain_text("Tokens that can be drawn")
    facts = section.locator(".facts").inner_text()
    assert re.search(r"Tokens that can be drawn\s+1\b", facts)  # " Mary" alone holds 92 %
    page.get_by_role("slider", name=re.compile("Temperature")).last.fill("1.5")
    facts = section.locator(".facts").inner_text()
    left = int(re.search(r"Tokens that can be drawn\s+([\d,]+)", facts).group(1).replace(",", ""))  # pyright: ignore[reportOptionalMemberAccess]
    assert left > 5
    drawn = re.search(r"Different tokens drawn\s+(\d+)", facts)
    assert drawn
    assert 1 < int(drawn.group(1)) <= left


def test_a_forced_token_branches_the_continuation(open_page: Callable[..., Page]) -> None:
    page = open_page(PROMPT + "&new=4&panel=sampling")
    before = page.evaluate("explorer.store.run.ids")
    prompt = page.evaluate("explorer.store.run.nPrompt")
    other = page.evaluate("[...explorer.store.run.nextIds.a.slice(13 * 4, 13 * 4 + 4)][1]")
    page.evaluate("id => explorer.ctx.force(13, id)", other)
    page.wait_for_function("id => explorer.store.run.ids[14] === id", arg=other, timeout=PATIENCE)
    ready(page)
    assert page.evaluate("explorer.store.run.ids")[:prompt] == before[:prompt]
    assert page.evaluate("explorer.store.run.steps[0].forced")


def test_why_this_word_leads_to_the_block_and_the_head_that_read_it(open_page: Callable[..., Page]) -> None:
    page = open_page(PROMPT)
    said = page.locator("#walk-river .why")
    expect(said).to_contain_text("block 23’s attention 3.75, most of it read from ·Mary by L23.H0")
    part = said.get_by_role("button", name="block 23’s attention")
    part.hover()
    expect(page.locator("#tip")).to_contain_text("1 ·Mary")
    expect(page.locator("#walk-river .block.marked")).to_have_attribute("data-block", "23")
    part.click()
    expect(page.get_by_role("heading", name="Block 23, opened")).to_be_in_viewport()
    page.get_by_role("button", name="Back to the river").click()
    said.get_by_role("button", name="Head L23.H0").click()
    expect(page.locator("#walk-block [aria-pressed=true]")).to_contain_text("H0")
    page.locator("#walk-river [data-block='5']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Block 5, opened")).to_be_in_viewport()
    said.get_by_role("button", name="·Mary: select position 1").click()
    expect(page.locator("#tok1")).to_have_attribute("aria-selected", "true")
    ready(page)


@pytest.mark.thorough
def test_see_what_one_word_changes(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=six-kinds-dense&text=The%20king%20of%20France&new=0&panel=two_runs")
    page.locator("#two_runs-words").get_by_role("button", name=re.compile("^The king of ")).click()
    expect(page.locator("#two_runs-parts table, #two_runs-parts svg").first).to_be_visible(timeout=PATIENCE)
    assert "&with=" in page.url
    ready(page)
    assert not page.locator(".proof.fail").count()
