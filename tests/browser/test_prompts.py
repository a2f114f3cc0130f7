"""Hostile and odd prompts: nothing executes, nothing crashes, limits are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready
from tests.tiers import spread

ODD = {
    "one character": "a",
    "emoji": "👩‍👩‍👧‍👦 and 🇺🇳 say 👋🏽",
    "combining marks, and from right to left": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢ é مرحبا بالعالم",
    "markup": "<img src=x onerror=alert(1)></script><script>alert(1)</script>",
    "templates": "${alert(1)} and `${document.title='owned'}` {{value}} {% raw %} {0}",
    "special token": "<|im_end|> is only text <|endoftext|>",
    "nul": "a\x00b",
    "newlines": "\n\n\t \r\n",
}
#: Views that show the text's tokens.
TABS = ("Walk", "Attention", "Residual stream", "Sampling")


def run(page: Page, text: str) -> None:
    page.evaluate("t => window.explorer.setPrompt(t)", text)
    page.get_by_role("button", name="Run", exact=True).click()


SMALL = "?model=six-kinds-dense&text=And%20it%20came&new=3&seed=1&panel=walk"


def test_what_has_not_been_run_stands_on_the_button(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    button = page.locator("button#run")
    expect(button).not_to_have_attribute("data-unrun", re.compile("."))
    page.evaluate("t => window.explorer.setPrompt(t)", "Other words")
    expect(button).to_have_attribute("data-unrun", "not run yet: prompt")
    page.locator("#new input").fill("1")
    expect(button).to_have_attribute("data-unrun", "not run yet: prompt, new tokens")
    button.click()
    page.wait_for_function("() => window.explorer.store.run.text === 'Other words'", timeout=PATIENCE)
    ready(page)
    expect(button).not_to_have_attribute("data-unrun", re.compile("."))


def test_the_keyboard_skips_the_sidebar(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the picture")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#stage")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#stage').contains(document.activeElement)")


def test_a_model_that_is_chosen_is_opened(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    page.locator("#model input").click()
    page.get_by_role("option", name="Six Kinds MoE", exact=True).click()
    page.wait_for_function("() => window.explorer.store.run.model.name === 'six-kinds-moe'", timeout=PATIENCE)
    ready(page)
    assert page.evaluate("window.explorer.store.run.text") == "And it came"
    expect(page.locator("#model-meta")).to_contain_text("6 blocks")


def test_a_forced_token_stays_until_it_is_removed(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    n = page.evaluate("window.explorer.store.run.nPrompt")
    page.evaluate("p => window.explorer.ctx.force(p, 100)", n)
    page.wait_for_function("() => window.explorer.store.run.forced.length === 2", timeout=PATIENCE)
    ready(page)
    expect(page.locator(".strip .tok.forced")).to_have_count(2)
    item = page.locator("#interventions-view .iv.forced")
    expect(item).to_contain_text(f"Position {n + 1} is forced to")
    page.locator("#seed input").fill("2")
    page.locator("button#run").click()
    page.wait_for_function("() => window.explorer.store.run.seed === 2", timeout=PATIENCE)
    ready(page)
    assert page.evaluate("p => window.explorer.store.run.ids[p]", n + 1) == 100, "Run keeps it"
    item.get_by_role("button", name="Remove").click()
    page.wait_for_function("() => !window.explorer.store.run.forced.length", timeout=PATIENCE)
    ready(page)
    expect(item).to_have_count(0)


def test_what_the_sliders_try_outlives_a_forced_token(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    before = page.evaluate("window.explorer.store.run.sampler.temperature")
    page.evaluate("window.explorer.slid('temperature', 2.45)")
    page.evaluate("window.explorer.ctx.force(window.explorer.store.run.nPrompt - 1, 100)")
    page.wait_for_function("() => window.explorer.store.run.forced.length === 1", timeout=PATIENCE)
    ready(page)
    assert page.evaluate("window.explorer.store.run.sampler.temperature") == before, "the run's own stays"
    assert page.evaluate("window.explorer.store.sampler.temperature") == 2.45
    expect(page.locator("button#run")).to_have_attribute("data-unrun", "not run yet: temperature")


def test_odd_prompts_run_as_plain_text(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=tokens&new=1&T=0&text=x&model=six-kinds-dense")
    others = cycle(TABS)
    for name, text in ODD.items():
        if name == "newlines":  # no prompt: see below
            continue
        run(page, text)
        page.wait_for_function("t => window.explorer.store.run.text === t", arg=text, timeout=PATIENCE)
        ready(page)
        joined = page.evaluate("window.explorer.store.run.bytes.slice(0, window.explorer.store.run.nPrompt).join(' ')")
        assert bytes.fromhex(joined) == text.encode(), name
        assert not page.evaluate(
            "window.explorer.store.run.special.slice(0, window.explorer.store.run.nPrompt).some(Boolean)"
        ), name
        assert page.title() != "owned"
        # What a browser might run goes through all tabs, what is only hard to draw through one other.
        for tab in (*(TABS if name in ("markup", "templates") else [next(others)]), "Tokens"):
            page.get_by_role("tab", name=tab, exact=True).click()
            ready(page)
            assert page.locator("[data-failed]").count() == 0, (name, tab)


@pytest.mark.thorough
def test_lone_surrogates_are_replaced(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=tokens&text=x&model=smollm2-135m")
    page.evaluate("window.explorer.setPrompt('a' + String.fromCharCode(0xd800) + 'b')")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function("() => window.explorer.store.run.text.length === 3", timeout=PATIENCE)
    ready(page)


@pytest.mark.parametrize("text", spread(["", "   ", ODD["newlines"]], 1))
def test_an_empty_prompt_offers_examples(open_page: Callable[..., Page], text: str) -> None:
    page = open_page("?panel=walk")
    run(page, text)
    expect(page.get_by_role("heading", name="See how a language model arrives at its next word")).to_be_visible(
        timeout=PATIENCE
    )
    page.get_by_role("button", name="Capital").last.click()
    page.wait_for_function("() => window.explorer.store.run.text.startsWith('The capital')", timeout=PATIENCE)
    ready(page)


def test_a_long_prompt_is_told_its_limit_and_repaired(open_page: Callable[..., Page]) -> None:
    page = open_page(SMALL)
    run(page, "When Mary and John went to the store, John gave a drink to " * 180)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("the limit is 1,0", timeout=PATIENCE)
    alert.get_by_role("button", name="Keep the last").click()
    page.wait_for_function("() => window.explorer.store.run.nPrompt > 1000", timeout=PATIENCE)
    ready(page)


def test_a_hundred_thousand_characters_are_refused_at_once(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=walk")
    run(page, "word " * 20_000)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("100,000", timeout=PATIENCE)
    alert.get_by_role("button", name="Back to the last run").click()
    ready(page)


@pytest.mark.parametrize(
    ("query", "says"),
    spread(
        [
            ("?model=no-such-model&text=hi", "no-such-model"),
            ("?model=smollm2-135m&text=hi&do=ablate:99.0", "99"),
            ("?model=smollm2-135m&text=hi&do=%24%7Balert(1)%7D", "intervention"),
            ("?model=smollm2-135m&text=hi&T=-3", "emperature"),
        ],
        2,
    ),
)
def test_a_bad_link_says_what_is_wrong(open_page: Callable[..., Page], query: str, says: str) -> None:
    page = open_page(query, wait=False)
    expect(page.get_by_role("alert")).to_contain_text(says, timeout=PATIENCE)
