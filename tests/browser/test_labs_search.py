"""First-time tasks in the labs that look for a text: sampling's steps, drafts, beams, rules."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Page, expect

from explorer.stack.inference.decoding.sampler_settings import SETTINGS, Setting
from explorer.stack.inference.decoding.sampling import STAGE_NAMES, Sampler
from tests.browser.conftest import PATIENCE, ready

MARY = "When%20Mary%20and%20John%20went%20to%20the%20store%2C%20John%20gave%20a%20drink%20to"
START = f"?model=smollm2-135m&text={MARY}&seed=7"

#: what the page's own sampler keeps after each step, for many settings
PIPELINE = """async (cases) => {
  const folder = "/explorer/views/overview/sampling";
  const [{ begin, share }, { pipeline }] = [await import(`${folder}/stage.js`), await import(`${folder}/sampler.js`)];
  return cases.map(({ logits, counts, settings }) => {
    const base = begin(Float32Array.from(logits)), all = pipeline(base, new Map(counts), settings), end = all.at(-1);
    return { kept: all.slice(1).map((st) => [...st.order.subarray(0, st.left)].sort((a, b) => a - b)),
      p: [...end.order.subarray(0, end.left)].map((id) => [id, share(end, id)]) };
  });
}"""


def settings_of(seed: int) -> dict[str, Any]:
    """Random settings of the sampler, each step on or off, in a random order."""
    made = random.Random(seed)

    def number(setting: Setting) -> float | int:
        if setting.name == "temperature" and seed % 6 == 0:
            return made.choice([1e-300, 1e-45, 5e-324, 1e-38, 1e-30])
        if setting.whole:
            return made.choice([setting.neutral, made.randint(1, int(setting.most))])
        low = max(setting.least, setting.step)  # a temperature of 0 and a min-p of 0 are cases of their own
        return made.choice([setting.neutral, made.uniform(low, setting.most)])

    return {
        **{each.name: number(each) for each in SETTINGS},
        "order": made.sample(STAGE_NAMES, len(STAGE_NAMES)),
    }


def test_the_pages_sampler_is_pythons(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=sampling")
    cases, expected = [], []
    for seed in range(60):
        logits = torch.randn(300, generator=torch.Generator().manual_seed(seed)) * 3
        previous, settings = [seed % 300, 7, 7, 7, 299], settings_of(seed)
        n_prompt = seed % 5  # what was read counts for the repetition penalty alone
        counts = [[i, previous[n_prompt:].count(i)] for i in sorted(set(previous))]
        cases.append({"logits": logits.tolist(), "counts": counts, "settings": settings})
        given: dict[str, Any] = settings | {"order": tuple(settings["order"])}
        expected.append(Sampler(**given).stages(logits, previous, n_prompt))
    for answer, stages, case in zip(page.evaluate(PIPELINE, cases), expected, cases, strict=True):
        for kept, stage in zip(answer["kept"], stages.stages, strict=True):
            assert kept == stage.kept.nonzero()[:, 0].tolist(), (stage.name, case["settings"])
        for token, p in answer["p"]:
            assert p == pytest.approx(float(stages.probabilities[token]), abs=1e-6)


def fact(page: Page, name: str) -> str:
    found = re.search(rf"{name}\s+(.+)", page.locator("#sampling-stages .facts").inner_text())
    assert found
    return found[1]


@pytest.mark.thorough
def test_a_typical_cut_takes_the_likeliest_and_a_penalty_pushes_down(open_page: Callable[..., Page]) -> None:
    """The story's next token is wide open: the likeliest is less surprising than the entropy says, and goes."""
    page = open_page("?model=smollm2-135m&seed=7&text=I%20think%20that&panel=sampling")
    section = page.locator("#sampling-stages")
    assert fact(page, "Tokens that can be drawn") == "49,152"
    likeliest = section.locator(".token-row").first.get_attribute("data-id")
    section.get_by_role("slider", name="Typical-p").fill("0.3")
    expect(page.get_by_role("spinbutton", name=re.compile("Typical-p"))).to_have_value("0.3")  # the sidebar's
    expect(section.locator("svg.stages")).to_contain_text("Typical")
    row = section.locator(f".token-row[data-id='{likeliest}']")
    row.click()
    expect(section.locator(".chosen")).to_contain_text("removed by typical")
    assert int(fact(page, "Tokens that can be drawn").replace(",", "")) < 500
    page.get_by_role("slider", name=re.compile("Presence")).first.fill("1.5")  # in the sidebar, for a change
    expect(section.locator("svg.stages")).to_contain_text("Presence")
    assert "try.typ=0.3" in page.url
    assert "try.pres=1.5" in page.url
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function("() => explorer.store.run.sampler.typical_p === 0.3", timeout=PATIENCE)
    ready(page)
    assert "typ=0.3&pres=1.5" in page.url
    for proof in section.locator(".proof").all():
        assert proof.get_attribute("data-ok") == "true"


