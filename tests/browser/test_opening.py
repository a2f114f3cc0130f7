"""How a page opens and is left: a link's tabs before its run, the list of runs at once, no errors on leaving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from explorer.panels import panels
from explorer.panels.scene import Scene
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


def test_a_file_of_formulas_answers_every_combination(chromium: Browser, tmp_path: Path) -> None:
    """Several controls at once, numbers of one's own and a number that is refused: the formulas are in the file."""
    recording = record(Explorer(), Step(Link.read("?panel=memory_calculator")), patience=0.0)
    assert len(recording.answers) == 1
    file = tmp_path / "calculator.html"
    file.write_text(one_file(recording), encoding="utf-8")
    page = chromium.new_page()
    complaints: list[str] = []
    listen(page, complaints)
    page.goto(file.as_uri())
    view = page.locator("#memory_calculator-fit")
    verdict = view.locator(".verdict")
    expect(verdict).to_contain_text("Fits on one RTX 4090: Llama-3.1-8B in Q4_K_M for 1 user", timeout=PATIENCE)
    asked = {"model": "Llama-3-70B", "weights": "q5_k_m", "cache": "int8", "batch": 8, "length": 16384, "cards": 3}
    labels = ("Model", "Weights", "Keys and values", "Users", "Tokens each", "Cards")
    for label, value in zip(labels, asked.values(), strict=True):
        view.get_by_label(label, exact=True).select_option(str(value))
    made = panels()["memory_calculator"].render("fit", Scene(controls=asked)).data.answer
    words = f"Each card needs {made.total / 1e9:.1f} GB and has 25.8 GB"
    expect(verdict).to_contain_text(
        f"Does not fit on 3 × RTX 4090: Llama-3-70B in Q5_K_M for 8 users of 16,384 tokens. {words}"
    )
    remedies = view.get_by_role("group", name="What would make it fit").get_by_role("button")
    assert [each.strip() for each in remedies.all_inner_texts()] == [each.words for each in made.remedies]
    remedies.first.click()
    expect(verdict).to_contain_text("Fits on 3 × RTX 4090")
    view.get_by_label("Model", exact=True).select_option("own")
    view.get_by_role("spinbutton", name="Key/value heads").fill("5")
    expect(view.locator(".wrong")).to_have_text("32 query heads cannot share 5 key/value heads evenly.")
    view.get_by_role("spinbutton", name="Key/value heads").fill("4")
    expect(verdict).to_contain_text("Own numbers in Q5_K_M")
    expect(page.locator("#memory_calculator-budget")).to_contain_text("Own numbers fits in")
    expect(page.locator("#memory_calculator-table")).to_contain_text("The cache of Own numbers takes")
    for name in ("fit", "budget", "table"):
        expect(page.locator(f"#memory_calculator-{name} .proof").last).to_have_attribute("data-ok", "true")
    view.get_by_label("Model", exact=True).select_option("config")
    expect(view.locator(".wrong")).to_contain_text("Paste a model's config.json")
    view.get_by_label("config.json, or owner/name").fill('{"model_type": "llama"}')  # transformers read it
    expect(view).to_contain_text("A running explorer answers it.")
    view.get_by_role("button", name="Back to the recorded selection").click()
    expect(verdict).to_contain_text("Fits on one RTX 4090: Llama-3.1-8B in Q4_K_M for 1 user")
    page.close()
    assert not complaints, complaints
