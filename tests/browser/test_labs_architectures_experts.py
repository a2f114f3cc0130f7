"""What experts do: a first-time reader asks what expert 3 of block 5 does, and whether it is more than chance."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

START = "?model=six-kinds-moe&text=The%20whale%20rose&panel=experts"


@pytest.mark.thorough
def test_what_does_expert_3_of_layer_5_do(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&layer=0", wait=False)
    kinds, expert = page.locator("#experts-kinds"), page.locator("#experts-expert")
    expect(kinds.locator(".small-block")).to_have_count(6, timeout=PATIENCE)
    expect(expert.locator(".context").first).to_be_visible(timeout=PATIENCE)
    kinds.get_by_role("button", name=re.compile("^Block 5 ")).click()
    kinds.locator(".expert-row[data-expert='3']").click()
    for view in (kinds, expert):
        expect(view.locator(".said")).to_contain_text("Expert 3 of block 5 takes")
    assert re.search("layer=5&.*expert=3", page.url)
    assert expert.locator(".expert-tokens").first.locator("tbody tr").count() > 0
    expect(expert.get_by_role("group", name=re.compile("Share of each text kind"))).to_be_visible()
    expert.get_by_role("button", name="Python", exact=True).click()
    for line in expert.locator(".context").all():
        expect(line).to_have_attribute("aria-label", re.compile("^Python: .*weight"))
    # where a kind is told best
    to = kinds.get_by_role("button", name=re.compile(r"^French \d\.\d$"))
    block, expert_of_it = to.inner_text().removeprefix("French ").split(".")
    to.click()
    expect(kinds.locator(".said")).to_contain_text(f"Expert {expert_of_it} of block {block} takes")
    expect(kinds.locator(".said")).to_contain_text("Of the choices of French it takes")
    kinds.get_by_role("button", name=re.compile("^Block 5 ")).click()
    kinds.locator(".expert-row[data-expert='3']").click()
    # the keyboard walks the experts, and another view follows
    kinds.locator("svg.kinds-matrix").focus()
    page.keyboard.press("ArrowDown")
    expect(expert.locator(".said")).to_contain_text("Expert 4 of block 5")
    information = page.locator("#experts-information")
    expect(information.locator(".sentences li")).to_have_count(5, timeout=PATIENCE)
    information.get_by_role("application", name=re.compile("^Token class: bits by block")).focus()
    page.keyboard.press("ArrowLeft")
    expect(information.locator("table.information tbody tr")).to_have_count(4)
    expect(kinds.locator(".said")).to_contain_text("of block 4")
    ready(page)
    assert not page.locator(".proof.fail").count()


@pytest.mark.thorough
def test_another_way_of_counting_is_asked_of_the_server(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&layer=2&experts.count=first", width=390, wait=False)
    kinds = page.locator("#experts-kinds")
    expect(kinds.get_by_role("button", name="First choice")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    ready(page)
    before = kinds.locator(".small-block").nth(2).inner_text()
    kinds.get_by_role("button", name="By weight").click()
    page.wait_for_function("([k, t]) => document.querySelectorAll('.small-block')[k].innerText !== t", arg=[2, before])
    assert "experts.count=weight" in page.url
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.thorough
def test_a_text_of_ones_own_is_routed_as_it_is_typed(open_page: Callable[..., Page]) -> None:
    page = open_page(START)
    section = page.locator("#experts-own_text")
    expect(section.get_by_role("button", name="A recipe")).to_have_attribute("aria-pressed", "true")
    section.get_by_role("textbox", name="Your text").fill(
        "🦊 " + "import os\nfor name in os.listdir():\n    print(name)\n" * 4
    )
    expect(section.locator(".said")).to_contain_text("routed most like Python", timeout=PATIENCE)
    expect(section.locator(".own-tokens")).to_contain_text("import")
    ready(page)
    assert not section.locator(".proof.fail").count()
    section.get_by_role("button", name="Clear").click()
    expect(section.locator(".said")).to_contain_text("There is no text yet", timeout=PATIENCE)


@pytest.mark.thorough
def test_a_dense_model_is_told_where_experts_are(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=smollm2-135m&text=One&panel=experts", wait=False)
    expect(page.locator("#lacking")).to_contain_text("has no experts", timeout=PATIENCE)
    ready(page)
