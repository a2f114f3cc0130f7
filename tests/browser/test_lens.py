"""The logit lens of a text longer than a screen: what is not shown at first is read when somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

import explorer
from explorer.figures.overview.residual_stream import LENS_WHOLE, LENS_WIDTH
from explorer.zoo.model import Model
from tests.browser.conftest import PATIENCE

TEXT = "The fox saw a crow with a piece of cheese in her beak, and said: how fine you look today! " * 2


@pytest.mark.thorough
def test_columns_out_of_sight_are_read_on_demand(open_page: Callable[..., Page], model: Model) -> None:
    trace = explorer.trace(model, TEXT)
    n, whole = len(trace), trace.logit_lens(5)
    assert n > LENS_WHOLE
    page = open_page(f"?text={quote(TEXT)}&panel=residual_stream")
    lens = page.locator("#residual_stream-lens")
    said, before = lens.locator(".extent"), lens.get_by_role("button", name="Read on before")
    expect(said).to_contain_text(f"Positions {n - LENS_WIDTH} to {n - 1} of {n} are read and drawn.")
    expect(lens.get_by_role("button", name="Read on after")).to_be_hidden()
    before.click()
    expect(said).not_to_contain_text(f"Positions {n - LENS_WIDTH} to", timeout=PATIENCE)
    while before.is_visible():  # a window more each time
        start = said.inner_text()
        before.click()
        expect(said).not_to_have_text(start, use_inner_text=True, timeout=PATIENCE)
    lens.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        lens.get_by_role("menuitem", name="Data, JSON").click()
    shown = json.loads(download.value.path().read_text())
    rows = shown["rows"]  # depth by depth, position by position, likeliest first
    assert {row["position"] for row in rows} == set(range(n))
    assert [row["id"] for row in rows] == whole.ids.flatten().tolist()
