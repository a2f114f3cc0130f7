"""Every panel under the hand: how long it takes to come back to one, and to follow the pointer over it.

Part of `bench page`. On small models, so that the heavy views are measured before the clock runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.bench import Report
from explorer.panels import panels

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DENSE = "/?model=six-kinds-dense&text=And%20it%20came%20to%20pass%20that&new=4"
MIXTURE = "/?model=six-kinds-moe&text=And%20it%20came%20to%20pass%20that&new=4"
#: milliseconds in which the heavy views of a panel are measured
PATIENCE = 180_000
ROUNDS = 3
#: all that a panel has is drawn and measured
STILL = (
    "() => document.querySelector('#stage')?.dataset.ready === '1' && !document.body.dataset.busy"
    " && !document.querySelector('.panel.waiting') && window.explorer?.store.run"
)
#: milliseconds from the press of a tab to the frame in which its views are drawn
OPEN = """async (name) => {
  const frame = () => new Promise(requestAnimationFrame);
  const start = performance.now();
  explorer.ctx.go(name);
  const there = () => document.querySelector('#stage')?.dataset.ready === '1'
    && document.querySelector('#stage > .panel')?.id.startsWith(`${name}-`);
  while (!there()) await frame();
  await frame();
  return performance.now() - start;
}"""
#: moves the pointer over every part of a picture and times handler, style and layout together
HOVER = """(selector) => {
  const times = [];
  for (const part of [...document.querySelectorAll(selector)].slice(0, 80)) {
    const box = part.getBoundingClientRect(), steps = part.tagName === "CANVAS" ? 60 : 1;
    for (let i = 0; i < steps; i++) {
      const at = { bubbles: true, clientX: box.left + box.width * (i + .5) / steps,
        clientY: box.top + box.height * (.1 + .8 * (i % 7) / 7) };
      const start = performance.now();
      part.dispatchEvent(new PointerEvent("pointerenter", at));
      part.dispatchEvent(new PointerEvent("pointermove", at));
      document.body.offsetHeight;
      times.push(performance.now() - start);
      part.dispatchEvent(new PointerEvent("pointerleave", at));
    }
  }
  return times;
}"""
PARTS = ".panel canvas[tabindex], .panel svg [tabindex], .panel .tok"


def percentile(values: Sequence[float | int], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))])


def all_panels(report: Report, browser: Browser, address: str) -> None:
    """Add the rows of all panels together, and the slowest one's name."""
    changes: dict[str, list[float]] = {}
    hovers: dict[str, list[float]] = {}
    experts = [name for name, panel in panels().items() if "experts" in panel.requires]
    for link, names in ((DENSE, [name for name in panels() if name not in experts]), (MIXTURE, experts)):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address + link)
        page.wait_for_function(STILL, timeout=PATIENCE)
        for name in names:
            _measured(page, name, hovers)
        for _ in range(ROUNDS):
            for name in names:
                changes.setdefault(name, []).append(page.evaluate(OPEN, name))
        page.close()
    _add(report, f"panel change, warm, {len(changes)} panels", changes)
    _add(report, f"hover redraw, {len(hovers)} panels", hovers)


def _measured(page: Page, name: str, hovers: dict[str, list[float]]) -> None:
    """Open a panel, wait until its heavy views are there, and point at all its parts."""
    page.evaluate(OPEN, name)
    page.wait_for_function(STILL, timeout=PATIENCE)
    if times := page.evaluate(HOVER, PARTS):
        hovers[name] = [float(time) for time in times]  # a whole one comes as an integer


def _add(report: Report, case: str, times: dict[str, list[float]]) -> None:
    every = [time for values in times.values() for time in values]
    report.add(f"{case}, p50 of {len(every)}", "explorer", percentile(every, 0.5), "ms")
    report.add(f"{case}, p95 of {len(every)}", "explorer", percentile(every, 0.95), "ms")
    slowest = max(times, key=lambda name: percentile(times[name], 0.5))
    report.add(f"{case}: median of the slowest, {slowest}", "explorer", percentile(times[slowest], 0.5), "ms")
