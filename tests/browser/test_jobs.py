"""Heavy views as jobs: drawn as they come, with what is counted, stopped when nobody waits, never in a run's way."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, SAVED, ready
from tests.browser.test_prompts import run

MIXTURE = "six-kinds-moe"
DENSE = "six-kinds-dense"
LONG = 2 * PATIENCE
# Tests that watch a training go on are thorough: beside two other browsers it may be over before the test has seen
# what it looks for, though the page hears of each step within a second or two (watched at a load of 11 on two cores).
#: Two trainings of the longest kind: seven seconds where nothing else runs, half a minute beside four busy processes.
TRAINING = f"?model={MIXTURE}&new=0&layer=1&panel=balancing&balancing.steps=600&balancing.experts=32"
STATUS = "#runstate .stattext"
COUNTED = re.compile(r"Training steps ([\d,]+) of 1,200")

Open = Callable[..., Page]


def link(text: str, panel: str, model: str = DENSE, **more: str) -> str:
    query = {"model": model, "text": text.replace(" ", "%20"), "new": "0", "panel": panel, **more}
    return "?" + "&".join(f"{name}={value}" for name, value in query.items())


@pytest.fixture
def seed() -> str:
    """A training that no test has asked for: its answer is not kept."""
    return str(time.time_ns() % 2**31)


def counted(page: Page) -> int:
    """Training steps that the page has heard of; it must be training."""
    said = page.wait_for_function(  # in one look: the next may find another line there, or none
        "([at, pattern]) => document.querySelector(at)?.textContent.match(new RegExp(pattern))?.[1]",
        arg=[STATUS, COUNTED.pattern], timeout=LONG, polling=100,
    )  # fmt: skip
    return int(said.json_value().replace(",", ""))


def training(open_page: Open, seed: str, **window: Any) -> Page:
    """A page on which a long training has begun."""
    page = open_page(f"{TRAINING}&text=a&balancing.seed={seed}", wait=False, **window)
    counted(page)
    return page


def asked(page: Page, panel: str, view: str, controls: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the server has of a view by now; nothing is measured for it."""
    request = {"query": "", "panel": panel, "views": [view], "focus": {}, "controls": controls or {}}
    return page.evaluate(
        "async (r) => window.explorer.ctx.server('render', {...r, query: r.query || window.explorer.store.asked(),"
        " focus: {...window.explorer.store.focus}})",
        request,
    )


def drawn(page: Page, panel: str, view: str) -> Any:
    """The data on the page, as a text: two measurements of time never have the same."""
    return page.evaluate(
        "([p, v]) => JSON.stringify(window.explorer.store.payload(p,"
        " window.explorer.store.spec(p).views.find((each) => each.name === v))?.data)",
        [panel, view],
    )


def measured(page: Page, panel: str, *views: str) -> None:
    for view in views:
        expect(page.locator(f"#{panel}-{view}")).to_have_attribute("data-ready", "1", timeout=LONG)
        expect(page.locator(f"#{panel}-{view}")).not_to_have_class(re.compile("waiting|stale"), timeout=LONG)


def measuring(server: str) -> list[psutil.Process]:
    """The processes in which the server of that address measures."""
    port = urlsplit(server).port
    open_ = psutil.net_connections("tcp")
    listens = next(each.pid for each in open_ if each.status == psutil.CONN_LISTEN and each.laddr[1:] == (port,))
    children = psutil.Process(listens).children()
    return [each for each in children if any("spawn_main" in word for word in each.cmdline())]


#: What a view shows, in one look: its words above, how far its ticks are dimmed, the steps of the training drawn.
SHOWN = """view => {
  const seen = [...view.querySelectorAll('.proof, .proofsum')].filter((each) => each.checkVisibility());
  return { words: [...view.querySelectorAll('.again span')].map((each) => each.textContent).join(),
    ticks: seen.map((each) => +getComputedStyle(each).opacity),
    body: +getComputedStyle(view.querySelector('.pbody')).opacity, top: view.querySelector('.pbody').offsetTop,
    steps: +(view.querySelector('.head')?.textContent.match(/After (\\d+) of 600/)?.[1] ?? 0) };
}"""


