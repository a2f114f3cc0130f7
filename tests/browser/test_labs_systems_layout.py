"""What stands side by side stands side by side at every width: the sidebar takes its part of the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ready

SMALL = "model=six-kinds-dense&text=The%20capital%20of%20France%20is&new=1"
#: Pictures that lie on each other, or on words: of any two, the part of the smaller that is covered.
COVERED = """view => {
    const shown = [...view.querySelectorAll('.pbody canvas, .pbody svg.fig, .pbody table, .pbody h3')].filter(
        each => each.getBoundingClientRect().width && !each.closest('svg svg'));
    const found = [];
    for (const [at, one] of shown.entries())
        for (const other of shown.slice(at + 1)) {
            if (one.contains(other) || other.contains(one) || one.parentElement === other.parentElement) continue;
            if (one.closest('.sided, .stacked, .cone') && one.closest('.sided, .stacked, .cone') ===
                other.closest('.sided, .stacked, .cone')) continue;
            const [a, b] = [one, other].map(each => each.getBoundingClientRect());
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 4 && high > 4) found.push(`${one.tagName} on ${other.tagName}: ${wide} x ${high}`);
        }
    return found;
}"""
VIEWS = ["gptq-steps", "gptq-hessian", "fp8_attention-turned", "fp8_attention-errors", "online_softmax-row"]


@pytest.mark.thorough
@pytest.mark.parametrize("width", [900, 1024, 1240])
@pytest.mark.parametrize("view", VIEWS)
def test_grids_do_not_lie_on_each_other(open_page: Callable[..., Page], view: str, width: int) -> None:
    page = open_page(f"?{SMALL}&panel={view.partition('-')[0]}", width=width)
    page.locator(f"#{view} .pbody h3").first.wait_for()
    ready(page)
    assert page.locator(f"#{view}").evaluate(COVERED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
