"""Every panel, both themes, both widths: drawn, proved, accessible, exported, nothing cut off, console silent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from transformers import LlamaConfig

import explorer
from explorer import zoo
from explorer.panels import panels
from explorer.shell.views import recorded_pictures
from tests.browser.axe import audited
from tests.browser.conftest import CONTEXT, PATIENCE, SAVED, listen, ready
from tests.panels.brief import brief, link
from tests.panels.mutations import UNBROKEN, is_broken
from tests.tiers import often
from tests.tracing import tiny_configs

MIXTURE = "six-kinds-moe"
DENSE = "six-kinds-dense"
#: Need a model that nobody fetches unasked.
OPTIONAL = {"pictures_and_speech-speech", "pictures_and_speech-stretches"}


#: One of so many panels is asked for its colours in the theme that it did not begin in, and for its file by the mouse:
#: colours are the theme's, and menus are the frame's.
EACH = 3


def run_for(name: str, tiny: str) -> str:
    """A run that the panel can show: of the default model, of a small one, or of a mixture of experts."""
    small = {"default": "", "dense": DENSE, "mixture": MIXTURE, "tiny": tiny}[model_of(name)]
    return f"&model={small}&text=And%20it%20came%20to%20pass%20that&new=4" if small else ""


def model_of(name: str) -> str:
    return "mixture" if "experts" in panels()[name].requires else brief(name).model


#: One model after the other: the process that measures keeps one.
IN_TURN = sorted(panels(), key=model_of)


#: Goes to a panel, whose controls have been set before it is drawn.
ASKED = """([panel, controls]) => {
    for (const [name, value] of Object.entries(controls)) explorer.store.control(panel, name, value);
    explorer.ctx.go(panel);
}"""


class Visit:
    """A page on one run that goes from panel to panel: opening it takes as long as all that a panel is asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.whole = True
        listen(page, self.complaints)

    def go(self, name: str, *, dark: bool) -> Page:
        self.whole = False  # until the panel has been all that it should be
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.evaluate(ASKED, [name, {control: str(value) for control, value in brief(name).controls.items()}])
        if dark != self.page.evaluate("document.documentElement.dataset.theme === 'dark'"):
            turn_theme(self.page)
        return self.page

    def end(self) -> None:
        assert not self.complaints, self.complaints
        self.whole = True


@pytest.fixture(scope="module")
def visits(server: str, chromium: Browser) -> Iterator[Callable[[str, str], Visit]]:
    """`visits(run, name)`: the page that shows that run, opened on this panel if there is none."""
    kept: dict[str, Visit] = {}

    def visit(run: str, name: str) -> Visit:
        found = kept.get(run)
        if found is None or not found.whole:  # a page on which something failed is left
            found = kept[run] = Visit(chromium.new_context(**CONTEXT).new_page())
            found.page.goto(f"{server}/?panel={name}{run}{link(name)}")
            ready(found.page)
        return found

    yield visit
    for each in kept.values():
        each.page.context.close()


@pytest.fixture(scope="module")
def tiny(folder_of: Callable[[Any], Path]) -> str:
    """A model of two blocks, as a link names it."""
    config = LlamaConfig(
        vocab_size=6144, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512,
    )  # fmt: skip
    return quote(str(folder_of(config)))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=f"{model_of(name)}-{name}", marks=pytest.mark.thorough if brief(name).long else ())
        for name in IN_TURN
        if not brief(name).alone
    ],
)
def test_panel_is_drawn(visits: Callable[[str, str], Visit], tiny: str, name: str) -> None:
    visit = visits(run_for(name, tiny), name)
    looked_at(visit.go(name, dark=(dark := in_the_dark(name))), name, dark=dark)
    visit.end()


@pytest.mark.parametrize("name", [name for name in panels() if brief(name).alone])
def test_panel_is_drawn_as_its_link_says(open_page: Callable[..., Page], tiny: str, name: str) -> None:
    dark = in_the_dark(name)
    asked = brief(name)
    changed = f"&do={asked.interventions}" if asked.interventions else ""
    second = f"&with={quote(asked.second)}" if asked.second else ""
    page = open_page(f"?panel={name}{run_for(name, tiny)}{link(name)}{second}{changed}", dark=dark)
    looked_at(page, name, dark=dark)


def in_the_dark(name: str) -> bool:
    """Half of the panels begin in each theme."""
    return list(panels()).index(name) % 2 == 1