@pytest.mark.thorough
def test_the_picture_before_says_so_until_the_first_part_of_the_new_one_is_drawn(open_page: Open, seed: str) -> None:
    quick = {"layer": "1", "balancing.steps": "50", "balancing.experts": "4"}
    page = open_page(link("a", "balancing", **quick), width=390, wait=False)
    measured(page, "balancing", "training")
    view = page.locator("#balancing-training")
    fresh = view.evaluate(SHOWN)
    assert (fresh["words"], fresh["ticks"], fresh["body"]) == ("", [1], 1)
    page.evaluate("explorer.store.set({ layer: 2 })")
    expect(view).to_have_class(re.compile("stale$"))
    left = view.evaluate(SHOWN)
    assert (left["words"], left["ticks"], left["body"]) == ("The picture is for the previous selection.", [0.45], 0.45)
    file = json.loads(view.evaluate(SAVED))
    assert (file["focus"]["layer"], "layer=1" in file["link"]) == (1, True), "it says what the picture was made for"
    page.evaluate("explorer.store.set({ layer: 1 })")
    assert view.evaluate(SHOWN) == fresh
    page.route("**/component_server/**", lambda _: None)  # no answer comes, and no part of one
    page.evaluate("seed => explorer.store.control('balancing', 'seed', +seed)", seed)
    expect(view).to_have_class(re.compile(r"(?=.*waiting)(?=.*stale)"))
    old = view.evaluate(SHOWN)
    assert (old["words"], old["ticks"], old["body"]) == ("The picture is for the previous settings.", [0.45], 0.45)
    assert old["top"] == fresh["top"], "the picture stays where it is"
    page.evaluate("['steps', 'experts'].forEach((k, i) => explorer.store.control('balancing', k, [600, 8][i]))")
    assert view.evaluate(SHOWN)["words"] == "The picture is for earlier settings."
    page.unroute("**/component_server/**")
    partial = page.wait_for_function(f"""() => {{
        const shown = ({SHOWN})(document.querySelector('#balancing-training'));
        return shown.steps > 0 && shown.steps < 600 ? shown : null;
    }}""", timeout=LONG, polling=100).json_value()  # fmt: skip
    assert (partial["words"], partial["ticks"], partial["body"]) == ("", [], 1)
    assert counted(page) > 0


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.thorough
def test_a_training_is_drawn_as_it_goes_and_its_line_stays_in_sight(open_page: Open, seed: str, width: int) -> None:
    page = training(open_page, seed, width=width)
    view = page.locator("#balancing-training")
    expect(page.locator(STATUS)).to_have_text(re.compile(r", about .* left"), timeout=LONG)
    expect(view.locator(".head").first).to_contain_text(re.compile(r"After \d+ of 600 steps"), timeout=LONG)
    first = int(re.findall(r"After (\d+)", view.inner_text())[0])
    assert 0 < first < 600
    assert view.locator(".band").count() == 2 * 32
    assert not view.locator(".proof").count(), "nothing is claimed of half a training"
    page.wait_for_function(
        "n => +document.querySelector('#balancing-training .head').textContent.match(/After (\\d+)/)?.[1] > n",
        arg=first, timeout=LONG,
    )  # fmt: skip
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("() => scrollY > 200")
    expect(page.locator(STATUS)).to_be_in_viewport()


@pytest.mark.thorough
def test_leaving_a_panel_stops_its_work(open_page: Open, seed: str) -> None:
    other = open_page(link("a", "walk"))
    other.get_by_role("tab", name="The transformer block", exact=True).click()
    ready(other)
    page = training(open_page, seed)
    other.get_by_role("tab", name="Norms", exact=True).click()  # the next in line
    expect(other.locator(STATUS)).to_have_text(re.compile("In line, place 2$"), timeout=PATIENCE)
    assert counted(page) < 900, "there is much to do yet"
    left = time.monotonic()
    page.get_by_role("tab", name="The walk", exact=True).click()
    expect(page.locator(STATUS).filter(has_text="Training")).to_have_count(0)
    expect(other.locator(STATUS).filter(has_text="In line")).to_have_count(0, timeout=PATIENCE)
    took = time.monotonic() - left
    assert took < 8, f"its turn came after {took:.1f} s"  # a second until the work stops, and the news on its way
    measured(other, "norms", "gradients")


