"""The labs of prefill, caches, batching and memory, each with what a person tries first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from transformers import LlamaConfig

from tests.browser.conftest import PATIENCE, ready
from tests.panels.brief import link

#: a run of a few tokens: its passes are timed one by one
SHORT = "text=The%20capital%20of%20France%20is&new=4"


@pytest.mark.thorough
def test_which_of_the_two_phases_waits_for_memory(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=prefill_decode&pos=3&new=4")
    phases = page.locator("#prefill_decode-phases")
    picture = phases.get_by_role("img", name=re.compile("Prefill: .* tokens in one pass"))
    expect(picture).to_be_visible(timeout=PATIENCE)
    n = page.evaluate("window.explorer.store.run.nPrompt")
    side = phases.locator(".below h3")
    expect(side).to_have_text(f"Prefill: {n} tokens, none before")
    picture.focus()
    for _ in range(n - 2):  # from position 3 to the second step
        page.keyboard.press("ArrowRight")
    expect(side).to_have_text(f"Decode, pass 2: one token after {n + 1}")
    assert f"pos={n + 1}" in page.url
    expect(phases.locator(".line.sum")).to_contain_text("FLOPs a byte")
    roof = page.locator("#prefill_decode-roof")
    roof.get_by_role("row", name="one step").click(timeout=PATIENCE)
    expect(roof.locator(".below h3")).to_have_text(
        re.compile("One step: ((memory|arithmetic) sets its time|neither limit explains half of its time)")
    )
    assert "prefill_decode.pass=decode-1" in page.url
    ready(page)


SMALL = "model=six-kinds-dense&text=The%20capital%20of%20France%20is"


@pytest.mark.thorough
def test_a_smaller_budget_evicts_more_and_the_link_keeps_it(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=kv_cache&pos=7&new=4{link('kv_cache')}", wait=False)
    view = page.locator("#kv_cache-policies")
    view.get_by_role("row", name=re.compile("^Window")).click(timeout=PATIENCE)
    expect(view.locator(".held-tokens h3")).to_contain_text("What window")
    before = view.locator(".evict .gone").count()
    slider = view.get_by_role("slider", name="Budget in tokens")
    slider.focus()
    page.keyboard.press("Home")
    expect(view.get_by_role("row", name=re.compile(r"^Window 2 \+ 0"))).to_be_visible(timeout=PATIENCE)
    page.wait_for_function(
        "before => document.querySelectorAll('#kv_cache-policies .evict .gone').length > before", arg=before
    )
    assert "kv_cache.budget=2" in page.url
    # The first picture shows the same eviction, cell by cell.
    expect(page.locator("#kv_cache-blocks .readout").first).to_contain_text("of")
    expect(page.locator("#kv_cache-blocks").get_by_role("button", name="Window 2 + 0")).to_have_attribute(
        "aria-pressed", "true"
    )
    canvas = page.get_by_role("application", name=re.compile("^Cache of 8 positions"))
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("application", name=re.compile("^Cache of 7 positions"))).to_be_visible()


@pytest.mark.thorough
def test_a_changed_run_names_where_it_reads_the_cache_otherwise(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?{SMALL}&panel=kv_cache&pos=4&do=mlp:0:zero&new=1{link('kv_cache')}", wait=False)
    note = page.locator("#kv_cache-blocks .basenote")
    expect(note).to_contain_text("The largest change of what is read is at block", timeout=PATIENCE)
    expect(page.locator("#kv_cache-growth .psub")).to_contain_text("not applied here", timeout=PATIENCE)


@pytest.mark.thorough
def test_a_forked_prompt_is_stored_once(open_page: Callable[..., Page]) -> None:
    run = "text=The%20capital%20of%20France%20is%20the%20city&new=2"
    page = open_page(f"?model=six-kinds-dense&panel=paged_cache&{run}&paged_cache.prompts=a")
    view = page.locator("#paged_cache-blocks")
    picture = view.get_by_role("application", name=re.compile("block tables"))
    expect(picture).to_be_visible(timeout=PATIENCE)
    said = view.locator(".story")
    for _ in range(2):
        view.get_by_role("button", name="One action back").click()
    expect(said).to_contain_text("and")
    view.get_by_role("button", name="One action on").click()
    expect(said).to_contain_text("B and C are forked from A")
    assert view.locator(".card.shared").count() >= 1
    view.get_by_role("application", name=re.compile("block tables")).focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("write one token each")
    assert "paged_cache.step=3" in page.url
    view.get_by_role("button", name="8", exact=True).click()
    expect(view.locator("tr.on")).to_contain_text("8", timeout=PATIENCE)
    expect(view.locator("svg.fig")).to_contain_text("blocks of 8 tokens", timeout=PATIENCE)
    ready(page)


@pytest.mark.thorough
def test_how_long_one_request_waits_in_each_way(open_page: Callable[..., Page]) -> None:
    load = "batching.requests=3&batching.slots=2&batching.arrivals=50"
    page = open_page(f"?model=six-kinds-dense&{SHORT}&panel=batching&{load}")
    view = page.locator("#batching-timeline")
    picture = view.get_by_role("img", name=re.compile("Timeline of 3 requests"))
    expect(picture).to_be_visible(timeout=PATIENCE)
    picture.focus()
    page.keyboard.press("ArrowDown")
    expect(view.locator(".chosen-request h3")).to_have_text("Request 2")
    expect(view.locator(".chosen-request")).to_contain_text("in its static batch")
    view.locator(".lane[data-request='2']").first.click()
    expect(view.locator(".chosen-request h3")).to_have_text("Request 3")
    assert "batching.request=2" in page.url
    slots = view.get_by_role("slider", name="Slots, rows a pass")
    slots.focus()
    page.keyboard.press("Home")
    expect(view.get_by_role("row", name=re.compile("Rows thrown away 0 0"))).to_be_visible(timeout=PATIENCE)
    ready(page)


@pytest.mark.thorough
def test_will_it_fit_in_four_actions(open_page: Callable[..., Page]) -> None:
    """Llama-3-70B in 4 bits, 16k tokens, 8 users, two cards of 24 GB: what fits, by how much not, and what would."""
    page = open_page("?panel=memory_calculator", wait=False)  # no run: its formulas read no prompt
    view = page.locator("#memory_calculator-fit")
    expect(view.locator(".verdict")).to_contain_text("Fits on one RTX 4090: Llama-3.1-8B in Q4_K_M", timeout=PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    view.get_by_label("Model").select_option("Llama-3-70B")
    view.get_by_label("Users").select_option("8")
    view.get_by_label("Tokens each").select_option("16384")
    view.get_by_label("Cards", exact=True).select_option("2")
    verdict = view.locator(".verdict")
    expect(verdict).to_contain_text("Does not fit on 2 × RTX 4090")
    expect(verdict).to_contain_text(
        "8 users of 16,384 tokens. Each card needs 43.7 GB and has 25.8 GB: 18.0 GB too much"
    )
    expect(view.locator(".on-cards .card")).to_have_count(2)
    card = view.get_by_role("img", name=re.compile("^card 2: weights 21.3 GB, keys and values 21.5 GB, activations"))
    expect(card).to_be_visible()
    remedies = view.get_by_role("group", name="What would make it fit")
    for words in ("1 user instead of 8", "a 4-bit cache and 4 users at most", "4 cards instead of 2", "2 × L40S"):
        expect(remedies.get_by_role("button", name=words)).to_be_visible()
    remedies.get_by_role("button", name="4 cards instead of 2").click()
    expect(verdict).to_contain_text("Fits on 4 × RTX 4090")
    expect(view.locator(".on-cards .card")).to_have_count(4)
    for said in ("model=Llama-3-70B", "batch=8", "length=16384", "cards=4"):
        assert f"memory_calculator.{said}" in page.url
    assert not [each for each in asked if re.search(r"\b(fit|budget|table)\b", each)], "the page computes them itself"
    ready(page)


@pytest.mark.thorough
def test_the_link_holds_the_question(open_page: Callable[..., Page]) -> None:
    asked = {"model": "DeepSeek-V3", "weights": "fp8", "batch": 8, "length": 4096, "cards": 8, "card": "h100"}
    page = open_page("?panel=memory_calculator" + "".join(f"&memory_calculator.{k}={v}" for k, v in asked.items()))
    view = page.locator("#memory_calculator-fit")
    expect(view.locator(".verdict")).to_contain_text("Does not fit on 8 × H100 SXM: DeepSeek-V3 in FP8 for 8 users")
    expect(view).to_contain_text("The latent has no heads to cut, so each card holds the whole cache.")
    view.get_by_role("button", name="gpt-oss-120b on one H100 SXM").click()
    expect(view.locator(".verdict")).to_contain_text("Fits on one H100 SXM: gpt-oss-120b in MXFP4 for 8 users")
    expect(view.locator(".derivation")).to_contain_text("81,559 MiB = 85.5 GB")


@pytest.mark.thorough
def test_another_card_is_refused_as_long_as_its_numbers_are_none(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=memory_calculator&memory_calculator.card=own&memory_calculator.gb=24", wait=False)
    view = page.locator("#memory_calculator-fit")
    verdict, wrong = view.locator(".verdict"), view.locator(".wrong")
    expect(verdict).to_contain_text("Fits on one card of 25.8 GB", timeout=PATIENCE)
    memory = view.get_by_role("spinbutton", name="Memory, GB")
    expect(memory).to_have_value("25.77")
    for text, said in (("-3", "Memory is −3: a number from 1 to 10,000 GB is needed."), ("", "Memory is empty")):
        memory.fill(text)
        expect(wrong).to_contain_text(said)
        expect(verdict).to_have_count(0)
        expect(page.locator("#memory_calculator-budget .wrong")).to_contain_text(said)
    memory.fill("16")
    expect(verdict).to_contain_text("on one card of 16 GB")
    assert "memory_calculator.memory=16" in page.url


@pytest.mark.thorough
def test_a_link_with_no_users_is_refused(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=memory_calculator&memory_calculator.batch=-5&memory_calculator.length=0", wait=False)
    view = page.locator("#memory_calculator-fit")
    expect(view.locator(".wrong")).to_have_text(
        "Users is −5: a whole number from 1 to 65,536 is needed.", timeout=PATIENCE
    )
    expect(view.locator(".verdict")).to_have_count(0)
    expect(page.locator("#memory_calculator-table .wrong")).to_contain_text("Users is −5")
    expect(view.get_by_label("Users")).to_have_value("-5")
    view.get_by_label("Users").select_option("1")
    expect(view.locator(".wrong")).to_contain_text("Tokens each is 0")
    view.get_by_label("Tokens each").select_option("512")
    expect(view.locator(".verdict")).to_contain_text("1 user of 512 tokens")


@pytest.mark.thorough
def test_a_config_is_pasted(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=memory_calculator&memory_calculator.model=config", wait=False)
    view = page.locator("#memory_calculator-fit")
    wrong = view.locator(".wrong")
    expect(wrong).to_contain_text("Paste a model's config.json", timeout=PATIENCE)
    field = view.get_by_label("config.json, or owner/name")
    field.fill("{<b>")
    expect(wrong).to_contain_text("This is no JSON")
    expect(view.locator(".verdict")).to_have_count(0)
    # as a hub's file is laid out: too long for a link until its spaces are left out
    field.fill(json.dumps(LlamaConfig(num_hidden_layers=4).to_dict() | {"id2label": {"0": "x" * 5000}}, indent=2))
    expect(view.locator(".verdict")).to_contain_text("Pasted llama")
    expect(view.locator(".derivation .line").nth(1)).to_contain_text("2 · 32 · 128 · 4")
    expect(wrong).to_be_hidden()
    ready(page)


@pytest.mark.thorough
def test_what_an_own_model_needs(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=memory_calculator", wait=False)  # no run: its formulas read no prompt
    view = page.locator("#memory_calculator-fit")
    said = view.locator(".verdict")
    expect(said).to_contain_text("Llama-3.1-8B in Q4_K_M", timeout=PATIENCE)
    formats = page.locator("#memory_calculator-budget")
    formats.locator("[data-format='bf16']").click()
    expect(said).to_contain_text("Llama-3.1-8B in BF16 for 1 user of 8,192 tokens. It takes 18.1 GB")
    expect(formats.locator("[data-format='bf16']")).to_have_attribute("aria-pressed", "true")
    view.get_by_label("Model").select_option("own")
    heads = view.get_by_role("spinbutton", name="Key/value heads")
    heads.fill("5")
    expect(view.locator(".wrong")).to_contain_text("32 query heads cannot share 5 key/value heads evenly")
    expect(said).to_have_count(0)
    heads.fill("")
    expect(view.locator(".wrong")).to_contain_text("Key/value heads is empty: a whole number from 1 to 1,024")
    heads.fill("-3")
    expect(view.locator(".wrong")).to_contain_text("Key/value heads is −3")
    heads.fill("1")
    expect(view.locator(".wrong")).to_have_text("")
    expect(said).to_contain_text("Own numbers")
    expect(view.locator(".derivation .line").nth(1)).to_contain_text("2 · 1 · 128 · 32")
    table = page.locator("#memory_calculator-table")
    table.get_by_role("row", name=re.compile("^GPT-2 ")).click()
    expect(said).to_contain_text("GPT-2 in BF16")
    expect(page.locator("#memory_calculator-calibration table")).to_contain_text("538,060,032", timeout=PATIENCE)
    expect(page.locator("#memory_calculator-calibration .derivation")).to_contain_text(
        "tokens a second", timeout=PATIENCE
    )
    assert "memory_calculator.model=GPT-2" in page.url


@pytest.mark.thorough
def test_a_visitor_types_prompts_and_sees_what_is_found(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?model=six-kinds-dense&{SHORT}&panel=paged_cache&paged_cache.at_once=1&paged_cache.pool=48")
    view = page.locator("#paged_cache-prompts")
    expect(view.locator(".served .count")).to_have_count(5, timeout=PATIENCE)
    field = view.get_by_role("textbox", name=re.compile("^Prompts, one a line"))
    field.fill("one two three four five six seven eight\none two three four five six seven nine")
    measure = page.get_by_role("button", name="Measure", exact=True)
    expect(view.locator(".served .count")).to_have_count(2, timeout=PATIENCE)
    expect(measure).to_have_count(0)
    ready(page)
    expect(view.locator(".served .count").first).to_have_text("none found")
    found = view.locator(".served .hit").count()
    assert found
    assert found % 4 == 0
    expect(view.locator(".readout").first).to_contain_text(f"{found} of")
    field.fill("")
    expect(view.locator(".readout").first).to_contain_text("each line is a request", timeout=PATIENCE)
    ready(page)