def looked_at(page: Page, name: str, *, dark: bool) -> None:
    """All that is asked of a panel, on a page that was opened on it and is made narrow at the end."""
    at = list(panels()).index(name)
    within = None if at < 2 else "#stage"  # what is around the views is the same for all
    expect(page.get_by_role("tab", name=panels()[name].title, exact=True)).to_have_attribute("aria-selected", "true")
    assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    drawn(page, name)
    audited(page, within)
    shown = [view.name for view in panels()[name].views if not page.locator(f"#{name}-{view.name} .state-note").count()]
    for number, view in enumerate(shown):
        exports(page, name, view, by_hand=not number and often(at, EACH))
    page.set_viewport_size({"width": 390, "height": 844})
    turn_theme(page)
    page.wait_for_timeout(300)  # the page waits for the end of a resize
    drawn(page, name)  # narrow in the theme that it did not begin in: half of the panels in each
    if often(at, EACH):
        audited(page, within, runOnly=["color-contrast", "link-in-text-block"])  # all that a theme changes


def turn_theme(page: Page) -> None:
    page.evaluate("document.querySelector('.theme').click()")  # on a phone it is in the folded sidebar


#: Whether each of these views is drawn.
DRAWN = "sections => sections.every((id) => document.getElementById(id)?.dataset.ready === '1')"
#: What is on the page of each of them, and by how much it is wider than the window.
FOUND = """sections => {
    const within = (id) => (what) => [...document.getElementById(id).querySelectorAll(what)];
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth - clientWidth, sections.map((id) => ({
        id,
        height: document.getElementById(id).getBoundingClientRect().height,
        notes: within(id)(".state-note").map((each) => each.innerText),
        failed: within(id)("[data-failed]").length,
        tags: within(id)(".tag").length,
        failing: within(id)(".proof.fail").map((each) => each.innerText),
    }))];
}"""


def drawn(page: Page, name: str) -> None:
    """Every view is drawn and proved, and nothing is cut off."""
    sections = [f"{name}-{view.name}" for view in panels()[name].views]
    patience = PATIENCE * (4 if brief(name).long else 1)
    page.wait_for_function(DRAWN, arg=sections, timeout=patience, polling=100)
    wide, found = page.evaluate(FOUND, sections)
    assert wide <= 1, f"the page is {wide} px wider than the window"
    for each in found:
        assert each["height"] > 60, each
        if each["id"] in OPTIONAL and each["notes"]:
            assert "explorer fetch" in each["notes"][0]
            continue
        assert not each["notes"], each
        assert not each["failed"], each
        assert not each["failing"], each
        assert each["tags"], each


def exports(page: Page, name: str, view: str, *, by_hand: bool) -> None:
    """The view's data come as a file, and its source is shown."""
    section = page.locator(f"#{name}-{view}")
    if by_hand:
        section.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            section.get_by_role("menuitem", name="Data, JSON").click()
        data = json.loads(download.value.path().read_text())
        section.get_by_role("button", name="Source of").click()
        expect(page.locator("#sourcebox pre").first).to_contain_text("def ", timeout=PATIENCE)
        page.locator("#sourcebox").get_by_role("button", name="Close").click()
    else:
        data = json.loads(section.evaluate(SAVED))
    assert (data["panel"], data["view"]) == (name, view)
    assert data["data"]
    unbroken = [check["statement"] for check in data["checks"] if not fails_somewhere(name, view, check["statement"])]
    assert not unbroken, f"{UNBROKEN}: {unbroken}"


def fails_somewhere(name: str, view: str, statement: str) -> bool:
    """Whether a test breaks that check and sees it fail: one of the panel's, or of the page's own arithmetic."""
    own = any(re.search(each.statement, statement) for each in brief(name).broken)
    return own or is_broken(f"{name}.{view}", statement)


#: The panels that a dense model has nothing for: one of them each time, all of them thoroughly.
OF_EXPERTS = [
    pytest.param(name, marks=() if name == "routing" else pytest.mark.thorough)
    for name, panel in panels().items()
    if "experts" in panel.requires
]


