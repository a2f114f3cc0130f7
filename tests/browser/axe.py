"""axe-core on a page of the browser tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def audited(page: Page, within: str | None = None, **options: Any) -> None:
    """axe-core finds nothing to complain of; `within` is quicker than the whole page."""
    if page.evaluate("!window.axe"):
        page.add_script_tag(path=AXE)
    violations = page.evaluate(
        """async ([within, options]) => {
            // a colour on its way from one theme to the other is none of either
            const ends = (each) => each.effect.getComputedTiming().endTime < Infinity;
            await Promise.allSettled(document.getAnimations().filter(ends).map((each) => each.finished));
            const given = { resultTypes: ["violations"], preload: false, ...options };
            const { violations } = await axe.run(within ?? document, given);
            return violations.flatMap(({ id, nodes }) =>
                nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
        }""",
        [within, options],
    )
    assert not violations, f"{len(violations)} violations:\n" + "\n".join(violations[:10])
