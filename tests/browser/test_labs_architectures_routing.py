"""First-time tasks at the mixture of experts: where did this token go, and what changes when an expert is forbidden?"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, ready

TEXT = "And%20it%20came%20to%20pass%2C%20when%20the%20children%20of%20Israel"
START = f"?model=six-kinds-moe&text={TEXT}&new=0&panel=routing&pos=5&layer=0"


def experts(step: Locator) -> list[str]:
    return re.findall(r"expert (\d+) with", step.get_attribute("aria-label") or "")


@pytest.mark.thorough
def test_which_experts_did_the_token_visit_in_layer_3(open_page: Callable[..., Page]) -> None:
    page = open_page(START, wait=False)
    view = page.locator("#routing-matrix")
    step = view.get_by_role("button", name=re.compile(r"^Block 3 \d"))
    expect(step).to_be_visible(timeout=PATIENCE)
    visited = experts(step)
    assert len(visited) == page.evaluate("() => explorer.store.run.model.topk")
    step.click()
    said = view.locator(".readout.lead")
    for expert in visited:
        expect(said).to_contain_text(re.compile(rf"in block 3 uses\s+.*expert {expert} with weight [\d.]+ %"))
    assert "layer=3" in page.url
    choice = page.locator("#routing-decision")  # every panel follows
    expect(choice.locator(".readout.lead")).to_contain_text(f"uses expert {visited[0]}")
    weight = (
        choice.locator(f".expert[aria-description^='Expert {visited[0]}:']").get_attribute("aria-description") or ""
    )
    assert "weight 0." in weight
    ready(page)  # the corpus has been read
    expect(page.locator("#routing-load")).to_contain_text("passages")
    assert not page.locator(".proof.fail").count()


@pytest.mark.thorough
def test_another_token_by_mouse_and_by_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page(START, wait=False)
    view = page.locator("#routing-matrix")
    expect(view.locator(".route").first).to_be_visible(timeout=PATIENCE)
    view.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => explorer.store.focus.position === 6")
    before = page.evaluate("() => explorer.store.focus.expert")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("(e) => explorer.store.focus.expert !== e", arg=before)
    expert, layer = page.evaluate("() => [explorer.store.focus.expert, explorer.store.focus.layer]")
    expect(view.locator("h3").last).to_have_text(f"Tokens that use expert {expert} of block {layer}")
    view.locator(".word").nth(2).click()
    assert page.evaluate("() => explorer.store.focus.position") == 2
    lanes = page.locator("#routing-lanes")
    lanes.locator("[data-node='1.0']").click()
    expect(lanes.get_by_role("button", name="Selected expert")).to_have_attribute("aria-pressed", "true")
    expect(lanes.locator(".readout.lead")).to_contain_text("Expert 0 of block 1")
    assert "routing.isolate=expert" in page.url
    expect(lanes.locator("[data-node='1.0']")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.thorough
def test_a_forbidden_expert_leaves_its_outline(open_page: Callable[..., Page], width: int) -> None:
    plain = open_page(START + "&layer=3", width=width, wait=False)
    step = plain.locator("#routing-matrix").get_by_role("button", name=re.compile(r"^Block 3 \d"))
    expect(step).to_be_visible(timeout=PATIENCE)
    gone = experts(step)[0]
    page = open_page(START.replace("layer=0", "layer=3") + f"&do=forbid:3:all:{gone}", width=width, dark=True)
    view, choice = page.locator("#routing-matrix"), page.locator("#routing-decision")
    assert gone not in experts(view.get_by_role("button", name=re.compile(r"^Block 3 \d")))
    expect(view.locator(".readout.lead")).to_contain_text(re.compile(rf"unchanged: expert {gone} with weight"))
    expect(view.locator(".basenote")).to_contain_text(re.compile(r"\d+ of \d+ routes visit other experts"))
    expect(choice.locator(f".expert[aria-description^='Expert {gone}:']")).to_have_attribute(
        "aria-description", re.compile("forbidden")
    )
    assert not page.locator(".proof.fail").count()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.thorough
def test_a_dense_model_offers_the_mixture(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?model=smollm2-135m&text={TEXT}&panel=routing", wait=False)
    offer = page.get_by_role("button", name="Open six-kinds-moe").first
    offer.click(timeout=PATIENCE)
    expect(page.locator("#routing-matrix .route").first).to_be_visible(timeout=PATIENCE)


@pytest.mark.thorough
def test_both_kinds_of_views_share_one_tooltip(open_page: Callable[..., Page]) -> None:
    """A view that is a template, one that is not, and the first again."""
    page = open_page("?model=six-kinds-moe&text=And%20it%20came&new=0&panel=routing")
    said, bar = page.locator("#tip"), page.locator("#routing-load .bar[role=button]").nth(3)
    row = page.locator("#routing-decision .expert").first
    expect(bar).to_be_visible(timeout=PATIENCE)
    for _ in range(2):
        bar.hover()
        expect(said).to_contain_text("Block 0 expert 3")
        expect(said).to_contain_text("mean probability")
        row.hover()
        expect(said).not_to_contain_text("Block 0 expert 3")
