"""The chapter on the transformer block: one first task a panel, by mouse and keyboard; all of it in the link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready
from tests.panels.brief import link

TEXT = (
    "?model=smollm2-135m&T=0&text=When%20Mary%20and%20John%20went%20to%20the%20store%2C%20John%20gave%20a%20drink%20to"
)


@pytest.mark.thorough
def test_walk_one_head_step_by_step(open_page: Callable[..., Page]) -> None:
    """Which key gets the most attention, and how does the unchanged run differ?"""
    page = open_page(TEXT + f"&do=ablate:3.1&panel=attention_steps&pos=9&layer=5&head=2{link('attention_steps')}")
    view = page.locator("#attention_steps-steps")
    expect(view.locator(".hint").first).to_have_text("Step 1 of 9")
    view.get_by_role("tab", name="q′ · k′ᵀ").click()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(view.get_by_role("tab", name=re.compile("softmax"))).to_have_attribute("aria-selected", "true")
    expect(view.locator(".says")).to_contain_text("the shares add up to 1")
    assert "attention_steps.step=6" in page.url
    pattern = view.get_by_role("application", name=re.compile("^pattern; arrow keys"))
    pattern.focus()
    page.keyboard.press("ArrowRight")
    said = view.locator(".readout").last
    expect(said).to_contain_text("pattern at ·John (9), ·Mary (1)")
    expect(said).to_contain_text("unchanged")
    now = view.locator(".says").inner_text()
    view.get_by_role("button", name="The unchanged run").click()
    expect(view.get_by_role("button", name="The unchanged run")).to_have_attribute("aria-pressed", "true")
    assert view.locator(".says").inner_text() != now
    view.get_by_role("tab", name="Σ heads").click()
    view.get_by_role("button", name="Select head L5.H7").click()
    expect(view.locator("h2")).to_have_text("Head L5.H7, step by step", timeout=PATIENCE)


@pytest.mark.thorough
def test_see_what_sharing_heads_saves_and_costs(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=grouped_query&grouped_query.tokens=16&layer=4&pos=9")
    cost = page.locator("#grouped_query-cost")
    expect(cost.locator("svg.fig")).to_contain_text("46.1 kB")
    cost.get_by_role("button", name="16-bit cache").click()
    expect(cost.locator("svg.fig")).to_contain_text("23.0 kB")
    expect(cost.locator("code").last).to_contain_text("3 times as much")
    likeness = page.locator("#grouped_query-groups")
    expect(likeness.locator(".lead")).to_contain_text("In block 4, heads that share a key-value head")
    likeness.get_by_role("img", name=re.compile("by block; arrow keys")).focus()
    for _ in range(3):  # blocks 0, 1, 2
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(likeness.locator(".lead")).to_contain_text("In block 2, heads that share", timeout=PATIENCE)
    pooled = page.locator("#grouped_query-pooled")
    expect(pooled.locator("tbody tr")).to_have_count(3, timeout=PATIENCE)
    expect(pooled.locator("tbody")).to_contain_text("14 of 14")
    ready(page)


@pytest.mark.thorough
def test_open_a_neuron_and_read_what_it_says(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=feed_forward&pos=9&layer=20")
    gates, neuron = page.locator("#feed_forward-gates"), page.locator("#feed_forward-neuron")
    second = gates.locator("tbody tr").nth(1)
    index = second.locator("td").first.inner_text()
    gates.get_by_role("group", name=re.compile("arrow keys walk the strongest")).get_by_role("button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(neuron.locator("h2")).to_have_text(f"Neuron {index} of block 20", timeout=PATIENCE)
    assert f"feed_forward.neuron={index}" in page.url
    expect(neuron.locator(".says tbody")).to_have_count(2)
    assert neuron.locator(".says td.r").first.inner_text().startswith("+")
    assert neuron.locator(".says td.r").last.inner_text().startswith("−")
    neuron.locator(".shaded").nth(3).click()
    expect(page.locator("#tok3")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#feed_forward-sparsity .readout").first).to_contain_text("make half", timeout=PATIENCE)
    ready(page)


@pytest.mark.thorough
def test_compare_norms_before_and_after_and_by_depth(open_page: Callable[..., Page]) -> None:
    page = open_page(TEXT + "&panel=norms&pos=9&layer=5")
    scale, mean, gradients = (page.locator(f"#norms-{name}") for name in ("scale", "mean", "gradients"))
    expect(scale.locator(".said")).to_contain_text("RMSNorm before block 5’s attention divides the row of ·John (9)")
    scale.get_by_role("button", name="Before the unembedding").click()
    expect(scale.locator(".said")).to_contain_text("in what the unembedding reads")
    expect(mean.locator(".said")).to_contain_text("before the unembedding")  # one choice for both
    assert "norms.place=ln_final" in page.url
    scale.get_by_role("application", name=re.compile("walk the dimensions")).focus()
    page.keyboard.press("ArrowRight")
    expect(scale.locator(".readout").last).to_contain_text("Dimension 0: ")
    mean.get_by_role("application", name=re.compile("Distance between LayerNorm and RMSNorm")).focus()
    page.keyboard.press("ArrowUp")
    expect(mean.locator(".said")).to_contain_text("before block 29’s MLP", timeout=PATIENCE)
    expect(gradients.locator(".said")).to_contain_text("From 2 to 24 blocks", timeout=PATIENCE)
    gradients.get_by_role("button", name="The stream itself").click()
    expect(gradients.locator(".said")).to_contain_text("1.000 with post-norm")
    gradients.get_by_role("button", name="8", exact=True).click()
    expect(gradients.locator("h3").last).to_have_text("Every block of the decoders with 8 blocks")
    assert "norms.deep=8" in page.url
