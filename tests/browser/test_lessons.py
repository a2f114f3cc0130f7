"""The tour as a newcomer takes it, a lesson that is left and taken up again, and one that comes from a file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PATIENCE, ready
from tests.browser.streams import load_anew

OWN = """---
title: My own
chapter: overview
minutes: 1
learn: That a <b>file</b> is a lesson.
---

## First

```show
?panel=tokens&view=table
claim: n_prompt_tokens() == 14
```

It has {n_prompt_tokens()} tokens, <img src=x onerror="window.broken = 1"> and `$\\{window.broken = 2}`.
"""


@pytest.mark.thorough
def test_the_keyboard_finds_the_tour(open_page: Callable[..., Page]) -> None:
    open_page("", wait=False)
    page = open_page("")  # another visitor, who has never been here
    page.get_by_role("tab", name="Walk", exact=True).focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Take the five-minute tour":
            break
    expect(page.get_by_role("button", name="Take the five-minute tour")).to_be_focused()
    page.keyboard.press("Tab")  # the map
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # not now
    expect(page.locator(".welcome")).to_have_count(0)


def test_the_tour(open_page: Callable[..., Page]) -> None:
    page = open_page("", wait=False)
    page.get_by_role("button", name="Take the five-minute tour").click()  # before the live run is there
    ready(page)
    lesson = page.locator("#lesson")
    expect(lesson.locator(".proved")).to_contain_text("3 statements checked on this run")
    expect(lesson.locator(".stepbody")).to_contain_text("92.3 %")
    assert page.url.endswith("&lesson=five-minutes&step=1")

    # predict, then see: another run comes, and the verdict is of that one
    lesson.get_by_role("button", name="5. Take one out").click()
    ready(page)
    lesson.get_by_role("button", name="·John").click()
    expect(lesson.locator(".verdict")).to_contain_text(
        "The run gives another answer. ·Mary stays first, at 89.3 %", timeout=PATIENCE
    )
    page.wait_for_function("() => String(explorer.store.applied) === 'ablate:23.1'")
    expect(lesson.locator(".changes")).to_contain_text("L23.H1 off")

    # an answer that is picked in the picture; the step's own state is there again, without the change
    lesson.get_by_role("button", name="3. The answer is a sum").click()
    page.wait_for_function("() => !explorer.store.applied.length && explorer.store.focus.layer === 12")
    ready(page)
    page.evaluate("explorer.store.set({ layer: 20 })")
    expect(lesson.locator(".verdict")).to_contain_text("Not this one (block 20)")
    page.locator("#walk-river [data-block='23']").click()
    expect(lesson.locator(".verdict")).to_contain_text("Yes. Block 23 pushes by +3.75")
    page.wait_for_timeout(600)
    assert page.evaluate("scrollY") < 50, "a pick leaves the reader at the picture"

    # the same with a head, whose press leads to another panel elsewhere
    lesson.get_by_role("button", name="4. Nine heads").click()
    ready(page)
    page.locator("#walk-block .head-map").nth(0).click()
    expect(lesson.locator(".verdict")).to_contain_text("Yes. L23.H0 puts 68.9 %")
    page.wait_for_timeout(300)
    assert page.evaluate("explorer.store.panel") == "walk"

    # Next while a run is on its way: the last step is shown in the end
    held: list[Route] = []
    late = threading.Event()
    page.route("**/queue/join*", lambda route: route.continue_() if late.is_set() else held.append(route))
    for name in ("5. Take one out", "6. Chance has a say", "1. A word to guess", "2. Text becomes tokens"):
        lesson.get_by_role("button", name=name).click()
    page.wait_for_timeout(200)
    late.set()
    assert held, "a run is on its way"
    for each in held:
        each.continue_()
    page.wait_for_function("explorer.store.panel === 'tokens' && !explorer.store.applied.length", timeout=PATIENCE)
    ready(page)
    page.wait_for_timeout(1500)
    assert page.evaluate("[explorer.store.panel, explorer.store.applied.length]") == ["tokens", 0]
    page.go_back()  # to the step that was shown before, not out of the page
    page.wait_for_function("explorer.store.panel === 'walk'", timeout=PATIENCE)
    expect(lesson.locator("[aria-current=step]")).to_contain_text("4. Nine heads")
    lesson.get_by_role("button", name="3. The answer is a sum").click()
    page.wait_for_function("explorer.store.panel === 'walk'", timeout=PATIENCE)
    ready(page)

    # elsewhere and back; the arrow keys walk
    page.get_by_role("tab", name="Attention", exact=True).click()
    lesson.get_by_role("button", name="Back to step 3").click()
    expect(page.locator("#walk-river")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    expect(lesson.locator("[aria-current=step]")).to_contain_text("4. Nine heads")

    # left, and taken up again by somebody who comes back
    lesson.get_by_role("button", name="Leave").click()
    assert "lesson=" not in page.url
    load_anew(page)
    ready(page)
    page.mouse.move(500, 300)
    page.mouse.move(510, 300)
    expect(page.locator(".lessonline")).to_contain_text("You left at step 4 of 6")
    page.get_by_role("button", name="Resume").click()
    expect(lesson.locator("[aria-current=step]")).to_contain_text("4. Nine heads")
    page.evaluate("localStorage.clear()")  # other tests share this browser


def test_a_file_becomes_a_lesson_and_a_link_that_carries_it(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page("?panel=walk")
    page.get_by_role("button", name="Lessons").click()
    box = page.locator("#lessonbox")
    expect(box.get_by_role("button", name="Five minutes with one word")).to_be_visible()
    broken, own = tmp_path / "broken.md", tmp_path / "own.md"
    broken.write_text(OWN.replace("panel=tokens", "panel=token"))
    own.write_text(OWN)
    box.locator("input[type=file]").set_input_files(broken)
    expect(box.locator(".errbox")).to_contain_text("Line 11: there is no panel “token”")
    box.locator("input[type=file]").set_input_files(own)
    expect(box.locator("div.preview")).to_contain_text("That a <b>file</b> is a lesson.")
    box.get_by_role("button", name="Copy its link").click()
    expect(page.locator("#toast")).to_contain_text("the whole lesson is in it")
    link = page.evaluate("navigator.clipboard.readText()")
    assert "#lesson=" in link
    assert len(link) < 700

    other = open_page(link[link.index("?") :], width=390, height=844)
    expect(other.locator("#lesson .stepbody")).to_contain_text("It has 14 tokens, <img src=x")
    expect(other.locator("#lesson .proved")).to_contain_text("One statement checked")
    assert other.evaluate("[window.broken, document.documentElement.scrollWidth]") == [None, 390]
    assert other.url.endswith(link[link.index("#") :])
    assert other.locator(".panel:visible").count() == 1