@pytest.mark.thorough
def test_what_is_asked_for_now_supersedes_what_was(open_page: Open, seed: str) -> None:
    page = training(open_page, seed)
    before = {"steps": "600", "experts": "32", "seed": seed}
    changed = time.monotonic()
    page.evaluate("['steps', 'experts'].forEach((k, i) => explorer.store.control('balancing', k, [50, 4][i]))")
    view = page.locator("#balancing-training")
    expect(view.locator("h2")).to_have_text(re.compile("^4 experts learn"), timeout=PATIENCE)
    measured(page, "balancing", "training", "price")
    took = time.monotonic() - changed
    assert asked(page, "balancing", "training", before)["pending"] == ["training"], "the first was not measured"
    assert asked(page, "balancing", "training", {**before, "steps": 50, "experts": 4})["pending"] == []
    assert took < 60


@pytest.mark.thorough
def test_a_run_is_answered_while_a_job_is_at_work(open_page: Open, seed: str) -> None:
    other = open_page(link("Before", "walk"))
    page = training(open_page, seed)
    run(other, "Two words")
    other.wait_for_function("() => window.explorer.store.run.text === 'Two words'", timeout=PATIENCE)
    ready(other)
    after = counted(page)  # it is at work still: the run did not wait for its end
    assert after < 1200
    page.wait_for_function(
        "n => { const said = document.querySelector('#runstate .stattext')?.textContent ?? '';"
        " return +(said.match(/steps ([\\d,]+)/)?.[1].replace(',', '') ?? 0) > n; }",
        arg=after, timeout=LONG,
    )  # fmt: skip
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#runstate")).to_have_count(0)
    stopped = page.locator("#balancing-training .again")
    expect(stopped).to_contain_text("The measurement was stopped.")
    expect(page.locator("#stalebar")).to_have_count(0)
    stopped.get_by_role("button", name="Measure", exact=True).click()
    counted(page)


@pytest.mark.parametrize("meanwhile", [True, False])
@pytest.mark.thorough
def test_what_failed_says_why_and_is_measured_again_by_hand_alone(
    open_page: Open, server: str, seed: str, meanwhile: bool
) -> None:
    page = open_page(link(f"Number {seed}", "moe_cost", MIXTURE, **{"moe_cost.rounds": "32"[meanwhile]}), wait=False)
    expect(page.locator(STATUS)).to_contain_text(re.compile("Passages|Sizes of batch"), timeout=PATIENCE)
    for process in measuring(server):
        process.kill()
    failed = page.locator("#moe_cost-reading .again.failed[role=alert]")
    expect(failed).to_contain_text("ended unexpectedly", timeout=PATIENCE)
    if not meanwhile:  # that the other view is measured
        measured(page, "moe_cost", "speed")
        page.locator("#tok0").click()
        expect(page.locator("#runstate")).to_have_count(0)
        expect(failed).to_have_count(1)
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_have_count(0)
    measured(page, "moe_cost", "reading", "speed")


@pytest.mark.thorough
def test_a_new_prompt_leaves_what_does_not_read_it(open_page: Open) -> None:
    page = open_page(link("The first prompt", "moe_cost", MIXTURE), wait=False)
    measured(page, "moe_cost", "reading", "speed")
    speed, reading = drawn(page, "moe_cost", "speed"), drawn(page, "moe_cost", "reading")
    run(page, "Another prompt that is a little longer")
    expect(page.locator("#moe_cost-reading .again")).to_contain_text(
        "The picture is for the previous prompt.", timeout=PATIENCE
    )
    ticks = page.locator("#moe_cost-reading .proof")
    assert ticks.count()
    expect(ticks.first).to_have_css("opacity", "0.45")
    expect(page.locator("#stalebar")).to_have_count(0)  # one view has a button of its own
    assert drawn(page, "moe_cost", "speed") == speed
    expect(page.locator("#moe_cost-speed .again")).to_have_count(0)
    expect(page.locator("#moe_cost-speed .proof").first).to_have_css("opacity", "1")
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.locator("#moe_cost-reading .proofsum")).to_have_css("opacity", "0.45")
    expect(page.locator("#moe_cost-speed .proofsum")).to_have_css("opacity", "1")
    page.set_viewport_size({"width": 1440, "height": 900})
    left = page.locator("#moe_cost-reading").evaluate(SHOWN)
    page.route("**/component_server/**", lambda _: None)
    button = page.locator("#moe_cost-reading").get_by_role("button", name="Measure", exact=True)
    button.click()
    expect(button).to_be_disabled()
    assert page.locator("#moe_cost-reading").evaluate(SHOWN) == left, "it is old until there is another"
    page.unroute("**/component_server/**")
    measured(page, "moe_cost", "reading", "speed")
    expect(page.locator("#moe_cost-reading .proof").first).to_have_css("opacity", "1")
    assert drawn(page, "moe_cost", "reading") != reading
    assert drawn(page, "moe_cost", "speed") == speed


