"""`bench page` drives the page that there is: its steps on one panel, a round each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from explorer.bench import Report, page, page_panels


def test_a_panel_is_timed(open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "RUNS", 1)
    opened = open_page(page_panels.DENSE.removeprefix("/"))
    hovers: dict[str, list[float]] = {}
    page_panels._measured(opened, "residual_stream", hovers)
    assert len(hovers["residual_stream"]) > 10
    assert opened.evaluate(page_panels.OPEN, "walk") > 0
    report = Report("page")
    page._panel(report, opened, "attention")
    assert [row.unit for row in report.rows] == ["ms"] * 3
    assert report.rows[-1].case.startswith("attention: hover redraw")
    assert all(row.value > 0 for row in report.rows[:2])
