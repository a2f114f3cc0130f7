"""A newcomer's first minute: the welcome, examples, keys, Find, links that are not understood, Back, a small window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import CONTEXT, PATIENCE, ready

Open = Callable[..., Page]
SMALL = "?model=six-kinds-dense&text=And%20it%20came&new=3&seed=1&panel=walk"
TOP = "document.querySelector('#walk-river').getBoundingClientRect().top"


@pytest.fixture
def first_time(chromium: Browser, server: str) -> Iterator[Page]:
    """The page of somebody who has never been here, with a finger."""
    context = chromium.new_context(**CONTEXT, has_touch=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(server)
    yield page
    context.close()


def test_a_newcomer_is_welcomed_above_the_first_run_once(first_time: Page) -> None:
    page = first_time
    welcome = page.get_by_role("region", name="Welcome")
    expect(welcome).to_contain_text("See how a language model arrives at its next word")
    page.locator("#walk-river .block").first.wait_for()
    before = page.evaluate(TOP)
    ready(page)
    assert page.evaluate(TOP) == before, "the live run moves nothing"
    assert before >= page.evaluate("document.querySelector('.welcome').getBoundingClientRect().bottom")
    page.emulate_media(media="print")
    expect(welcome).to_be_hidden()
    page.emulate_media(media="screen")
    for name in ("Why this word?", "What does one head do?", "What fits in memory?"):
        expect(welcome.get_by_role("link", name=name)).to_be_visible()
    welcome.get_by_role("button", name="Not now").tap()
    expect(welcome).to_have_count(0)
    page.goto(page.url.split("?")[0])
    ready(page)
    expect(welcome).to_have_count(0)


def test_the_welcome_goes_with_what_it_offers_and_with_another_run(first_time: Page) -> None:
    page = first_time
    welcome = page.get_by_role("region", name="Welcome")
    ready(page)
    page.evaluate("explorer.setPrompt('And it came')")
    expect(welcome).to_be_visible()
    page.locator("#stage").focus()
    page.keyboard.press("Control+Enter")  # from anywhere
    page.wait_for_function("explorer.store.run.text === 'And it came'", timeout=PATIENCE)
    expect(welcome).to_have_count(0)
    page.evaluate("localStorage.clear()")
    page.goto(page.url.split("?")[0])
    welcome.get_by_role("link", name="What fits in memory?").click()
    page.wait_for_function("explorer.store.panel === 'memory_calculator'", timeout=PATIENCE)
    expect(welcome).to_have_count(0)


def test_what_is_opened_while_the_first_run_comes_stays(first_time: Page) -> None:
    page = first_time
    ready(page)
    page.evaluate("localStorage.clear()")
    held: list[Route] = []
    page.route("**/panels/*.json*", lambda route: held.append(route))
    page.goto(page.url.split("?")[0])
    page.get_by_role("link", name="What fits in memory?").click()
    page.wait_for_function("explorer.store.run && !explorer.store.recorded", timeout=PATIENCE)
    assert held, "the words of other panels are on their way while the run comes"
    for each in held:
        each.continue_()
    page.wait_for_function("explorer.store.panel === 'memory_calculator'", timeout=PATIENCE)
    page.locator("#stage[data-ready='1']").wait_for()
    assert page.evaluate("explorer.store.panel") == "memory_calculator"


def test_an_example_runs_and_its_run_is_seen(open_page: Open) -> None:
    page = open_page(SMALL, width=390, height=844)
    page.evaluate("scrollTo(0, 400)")
    page.get_by_role("button", name="Prompt & settings").click()
    page.locator("#examples button").filter(has_text="Capital").click()
    page.wait_for_function("explorer.store.run.text === 'The capital of France is'", timeout=PATIENCE)
    expect(page.get_by_role("textbox", name="Prompt")).to_be_hidden()
    assert page.evaluate("scrollY") == 0
    expect(page.get_by_role("listbox", name="Tokens of the run")).to_contain_text("France")


def test_a_question_mark_lists_the_keys_of_the_page_and_of_the_panel(open_page: Open) -> None:
    page = open_page(SMALL)
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.press("?")
    expect(keys).to_be_hidden()  # there it is written
    page.locator("#stage").focus()
    page.keyboard.press("?")
    expect(keys).to_contain_text("Run the prompt")
    expect(keys).to_contain_text("arrow keys read them")  # of the embedding, as its name says
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(keys).to_be_visible()


@pytest.mark.thorough
def test_find_acts(open_page: Open) -> None:
    page = open_page(SMALL)
    box = page.get_by_role("combobox", name="Find a panel, a term, a head, a token or an action")

    def find(typed: str) -> None:
        page.keyboard.press("Control+k")
        box.fill(typed)

    find("dark")
    box.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    find("french")
    expect(page.locator("#found0")).to_contain_text("Compare tokenizers")
    box.press("Escape")
    find("ablate 1.0")
    box.press("Enter")
    page.wait_for_function("String(explorer.store.applied) === 'ablate:1.0'", timeout=PATIENCE)
    ready(page)
    find("24 GB")
    box.press("Enter")
    page.wait_for_function("explorer.store.panel === 'memory_calculator'", timeout=PATIENCE)
    ready(page)
    expect(page.locator("#memory_calculator-fit")).to_contain_text("card of 24 GB")


def test_a_link_says_what_of_it_is_not_understood_and_the_rest_counts(open_page: Open) -> None:
    page = open_page(SMALL.replace("panel=walk", "panel=nonsense") + "&do=ablate:1.0&do=ablate:2.0")
    note = page.locator(".linknote")
    expect(note).to_contain_text("There is no panel “nonsense”: the page shows Walk.")
    expect(note).to_contain_text("“do” more than once: only the last one counts.")
    assert page.evaluate("String(explorer.store.applied)") == "ablate:2.0"
    note.get_by_role("button", name="Close the note").click()
    expect(note).to_have_count(0)
    expect(open_page(SMALL).locator(".linknote")).to_have_count(0)


def test_back_returns_to_the_choice_before_and_stays_in_the_page(open_page: Open) -> None:
    page = open_page("?model=six-kinds-dense&text=And%20it%20came&new=3&seed=1&panel=norms&pos=2&layer=1")
    began = page.evaluate("explorer.store.focus.layer")
    length = page.evaluate("history.length")
    page.evaluate("explorer.store.set({ layer: 0 })")
    ready(page)
    page.evaluate("explorer.store.set({ layer: 3 })")  # soon after: one step with the one before
    ready(page)
    page.evaluate("explorer.store.control('norms', 'scheme', 'layer')")
    ready(page)
    assert page.evaluate("history.length") - length in (2, 3)
    page.go_back()
    page.wait_for_function("!explorer.store.controls.norms?.scheme && explorer.store.focus.layer === 3")
    while page.evaluate("explorer.store.focus.layer") != began:
        page.go_back()
        page.wait_for_timeout(200)
    ready(page)
    assert page.evaluate("[explorer.store.panel, location.pathname]") == ["norms", "/"]
    page.go_forward()
    page.wait_for_function("explorer.store.focus.layer !== 1")


@pytest.mark.parametrize("lesson", ["", "&lesson=five-minutes&step=1"])
def test_at_1024_pixels_all_chapters_are_seen_and_the_river_is_wide(open_page: Open, lesson: str) -> None:
    page = open_page(SMALL + lesson, width=1024, height=768)
    chapters = page.get_by_role("tablist", name="Chapters")
    assert chapters.evaluate("row => row.scrollWidth <= row.clientWidth")
    tools, last = page.locator(".tools").bounding_box(), chapters.get_by_role("tab").last.bounding_box()
    assert tools
    assert last
    assert last["y"] + last["height"] <= tools["y"] + 2
    room = page.locator("#walk-river .pbody").evaluate("body => body.clientWidth")
    assert room >= 640, "of less the river makes its narrow drawing"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
