"""A view whose picture knows one run is drawn for both: each in its own vocabulary, with its rows, at any width."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from explorer import zoo
from tests.browser.axe import audited
from tests.browser.conftest import PATIENCE

HERE, THERE = "six-kinds-dense", "smollm2-135m"


@pytest.mark.thorough
def test_a_view_that_only_says_that_it_compares(open_page: Callable[..., Page]) -> None:
    second = quote(f"model={THERE}&text=Hi&new=0", safe="")
    page = open_page(f"?model={HERE}&text=In+the+beginning&new=0&panel=special_tokens&with={second}")
    view = page.locator("#special_tokens-table")
    expect(view.locator(".pcompared")).to_contain_text(zoo.load(THERE).card.title, timeout=PATIENCE)
    expect(view.locator(".both-runs h3")).to_have_text(["This run", f"The other run {zoo.load(THERE).card.title}"])
    own, other = (view.locator(".both-runs > section").nth(at) for at in (0, 1))
    first = zoo.load(THERE).vocabulary
    names = [first.bytes(i).decode() for i in range(3)]
    expect(other.locator(".chip-token").nth(1)).to_have_text(names[1])  # where this run's model has another token
    expect(own.locator("tbody tr")).to_have_count(1)  # its one special token is spelled alike
    assert other.locator("tbody tr").count() == 17
    audited(page, "#special_tokens-table")
    view.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        view.get_by_role("menuitem", name="Data, JSON").click()
    kept = json.loads(download.value.path().read_text())
    assert [row["token"] for row in kept["rows"] if row["run"] == "other run"][:3] == names
    assert len(kept["other_run"]["data"]["tokens"]) == 17
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.querySelector('.both-runs').getBoundingClientRect().width < 390")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    view.get_by_role("button", name="Remove").click()
    expect(view.locator(".both-runs")).to_have_count(0, timeout=PATIENCE)
