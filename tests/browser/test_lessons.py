"""The tour as a newcomer takes it, a lesson that is left and taken up again, and one that comes from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take the tour")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take the tour")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # not now
    expect(page.locator(".lessonoffer")).to_have_count(0)


def test_the_tour(open_page: Callable[..., Page]) -> None:
    page = open_page("")
    expect(page.locator(".lessonoffer")).to_have_count(0)  # nothing of it comes before somebody moves
    page.mouse.move(400, 300)
    page.mouse.move(410, 300)
    page.get_by_role("button", name="Take the tour").click()
    lesson = page.locator("#lesson")
    expect(lesson.locator(".proved")).to_contain_text("3 statements checked on this run")
    expect(lesson.locator(".stepbody")).to_contain_text("92.3 %")
    assert page.url.endswith("&lesson=five-minutes&step=1")

    # predict, then see: another run comes, and the verdict is of that one
    lesson.get_by_role("button", name="5. Take one out").click()
    ready(page)
    lesson.get_by_role("button", name="·John").click()
    expect(lesson.locator(".verdict")).to_contain_text(
        "It went otherwise. ·Mary stays first, at 89.3 %", timeout=PATIENCE
    )
    page.wait_for_function("() => String(explorer.store.applied) === 'ablate:23.1'")
    expect(lesson.locator(".changes")).to_contain_text("L23.H1 off")

    # an answer that is picked in the picture; the step's own state is there again, without the change
    lesson.get_by_role("button", name="3. The answer is a sum").click()
    page.wait_for_function("() => !explorer.store.applied.length && explorer.store.focus.layer === 12")
    ready(page)
    page.evaluate("explorer.store.set({ layer: 20 })")
    expect(lesson.locator(".verdict")).to_contain_text("Not this one (block 20)")
    page.evaluate("explorer.store.set({ layer: 23 })")
    expect(lesson.locator(".verdict")).to_contain_text("Yes. Block 23 adds +4.06")

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
    expect(page.locator(".lessonline")).to_contain_text("Left at step 4 of 6")
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
