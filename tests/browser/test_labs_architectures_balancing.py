"""First-time tasks: watch a router collapse and cure it; what a mixture costs, and which experts a batch reads."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready

START = "?model=six-kinds-moe&text=It%20was%20a%20dark%20and%20stormy%20night&layer=1"
LONG = 2 * PATIENCE  # two trainings on cores that other work may share


def idle(page: Page) -> tuple[int, int]:
    """Idle experts at the end, without a counterweight and with it."""
    said = page.locator("#balancing-training .said").inner_text()
    found = re.search(r"(\d+) of \d+ experts are idle at the end.*with it (\d+)", said)
    assert found, said
    return int(found[1]), int(found[2])


@pytest.mark.thorough
def test_watch_a_router_collapse_and_cure_it(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=balancing&balancing.steps=150&balancing.alpha=0", wait=False)
    view = page.locator("#balancing-training")
    expect(view.locator("svg.bands")).to_have_count(2, timeout=LONG)
    ready(page)
    bare, chosen = idle(page)
    assert bare == chosen  # a loss of no weight is no counterweight
    weight = view.get_by_role("slider", name="Its weight α")
    weight.fill("6")  # 0.3
    expect(view.locator(".head").nth(1)).to_contain_text("α = 0.3", timeout=LONG)
    ready(page)
    assert "balancing.alpha=0.3" in page.url
    bare, cured = idle(page)
    assert cured == 0
    assert bare >= cured
    expect(view.locator(".shares-at").first).to_contain_text("Sum at step 150")
    view.locator("svg.bands").first.focus()
    page.keyboard.press("Home")
    expect(view.locator(".shares-at").first).to_contain_text("Sum at step 1")
    expect(view.locator(".step-slider output")).to_have_text("1 of 150")
    page.keyboard.press("ArrowDown")
    assert "balancing.expert=" in page.url
    table = page.locator("#balancing-price table")
    expect(table).to_contain_text("Dropped at capacity factor 1.25", timeout=LONG)
    assert not page.locator(".proof.fail").count()


@pytest.mark.thorough
def test_expert_choice_leaves_tokens_out(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=balancing&balancing.steps=150&balancing.method=choice", wait=False, width=390)
    view = page.locator("#balancing-training")
    expect(view.locator(".head").nth(1)).to_contain_text("No expert chose", timeout=LONG)
    expect(page.locator("#balancing-price table")).to_contain_text("drops none", timeout=LONG)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert not page.locator(".proof.fail").count()


@pytest.mark.thorough
def test_find_what_fits_and_what_a_batch_reads(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=moe_cost", wait=False)
    view = page.locator("#moe_cost-sizes")
    expect(view.locator(".dots .row")).not_to_have_count(0, timeout=PATIENCE)
    view.locator(".dots .row[data-key='Mixtral-8x7B']").click()
    expect(view.locator(".derivation")).to_contain_text("46,702,792,704 · 2 bytes")
    expect(view.locator(".derivation")).to_contain_text("Needs 2 × H100 SXM of 85.5 GB")
    view.get_by_role("button", name="4-bit").click()
    expect(view.locator(".derivation")).to_contain_text("Fits in one H100 SXM of 85.5 GB")
    view.get_by_role("slider", name="Sequences").press("End")
    expect(view.locator(".derivation")).to_contain_text("Needs 2 × H100 SXM of 85.5 GB")
    assert "moe_cost.weights=int4" in page.url
    expect(page.locator("#moe_cost-reading table tbody tr").first).to_contain_text("2.00", timeout=LONG)
    expect(page.locator("#moe_cost-speed table tbody tr")).to_have_count(4, timeout=LONG)
    ready(page)
    assert not page.locator(".proof.fail").count()


@pytest.mark.thorough
def test_a_dense_model_is_offered_a_mixture(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=smollm2-135m&text=Hello%20there&panel=moe_cost", wait=False)
    expect(page.locator("#lacking")).to_contain_text("is a dense model", timeout=PATIENCE)
    expect(page.locator("#lacking").get_by_role("button", name="Open six-kinds-moe")).to_be_visible()
    expect(page.locator("#moe_cost-sizes")).to_contain_text("this model")