@pytest.mark.parametrize("name", OF_EXPERTS)
def test_a_panel_of_experts_offers_a_mixture_on_a_dense_model(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(f"?model={DENSE}&text=Yes&panel={name}")
    panel = panels()[name]
    first = next(view for view in panel.views if "experts" in panel.required(view))
    section = page.locator(f"#{name}-{first.name}")
    lacking = [view for view in panel.views if "experts" in panel.required(view)]
    said = page.locator("#lacking") if len(lacking) > 1 else section
    expect(said).to_contain_text("has no experts")
    expect(page.get_by_text("has no experts")).to_have_count(1)  # however many views lack them
    if query := recorded_pictures.query_of(name):
        page.wait_for_function("() => document.querySelector('#lacking img.light')?.naturalWidth > 600")
        expect(said).to_contain_text("RECORDED")
        assert said.get_by_role("link", name="Open that run").get_attribute("href") == f"?{query}&panel={name}"
    said.get_by_role("button", name=f"Open {MIXTURE}").click()
    page.wait_for_function(f"() => explorer.store.run.model.name === '{MIXTURE}'", timeout=PATIENCE)
    ready(page)
    expect(page.locator("#lacking")).to_have_count(0)
    expect(page.locator("#model input")).to_have_value("Six Kinds MoE")
    expect(page.get_by_role("tab", name=panels()[name].title, exact=True)).to_have_attribute("aria-selected", "true")
    assert section.locator(".state-note").count() == 0


@pytest.mark.thorough
def test_a_panel_of_the_own_decoder_offers_a_model_that_it_reads(
    open_page: Callable[..., Page], folder_of: Callable[[Any], Path], d_vocab: int
) -> None:
    folder = folder_of(tiny_configs.tiny("gpt_neox", d_vocab))
    page = open_page(f"?model={folder}&text=Yes&panel=positions")
    section = page.locator("#positions-rotation")
    said = page.locator("#lacking")
    expect(said).to_contain_text("own decoder does not know how a “gpt_neox” is put together")
    said.get_by_role("button", name=f"Open {zoo.DEFAULT}").click()
    page.wait_for_function(f"() => explorer.store.run.model.name === '{zoo.DEFAULT}'", timeout=PATIENCE)
    expect(page.get_by_role("tab", name="Positions", exact=True)).to_have_attribute("aria-selected", "true")
    expect(section.locator(".state-note")).to_have_count(0)
    expect(section).to_contain_text("pairs, scaled, through softmax")


FIND = "Find a panel, a term, a head, a token or an action"


def test_find_box_opens_a_panel_by_a_term(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name=FIND).fill("induction head")
    expect(page.locator("#found li").first).to_contain_text("induction head")
    documentation = page.locator("#findbox").get_by_role("link", name="Documentation")
    expect(documentation).to_have_attribute("href", re.compile("/explorer/docs/$"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Attention", exact=True)).to_have_attribute("aria-selected", "true")
    ready(page)


def test_find_box_leads_to_a_head_a_token_and_other_words(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?model={DENSE}&text=When%20Mary%20and%20John")
    typed = page.get_by_role("combobox", name=FIND)
    page.keyboard.press("Control+k")
    typed.fill("l2.h3")
    page.keyboard.press("Enter")
    expect(page.locator("#head_card-roles h2")).to_contain_text("L2.H3")
    model = zoo.load(DENSE)
    run = explorer.trace(model, "When Mary and John", 0)
    most = run.ids[run.pattern[2, 3, -1].argmax()]
    assert int(most) != int(run.ids[-1])
    expect(page.locator("#head_card-roles .told b").first).to_have_text(model.vocabulary.label(int(most)))
    page.keyboard.press("Control+k")
    typed.fill("token 1")
    page.keyboard.press("Enter")
    expect(page.locator("#tok1")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Walk", exact=True)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+k")
    typed.fill("VRAM")
    expect(page.locator("#found li").first).to_contain_text("Memory calculator")
    typed.fill("<b>zzqx")
    expect(page.get_by_text("Nothing has that name")).to_be_visible()
    page.keyboard.press("Escape")
    ready(page)


def test_a_term_is_explained_by_mouse_and_by_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?model={DENSE}&text=Yes&panel=attention")
    term = page.locator("#attention-wall .term", has_text="token").first
    term.hover()
    card = page.locator(".definition")
    expect(card).to_contain_text("A piece of text that the model reads as one unit")
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    other = page.locator("#attention-head .psub .term", has_text="softmax")
    other.focus()
    expect(card).to_contain_text("softmax")
    page.keyboard.press("Enter")
    expect(card.get_by_role("button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    ready(page)


def test_arrow_keys_move_the_selection_and_the_link_follows(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=walk&pos=5")
    strip = page.get_by_role("listbox", name="Tokens of the run")
    strip.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tok6")).to_have_attribute("aria-selected", "true")
    assert "pos=6" in page.url
    ready(page)


def test_the_first_picture_is_a_recorded_run_until_the_live_one_is_there(open_page: Callable[..., Page]) -> None:
    page = open_page(wait=False, hold="**/queue/join*")
    expect(page.locator("#walk-river")).to_have_attribute("data-ready", "1", timeout=20_000)
    assert page.get_by_text("RECORDED", exact=True).count() >= 1
    assert page.locator("#walk-river .proof.fail").count() == 0
    live = open_page("?")
    assert live.get_by_text("RECORDED", exact=True).count() == 0