@pytest.mark.thorough
def test_see_what_a_copying_draft_gains(open_page: Callable[..., Page]) -> None:
    rhyme = "one%20two%20three%20four%20one%20two%20three%20four%20one%20two"
    begun = "speculative.new=8&speculative.draft=exit"  # nothing is packed for that draft
    page = open_page(f"?model=smollm2-135m&seed=7&text={rhyme}&panel=speculative&{begun}", wait=False)
    view = page.locator("#speculative-rounds")
    expect(view.locator(".round").nth(1)).to_be_visible(timeout=PATIENCE)
    view.get_by_role("button", name="Prompt look-up").click()
    expect(view.locator(".round.head")).to_contain_text("drafted by copying", timeout=PATIENCE)
    expect(view).not_to_have_class(re.compile("waiting|stale"), timeout=PATIENCE)
    said = view.locator(".summary").inner_text()
    tokens, passes = (int(n) for n in re.search(r"(\d+) tokens in (\d+) pass", said).groups())  # pyright: ignore[reportOptionalMemberAccess]
    assert passes < tokens
    assert "speculative.draft=lookup" in page.url
    chip = view.get_by_role("button", name=re.compile("^Pass 1: .*accepted")).first
    chip.click()
    expect(view.locator(".verdict")).to_contain_text("Copied from position")
    page.keyboard.press("End")
    expect(view.locator(".place")).to_contain_text(f"Pass {passes}")
    assert not view.locator(".proof.fail").count()


@pytest.mark.thorough
def test_a_drafted_token_is_opened_at_any_temperature(open_page: Callable[..., Page]) -> None:
    """Both pictures of a token that a draft proposed: after the sampler's steps, and before them."""
    text = "model=six-kinds-dense&text=And%20it%20came%20to%20pass&seed=3&new=2"
    for temperature in (1, 0.7):
        page = open_page(
            f"?{text}&panel=speculative&speculative.new=8&speculative.texts=1&speculative.temperature={temperature}",
            wait=False,
        )
        view = page.locator("#speculative-rounds")
        expect(view.locator(".round").nth(1)).to_be_visible(timeout=PATIENCE)
        expect(view).not_to_have_class(re.compile("waiting|stale"), timeout=PATIENCE)
        view.get_by_role("button", name=re.compile("^Pass 1: .*(accepted|rejected)")).first.click()
        expect(view.locator(".verdict")).to_contain_text("drafted token")
        expect(view.locator(".verdict .legend")).to_contain_text(re.compile("in both: .* kept"))
        if temperature != 1:
            view.get_by_role("button", name="Before the sampler").click()
            expect(view.locator(".verdict .legend")).not_to_contain_text("kept")
            view.get_by_role("button", name="At temperature 0.7").click()
            expect(view.locator(".verdict .legend")).to_contain_text("kept")


