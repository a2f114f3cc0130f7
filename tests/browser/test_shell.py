"""The page around the views: links to a view, exports, undo, full screen, the source drawer, the sidebar, a phone."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, ready

Open = Callable[..., Page]
SMALL = "?model=six-kinds-dense&text=And%20it%20came&new=3&seed=1"
MIXTURE = "?model=six-kinds-moe&text=And%20it%20came&new=3&seed=1"


def saved(view: Locator, name: str) -> Path:
    view.get_by_role("button", name="Export").click()
    with view.page.expect_download() as download:
        view.get_by_role("menuitem", name=name).click()
    return download.value.path()


def edits(page: Page) -> list[list[object]]:
    return page.evaluate("[explorer.store.run.interventions.map((i) => i.text), explorer.store.run.forced]")


def until(page: Page, expected: list[list[object]]) -> None:
    page.wait_for_function(
        "e => JSON.stringify([explorer.store.run.interventions.map((i) => i.text), explorer.store.run.forced]) === e",
        arg=json.dumps(expected, separators=(",", ":")),
        timeout=PATIENCE,
    )
    ready(page)


def below_the_strip(page: Page, view: str) -> None:
    """The view's head stands right below the pinned strip, or as high as the end of the page lets it."""
    page.wait_for_function(
        "id => { const top = document.getElementById(id).getBoundingClientRect().top,"
        " strip = document.getElementById('pinned').offsetHeight, root = document.documentElement,"
        " ended = scrollY > 0 && scrollY + innerHeight >= root.scrollHeight - 2;"
        " return top >= strip && (top < strip + 40 || ended && top < innerHeight / 2); }",
        arg=view,
        timeout=PATIENCE,
    )


@pytest.mark.thorough
def test_the_link_of_a_view_opens_the_page_at_it(open_page: Open) -> None:
    page = open_page(MIXTURE + "&panel=routing")
    page.locator("#routing-load").get_by_role("button", name="Copy link to").click()
    expect(page.locator("#toast")).to_contain_text("Link copied")
    link = page.evaluate("window.explorerLink")
    assert len(link) < 200  # the short form; it opens the page where the view is
    other = open_page(link[link.index("?") :])
    below_the_strip(other, "routing-load")
    other.evaluate("scrollTo(0, 0)")
    other.locator("#tok1").click()
    ready(other)
    assert other.evaluate("scrollY") == 0, "a selection does not scroll back"


def test_what_is_opened_comes_into_sight(open_page: Open) -> None:
    page = open_page(MIXTURE + "&panel=walk")
    page.evaluate("explorer.ctx.go('residual_stream', 'waterfall')")
    ready(page)
    below_the_strip(page, "residual_stream-waterfall")
    page.go_back()
    expect(page.get_by_role("tab", name="Walk", exact=True)).to_have_attribute("aria-selected", "true")
    page.go_forward()
    ready(page)
    below_the_strip(page, "residual_stream-waterfall")


def test_a_view_is_saved_as_data_table_and_picture(open_page: Open) -> None:
    page = open_page(MIXTURE + "&panel=routing")
    view = page.locator("#routing-load")
    data = json.loads(saved(view, "Data, JSON").read_text())
    assert "view=load" in data["link"]
    lines = saved(view, "Table, CSV").read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert any(check["statement"] in line for line in comments for check in data["checks"])
    rows = list(csv.DictReader(StringIO("\n".join(lines[len(comments) :]))))
    assert [float(row["share"]) for row in rows] == [row["share"] for row in data["rows"]]
    arrays = np.load(BytesIO(saved(view, "Arrays, NPZ").read_bytes()))
    for name in data["data"]:
        block = data["data"][name]
        if isinstance(block, dict) and "shape" in block:
            assert arrays[name].shape == tuple(block["shape"])
            assert arrays[name].ravel().tolist() == block["values"]
    about = json.loads(arrays["about.json"])
    assert (about["link"], about["checks"]) == (data["link"], data["checks"])
    assert len(arrays.files) > 1
    picture = saved(view, "Picture, SVG").read_text(encoding="utf-8")
    title = view.locator("h2").inner_text()
    for said in (title, "MEASURED", "mean probability P", "view=load", "Six Kinds MoE"):
        assert said in picture, said
    assert "var(" not in picture


