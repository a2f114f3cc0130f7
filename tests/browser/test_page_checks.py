"""The checks that the page computes itself, from its own arithmetic: each fails when that arithmetic is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import ready
from tests.browser.streams import load_anew
from tests.conftest import serving
from tests.panels.brief import Broken, broken

DENSE = "?model=six-kinds-dense&text=One%20two%20three"
STATED = re.compile(r"statement:\s*[`\"]")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A checkout's, which serves each module as it lies; it loads no model but that of the tests."""
    program = "from explorer.shell.app import serve; serve(preload=False)"
    with serving(tmp_path_factory.mktemp("checkout") / "server.log", "-c", program) as address:
        yield address


#: One each time, of a panel that measures nothing, so that no process is started for it; all of them thoroughly.
CASES = [
    pytest.param(each, id=each.name, marks=() if each.name == "softmax" else pytest.mark.thorough) for each in broken()
]


@pytest.mark.parametrize("broken", CASES)
def test_a_page_that_calculates_wrongly_says_so(open_page: Callable[..., Page], server: str, broken: Broken) -> None:
    script, right, wrong = broken.script, broken.right, broken.wrong
    address = f"{server}/explorer/views/{script}"
    with urlopen(address, timeout=20) as answer:
        source = answer.read().decode()
    assert source.count(right) == 1
    page = open_page(DENSE + broken.link)
    proof = page.locator(".proof").filter(has_text=re.compile(broken.statement))
    expect(proof).to_have_attribute("data-ok", "true")

    def changed(route: Route) -> None:
        route.fulfill(body=source.replace(right, wrong), content_type="text/javascript")

    page.route(f"**/views/{script}*", changed)
    ready(page)
    load_anew(page)
    ready(page)
    expect(proof).to_have_attribute("data-ok", "false")


def test_no_check_of_the_page_is_left_out() -> None:
    from tests.conftest import ROOT

    views = (ROOT / "assets" / "views").rglob("*.js")
    assert sum(len(STATED.findall(path.read_text(encoding="utf-8"))) for path in views) == len(broken())
