"""First-time tasks in the counterfactuals of a mixture of experts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ready
from tests.tiers import spread

TEXT = "And%20the%20earth%20was%20without%20form%2C%20and%20void"
#: Over few and short texts, the same for every prompt.
SHORT = "&panel=counterfactuals&counterfactuals.texts=1&counterfactuals.tokens=16"
START = f"?model=six-kinds-moe&text={TEXT}&new=4&seed=3{SHORT}"


def measured(page: Page) -> None:
    ready(page)


@pytest.mark.thorough
def test_forbid_the_expert_that_this_token_needs_most(open_page: Callable[..., Page]) -> None:
    page = open_page(START)
    bars = page.locator("#counterfactuals-depth .needed")
    most = max(bars.all(), key=lambda bar: float(bar.get_attribute("data-kl") or 0))
    layer, expert = most.get_attribute("data-layer"), most.get_attribute("data-expert")
    assert float(most.get_attribute("data-kl") or 0) > 0
    most.click()
    table = page.locator("#counterfactuals-table")
    row = table.locator("tr.on", has=page.locator(f"[data-expert='{expert}']"))
    expect(row).to_be_visible(timeout=PATIENCE)
    expect(table.locator("h2")).to_contain_text(f"in block {layer}", timeout=PATIENCE)
    measured(page)
    expect(row.locator(".own")).to_be_visible()
    expect(page.locator("#counterfactuals-continuation .readout")).to_contain_text(f"Expert {expert} forbidden in")
    before = page.locator("#pinned .nextbox").inner_text()
    table.get_by_role("button", name="Keep this change").click()
    stack = page.locator("#interventions-view .iv")
    expect(stack).to_have_count(1, timeout=PATIENCE)
    measured(page)
    expect(stack).to_contain_text(f"expert {expert} forbidden in block {layer} at position")
    expect(page.locator("#effect")).to_contain_text("KL")
    assert page.locator("#pinned .nextbox").inner_text() != before
    assert f"do=forbid%3A{layer}%3A" in page.url
    assert f"expert={expert}" in page.url  # the selection that the other panels follow
    note = page.locator("#counterfactuals-depth .basenote")
    expect(note).to_contain_text(re.compile(r"it also uses \d+ of them in the unchanged run"))
    assert page.locator("#counterfactuals-depth [data-was]").count() > 0
    expect(row).to_contain_text("on the stack")
    expect(table.locator(".chosen-change + .hint")).to_contain_text("from the run with its 1 intervention")
    assert not page.locator(".proof.fail").count()
    row.get_by_role("button", name=re.compile("Remove")).click()
    expect(stack.and_(page.locator(":not(.off)"))).to_have_count(0, timeout=PATIENCE)
    measured(page)
    assert page.locator("#pinned .nextbox").inner_text() == before


@pytest.mark.thorough
def test_the_rows_follow_the_selection_and_the_link(open_page: Callable[..., Page]) -> None:
    page = open_page(START + "&pos=3&counterfactuals.do=force&counterfactuals.scope=token&counterfactuals.pick=k1")
    table = page.locator("#counterfactuals-table")
    expect(table.locator("h2")).to_have_text(re.compile("Force one expert for “.+” in all blocks"))
    counts = page.locator("#counterfactuals-counts")
    assert counts.locator("tr.on [data-k='1']").count() == 1
    assert counts.locator("tr", has_text="trained").count() == 1
    continuation = page.locator("#counterfactuals-continuation")
    expect(continuation.locator(".readout")).to_contain_text("1 expert a token in every block")
    page.locator("#strip .tok, .strip .tok").nth(6).click()
    page.wait_for_timeout(100)
    measured(page)
    assert page.locator(".again").count() == 0
    assert table.locator("tr [data-expert]").count() == 8
    cell = continuation.locator(".written-step[tabindex='0']")
    cell.focus()
    page.keyboard.press("End")
    last = continuation.locator(".written-step[aria-pressed=true]")
    assert int(last.get_attribute("data-step") or -1) == continuation.locator(".written-step").count() - 1


@pytest.mark.thorough
def test_the_sidebar_offers_changes_of_the_routing(open_page: Callable[..., Page]) -> None:
    page = open_page(START.replace("counterfactuals", "sampling") + "&layer=2&expert=5&pos=3")
    add = page.get_by_role("combobox", name="Add an intervention")
    add.select_option(label="Forbid expert 5 in block 2 at position 3")
    expect(page.locator("#interventions-view .iv")).to_contain_text("expert 5 forbidden", timeout=PATIENCE)
    ready(page)
    add.select_option(label="One expert a token in every block")
    expect(page.locator("#interventions-view .iv")).to_have_count(2, timeout=PATIENCE)
    ready(page)
    add.select_option(label="Forbid or force an expert…")
    expect(page.locator("#counterfactuals-table")).to_be_visible(timeout=PATIENCE)


@pytest.mark.thorough
def test_forbid_what_the_texts_need_most(open_page: Callable[..., Page]) -> None:
    page = open_page(START, width=390)
    section = page.locator("#counterfactuals-over_texts")
    first = section.locator("tbody tr").first.locator("td")
    block, expert = re.findall(r"\d+", first.first.inner_text())
    expect(section.locator(".said")).to_contain_text(f"When expert {expert} of block {block} is forbidden")
    section.locator("canvas").press("Enter")
    stack = page.locator("#interventions-view .iv")
    expect(stack).to_contain_text(f"expert {expert} forbidden in block {block}", timeout=PATIENCE)
    measured(page)
    expect(section.locator(".said")).to_contain_text("It is forbidden in this run.")
    assert not page.locator(".proof.fail").count()
    section.get_by_role("button", name="used by").click()
    expect(section.locator("th[aria-sort=descending]")).to_have_text(re.compile("used by"))
    section.locator("canvas").press("ArrowDown")
    expect(section.locator(".said")).to_contain_text(f"block {int(block) + 1 if int(block) < 5 else 5}")


@pytest.mark.parametrize(
    ("query", "says"),
    spread(
        [
            ("?model=six-kinds-moe&text=one&do=force:0:all:99", "there is no expert 99"),
            ("?model=six-kinds-moe&text=one&do=experts:all:9", "9 experts a token are not possible"),
            ("?model=six-kinds-moe&text=one&do=forbid:0:5:1", "there is no position 5"),
            ("?model=smollm2-135m&text=one&do=force:0:all:99", "This model has no experts"),
        ],
        1,
    ),
)
@pytest.mark.thorough
def test_a_link_that_asks_for_an_expert_that_is_not_there(
    open_page: Callable[..., Page], query: str, says: str
) -> None:
    page = open_page(query + SHORT, wait=False)
    expect(page.get_by_role("alert")).to_contain_text(says, timeout=PATIENCE)
    page.get_by_role("button", name="Run without interventions").click()
    ready(page)
    assert "do=" not in page.url


@pytest.mark.thorough
def test_a_dense_model_offers_the_mixture(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=smollm2-135m&text=one%20two" + SHORT)
    expect(page.locator("#lacking")).to_contain_text("is a dense model", timeout=PATIENCE)
    page.locator("#lacking").get_by_role("button", name=re.compile("Open six-kinds")).click()
    expect(page.locator("#counterfactuals-table tr [data-expert]")).to_have_count(8, timeout=PATIENCE)
