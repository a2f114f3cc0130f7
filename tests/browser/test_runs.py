"""The runs of a browser: kept in it alone, found, named, opened again, deleted, carried to another one as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Request, expect

from tests.browser.axe import audited
from tests.browser.conftest import PATIENCE, ready

RUN = "?model=six-kinds-dense&text=In%20the%20beginning&new=2&do=mlp:1&force=0:5&seed=3&panel=sampling&pos=2&layer=1"


def opened(page: Page) -> None:
    page.get_by_role("button", name="Runs", exact=True).click()
    expect(page.locator("#runsbox")).to_be_visible()


def test_a_run_is_kept_named_opened_again_and_carried_to_another_browser(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    open_page("explorer/glossary.html", wait=False)  # a test's first page has what others have run; these have not
    page = open_page(RUN)
    page.wait_for_function("() => localStorage['explorer.runs']", timeout=PATIENCE)
    state = "[explorer.store.run.query, explorer.store.run.ids, explorer.store.panel, explorer.store.focus]"
    before = page.evaluate(state)
    page.locator("#prompt textarea").fill("<b>x</b> ${1+1}")
    page.locator("#prompt textarea").press("Control+Enter")
    page.wait_for_function("() => JSON.parse(localStorage['explorer.runs']).length === 2", timeout=PATIENCE)
    ready(page)

    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    opened(page)
    audited(page, "#runsbox")
    expect(page.locator("#runsbox")).to_contain_text("<b>x</b> ${1+1}")
    expect(page.locator("#runsbox li").first).to_contain_text("on the page")
    page.get_by_role("button", name="Name In the beginning").click()
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    page.get_by_role("searchbox", name="Find a run").fill("mine mlp:1")
    expect(page.locator("#runsbox li")).to_have_count(1)
    expect(page.locator("#runsbox li")).to_contain_text("1 intervention · 1 forced token")
    page.get_by_role("searchbox", name="Find a run").fill("")
    page.get_by_role("button", name="Delete <b>x</b>").click()
    expect(page.locator("#runsbox li")).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#runsbox li")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / "runs.json"
    file.write_bytes(download.value.path().read_bytes())
    assert not sent, [each.url for each in sent]  # no word of it goes to the server

    page.locator(".keptopen").filter(has_text="Mine").click()
    page.wait_for_function("() => explorer.store.run.text === 'In the beginning'", timeout=PATIENCE)
    ready(page)
    assert page.evaluate(state) == before
    expect(page.locator("#prompt textarea")).to_have_value("In the beginning")

    other = open_page("?model=six-kinds-dense&text=Yes&new=0")
    opened(other)
    foreign = tmp_path / "notebook.ipynb.json"
    foreign.write_text(json.dumps({"cells": []}))
    for path, said in ((foreign, "did not write it"), (file, "The file adds 2 runs")):
        with other.expect_file_chooser() as chooser:
            other.get_by_role("button", name="Open a file").click()
        chooser.value.set_files(path)
        expect(other.locator("#runsbox [role=status]")).to_contain_text(said)
    expect(other.locator("#runsbox")).to_contain_text("Mine")
    other.keyboard.press("Escape")
    other.keyboard.press("Control+k")
    other.get_by_role("combobox", name="Find a panel").fill("mine")
    expect(other.locator("#found li", has_text="Mine")).to_be_visible()


def test_a_run_that_was_made_with_others_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=six-kinds-dense&text=In%20the%20beginning&panel=sampling&pos=1")
    expect(page.locator("#runmeta")).not_to_contain_text("batch")
    page.evaluate("explorer.store.run.batched = [8, 6.3e-6]; explorer.store.set({position: 0})")
    said = page.locator("#runmeta").get_by_text("in a batch of 8")
    expect(said).to_have_attribute("title", re.compile("A run alone differs by 6.3e−6 of the largest number at most"))