@pytest.mark.thorough
def test_a_picture_has_two_pixels_to_each_of_the_page_and_its_ground(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=residual_stream", dark=True)
    view = page.locator("#residual_stream-lens")
    file = Image.open(BytesIO(saved(view, "Picture, PNG").read_bytes()))
    words = file.text  # pyright: ignore[reportAttributeAccessIssue]
    assert words["Title"] == view.locator("h2").inner_text()
    assert "view=lens" in words["Source"]
    picture = file.convert("RGB")
    width = view.locator(".pbody").bounding_box()
    assert width is not None
    assert picture.width == pytest.approx(2 * (width["width"] + 40), abs=4)
    ground = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--surface')").strip()
    assert picture.getpixel((2, 2)) == tuple(int(ground[at : at + 2], 16) for at in (1, 3, 5))
    colours = picture.getcolors(1 << 24)
    assert colours
    assert len(colours) > 100, "the canvas is in it"


def test_edits_are_undone_and_done_again(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=walk&layer=1&head=0")
    undo, redo = (page.get_by_role("button", name=f"{word} the last change") for word in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    page.get_by_label("Add an intervention").select_option(label="Zero the MLP of block 1")
    until(page, [["mlp:1"], []])
    n = page.evaluate("explorer.store.run.nPrompt")
    page.evaluate("p => explorer.ctx.force(p - 1, 100)", n)
    until(page, [["mlp:1"], [[0, 100]]])
    undo.click()
    until(page, [["mlp:1"], []])
    page.locator("#stage").focus()
    page.keyboard.press("Control+z")
    until(page, [[], []])
    page.keyboard.press("Control+Shift+z")
    until(page, [["mlp:1"], []])
    redo.click()
    until(page, [["mlp:1"], [[0, 100]]])
    expect(redo).to_be_disabled()
    page.get_by_role("textbox", name="Prompt").press("Control+z")
    assert edits(page) == [["mlp:1"], [[0, 100]]], "in a field it is the field's own"


def test_a_view_fills_the_screen_until_escape(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=walk")
    view = page.locator("#walk-river")
    view.get_by_role("button", name="Full screen").click()
    expect(view).to_have_class(re.compile("full"))
    page.wait_for_function("document.querySelector('#walk-river').getBoundingClientRect().width === innerWidth")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(view).not_to_have_class(re.compile("full"))
    expect(page.get_by_role("textbox", name="Prompt")).to_be_visible()
    expect(page.locator("[data-failed]")).to_have_count(0)


@pytest.mark.thorough
def test_the_source_stands_in_a_drawer_with_its_place(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=walk")
    page.locator("#walk-river").get_by_role("button", name="Source of").click()
    drawer = page.get_by_role("dialog")
    part = drawer.locator(".sourcepart").first
    expect(part.locator("code").first).to_have_text(re.compile(r"^explorer/[a-z_/]+\.py:\d+$"))
    assert part.locator("pre .nf").first.evaluate("e => getComputedStyle(e).fontWeight") == "600"
    assert drawer.locator("pre [style]").count() == 0
    part.get_by_role("button", name="Copy the source").click()
    expect(page.locator("#toast")).to_contain_text("Source copied")
    assert page.evaluate("navigator.clipboard.readText()").rstrip() == part.locator("pre").inner_text().rstrip()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


@pytest.mark.thorough
def test_the_sidebar_says_what_is_used_and_counted(open_page: Open) -> None:
    page = open_page(SMALL + "&T=0.5&panel=walk")
    count, reset = page.locator("#prompt-count"), page.locator("#sampler-reset")
    expect(count).to_have_text("3 tokens")
    example = page.locator("#examples button").filter(has_text="Capital")
    expect(example).to_have_attribute("aria-pressed", "false")
    example.click()
    expect(example).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => explorer.store.run.text === 'The capital of France is'", timeout=PATIENCE)
    ready(page)
    page.evaluate("explorer.setPrompt('Other words')")
    expect(count).not_to_have_text(re.compile(r"\d"))
    reset.click()
    expect(reset).to_be_hidden()
    first = page.evaluate("JSON.parse(document.getElementById('explorer-tables').textContent).settings")
    shown = page.evaluate("explorer.samplerValues()")
    assert shown == [each["neutral"] if each["shown_first"] is None else each["shown_first"] for each in first]
    expect(page.get_by_role("spinbutton", name=re.compile("Top-k"))).to_have_value(str(shown[1]))


def test_a_phone_folds_proofs_and_keeps_its_bar(open_page: Open) -> None:
    page = open_page(MIXTURE + "&panel=balancing", width=390, height=844, wait=False)
    page.wait_for_function("() => document.querySelector('#stage')?.dataset.ready === '1'", timeout=PATIENCE)
    for row in ("Chapters", "Panels"):
        chosen = page.get_by_role("tablist", name=row).get_by_role("tab", selected=True)
        box = chosen.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.get_by_role("tab", name="Routing", exact=True).click()
    ready(page)
    view = page.locator("#routing-load")
    fold = view.get_by_role("button", name=re.compile(r"checks? holds?"))
    expect(view.locator(".proof").first).to_be_hidden()
    fold.click()
    expect(view.locator(".proof").first).to_be_visible()
    height = "document.querySelector('#pinned').offsetHeight"
    before = page.evaluate(height)
    page.evaluate("scrollTo(0, 900)")
    assert page.evaluate(height) == before


@pytest.mark.thorough
def test_a_failing_proof_shows_on_a_phone(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=walk", width=390, height=844, wait=False)
    ready(page)
    page.evaluate(
        "() => { const { store } = explorer, view = store.spec('walk').views[0];"
        " store.payload('walk', view).checks[0].error = null; document.querySelector('.theme').click(); }"
    )
    expect(page.locator("#walk-river .proof.fail")).to_be_visible()


@pytest.mark.thorough
def test_only_the_open_panels_stylesheet_counts(open_page: Open) -> None:
    """Two panels may call different things by one name."""
    page = open_page(MIXTURE + "&panel=experts")
    page.evaluate("explorer.ctx.go('routing')")
    ready(page)
    worn = page.evaluate(
        "[...document.styleSheets]"
        ".filter(({ href, media }) => /(experts|routing)[^/]*\\.css/.test(href ?? '') && media.mediaText !== 'not all')"
        ".map(({ href }) => href.split('/').pop().split(/[-.]/)[0])"
    )
    assert worn == ["routing"]
    page.evaluate("explorer.ctx.go('experts')")
    ready(page)