@pytest.mark.thorough
def test_one_button_renews_all_that_is_stale(open_page: Open) -> None:
    page = open_page(link("The first prompt", "kv_cache"), wait=False)
    measured(page, "kv_cache", "growth", "policies")
    before = [drawn(page, "kv_cache", view) for view in ("growth", "policies")]
    run(page, "Another prompt")
    bar = page.locator("#stalebar")
    expect(bar).to_contain_text("2 views show an earlier measurement.", timeout=PATIENCE)
    expect(page.locator(".panel.stale")).to_have_count(2)
    bar.get_by_role("button", name="Measure all").click()
    expect(bar).to_have_count(0)
    measured(page, "kv_cache", "growth", "policies")
    expect(page.locator(".again")).to_have_count(0)
    after = [drawn(page, "kv_cache", view) for view in ("growth", "policies")]
    assert all(new not in ("null", old) for new, old in zip(after, before, strict=True))


@pytest.mark.thorough
def test_measure_again_measures_again(open_page: Open) -> None:
    page = open_page(link("a", "prefill_decode"), wait=False)
    measured(page, "prefill_decode", "roof")
    before = drawn(page, "prefill_decode", "roof")
    view = page.locator("#prefill_decode-roof")
    fresh = view.evaluate(SHOWN)
    page.route("**/component_server/**", lambda _: None)
    view.get_by_role("button", name="Measure again").click()
    expect(page.locator(STATUS)).to_be_visible(timeout=PATIENCE)
    old = view.evaluate(SHOWN)
    assert (old["words"], old["body"], old["top"]) == (
        "The picture is from the previous measurement.",
        0.45,
        fresh["top"],
    )
    assert set(old["ticks"]) == {0.45}
    page.unroute("**/component_server/**")
    page.wait_for_function(
        "before => { const { store } = window.explorer, panel = 'prefill_decode',"
        " view = store.spec(panel).views.find((each) => each.name === 'roof'), found = store.payload(panel, view);"
        " return found && !found.partial && JSON.stringify(found.data) !== before; }",
        arg=before, timeout=LONG, polling=100,
    )  # fmt: skip
    measured(page, "prefill_decode", "roof")
    other = open_page(link("a", "prefill_decode"), wait=False)
    measured(other, "prefill_decode", "roof")
    assert drawn(other, "prefill_decode", "roof") == drawn(page, "prefill_decode", "roof"), "others see the newest"


def test_a_panel_that_requires_nothing_makes_no_run_and_loads_no_model(open_page: Open) -> None:
    model = "six-kinds-unbalanced"  # which no other test opens
    page = open_page(link("Two words", "memory_calculator", model), wait=False)
    expect(page.locator("#memory_calculator-budget")).to_have_attribute("data-ready", "1", timeout=PATIENCE)
    assert page.evaluate("[document.body.dataset.runless, window.explorer.store.run]") == ["1", None]
    expect(page.locator(".runline")).to_be_hidden()
    assert asked(page, "moe_cost", "sizes")["kind"] == "gone", "the page's process has loaded the model"
    assert asked(page, "memory_calculator", "table")["kind"] == "views"
    page.get_by_role("tab", name="The walk", exact=True).click()
    ready(page)
    assert json.loads(page.evaluate("JSON.stringify([document.body.dataset.runless ?? 0])")) == [0]
    assert page.evaluate("window.explorer.store.run.text") == "Two words"
    assert asked(page, "moe_cost", "sizes")["kind"] == "views"