@pytest.mark.thorough
def test_widen_a_beam_and_follow_a_path(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=beam_search&beam_search.steps=4&beam_search.beams=2", wait=False)
    view = page.locator("#beam_search-tree")
    expect(view.locator("[data-node]").first).to_be_visible(timeout=PATIENCE)
    expect(view.locator("[data-node]")).to_have_count(4 * 4, timeout=PATIENCE)  # step by step
    slider = view.get_by_role("slider", name="Beams")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(view.locator("[data-node]")).to_have_count(4 * 6, timeout=PATIENCE)
    ready(page)
    assert "beam_search.beams=3" in page.url
    totals = view.locator("[data-node] .total")
    written = [float(each.replace("−", "-")) for each in totals.all_text_contents()]
    assert written == pytest.approx(totals.evaluate_all("all => all.map((each) => +each.dataset.total)"), abs=0.051)
    best = view.locator("[data-node].best .total").evaluate_all("all => all.map((each) => +each.dataset.total)")
    table = view.locator(".texts tbody tr").first.locator("td").nth(2).inner_text()
    assert min(best) == pytest.approx(float(table.replace("−", "-")), abs=0.01)  # the whole text's, at its end
    view.locator("[data-node][data-fate='2']").last.click()
    said = view.locator(".said")
    expect(said).to_contain_text("ended a text with it")
    expect(view.locator("[data-link].on")).to_have_count(4)
    view.locator(".tree svg").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(view.locator("[data-link].on")).to_have_count(1)
    expect(view.locator(".texts tbody tr")).to_have_count(4)  # three, and greedy's
    assert not page.locator(".proof.fail").count()


@pytest.mark.thorough
def test_write_a_rule_mend_it_and_read_what_it_forbade(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=constrained&constrained.new=12", wait=False)
    view = page.locator("#constrained-steps")
    expect(view.locator(".texts")).to_contain_text(re.compile("Alice|Bob|Carol|Dave"), timeout=PATIENCE)
    rule, go = view.get_by_role("textbox", name="The rule"), view.get_by_role("button", name="Decode")
    expect(go).to_be_disabled()
    rule.fill(" (his|her")
    go.click()
    expect(view.get_by_role("alert")).to_contain_text("unclosed group", timeout=PATIENCE)
    expect(view.get_by_text("This text was written under the previous rule:")).to_be_visible()
    expect(view.locator(".texts .own")).to_contain_text(re.compile("Alice|Bob|Carol|Dave"))
    expect(view.locator(".decoded .row[data-step='0']")).to_be_visible()
    expect(rule).to_have_attribute("aria-invalid", "true")
    rule.fill(" (his|her) [a-z]{3,8}")
    page.keyboard.press("Control+Enter")
    expect(view.locator(".texts")).to_contain_text(re.compile("his|her"), timeout=PATIENCE)
    expect(view.get_by_role("alert")).to_be_hidden()
    first = view.locator(".row[data-step='0']")
    expect(first).to_contain_text("Mary")  # what the model wanted, struck
    forbidden = float(re.search(r"([\d.]+) %", first.inner_text()).group(1))  # pyright: ignore[reportOptionalMemberAccess]
    assert 90 < forbidden < 100
    ready(page)
    view.locator(".row[aria-current=true]").focus()
    page.keyboard.press("End")
    expect(view.locator(".detail h3").first).to_contain_text(f"Token {view.locator('.row[data-step]').count()}")
    assert not page.locator(".proof.fail").count()
    stored = page.evaluate("() => explorer.store.controls.constrained")
    assert stored == {"new": "12", "form": "regex", "rule": " (his|her) [a-z]{3,8}"}


@pytest.mark.thorough
def test_json_comes_out_of_a_schema(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&panel=constrained&constrained.form=list&constrained.temperature=0", wait=False)
    view = page.locator("#constrained-steps")
    expect(view.locator(".texts .own")).to_contain_text("]", timeout=PATIENCE)
    text = view.locator(".texts .own").inner_text().replace("·", " ").partition("<")[0]
    assert 2 <= len(json.loads(text)) <= 3
    expect(view.locator(".phead")).to_contain_text("“jsonschema” library accepts the text", timeout=PATIENCE)
    ready(page)


@pytest.mark.thorough
def test_weigh_likeness_and_find_greedy_at_nought(open_page: Callable[..., Page]) -> None:
    few = "&contrastive_search.steps=4&contrastive_search.length=32"
    page = open_page(
        f"?model=six-kinds-dense&text=And%20it%20came%20to%20pass&panel=contrastive_search{few}", wait=False
    )
    view = page.locator("#contrastive_search-steps")
    table = view.locator(".steps-table tbody tr")
    expect(table).to_have_count(4, timeout=PATIENCE)
    expect(view.locator(".both dd")).to_have_count(2, timeout=PATIENCE)  # whole: greedy's text stands beside
    slider = view.get_by_role("slider", name="Alpha")
    slider.focus()
    page.keyboard.press("Home")
    expect(view.locator(".said")).to_contain_text("At alpha 0", timeout=PATIENCE)
    assert "contrastive_search.alpha=0" in page.url
    expect(view.locator("tr.parted")).to_have_count(0)
    expect(view.locator(".both + .hint")).to_contain_text("Both searches write the same text", timeout=PATIENCE)
    table.nth(2).click()
    expect(view.locator("h3").nth(1)).to_contain_text("Token 3")
    assert not page.locator(".proof.fail").count()
