"""How a page opens and is left: a link's tabs before its run, the list of runs at once, no errors on leaving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from explorer.shell.recorded.document import one_file
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.recording import Step, record
from explorer.shell.service import Explorer
from tests.browser.conftest import PATIENCE, listen, ready

Open = Callable[..., Page]
SMALL = "?model=six-kinds-dense&text=In%20the%20beginning&new=2"


def test_a_link_has_its_tabs_and_titles_before_its_run(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=attention", wait=False, hold="**/queue/join*")
    expect(page.get_by_role("tab", name="Attention", exact=True)).to_have_attribute(
        "aria-selected", "true", timeout=PATIENCE
    )
    expect(page.locator("#runstate")).to_contain_text("Opening the link")
    expect(page.locator("#attention-wall h2")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("explorer.store.run") is None


def test_a_run_is_in_the_list_as_soon_as_it_is_on_the_page(open_page: Open) -> None:
    page = open_page(SMALL + "&panel=attention&seed=11")
    page.evaluate("localStorage.removeItem('explorer.runs')")
    page.get_by_role("button", name="Compare", exact=False).first.click()
    expect(page.locator("#runsbox li").first).to_contain_text("In the beginning")
    page.locator("#runsbox").get_by_role("button", name="Close").click()


def test_leaving_by_the_address_in_mid_measurement_leaves_no_errors(open_page: Open) -> None:
    # of the default model, on a text that no other test has measured: some seconds
    page = open_page("?text=A%20text%20that%20nobody%20else%20has%20asked%20for&panel=heads_and_causes", wait=False)
    page.locator("#runstate:not(.first)").wait_for(timeout=PATIENCE)
    page.goto(page.url.split("?")[0] + "?panel=memory_table")
    ready(page)  # the fixture fails on whatever the console was told


def test_a_file_of_formulas_answers_its_choices(chromium: Browser, tmp_path: Path) -> None:
    recording = record(Explorer(), Step(Link.read("?panel=memory_calculator")), patience=0.0)
    file = tmp_path / "calculator.html"
    file.write_text(one_file(recording), encoding="utf-8")
    page = chromium.new_page()
    complaints: list[str] = []
    listen(page, complaints)
    page.goto(file.as_uri())
    view = page.locator("#memory_calculator-fit")
    first = view.locator(".answer .lead, .answer").first.inner_text(timeout=PATIENCE)
    assert "for 1 user" in first
    view.get_by_label("Users").select_option(label="2")
    expect(view).to_contain_text("for 2 users")
    view.get_by_label("Users").select_option(label="1")
    expect(view).to_contain_text("for 1 user of")
    view.get_by_label("Weights", exact=True).select_option(index=1)  # after one was turned back
    expect(view).not_to_contain_text("for 2 users")
    for name in ("fit", "budget", "table"):  # the last view weighs a model, which a file does not
        expect(page.locator(f"#memory_calculator-{name}")).not_to_contain_text("not recorded")
    page.close()
    assert not complaints, complaints
