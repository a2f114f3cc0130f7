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
from tests.tiers import spread

DENSE = "?model=six-kinds-dense&text=One%20two%20three"
#: panel's link, script, what stands in it, what it is changed to, and the statement that must fail
BROKEN = [
    (
        "&new=0&panel=sampling",
        "overview/sampling/stage.js",
        "Math.exp(stage.logits[id] - stage.logits[stage.order[0]]) / total(stage)",
        "Math.exp(stage.logits[id] - stage.logits[stage.order[1]]) / total(stage)",
        "^Softmax in the page = torch’s",
    ),
    (
        "&new=0&k=5&panel=sampling",
        "overview/sampling/steps.js",
        "Math.min(stage.left, k)",
        "Math.min(stage.left, k + 1)",
        "^The run’s own settings keep .* in the page as in Python",
    ),
    (
        "&new=1&seed=3&panel=sampling",
        "overview/sampling/stage.js",
        "const aim = u * total(stage)",
        "const aim = (1 - u) * total(stage)",
        "^u = .* picks .*, as in the run",
    ),
    (
        "&new=0&panel=memory_calculator",
        "inference/memory_calculator/arithmetic.js",
        "batch * row.kv_numbers * held(row, length) * each",
        "row.kv_numbers * held(row, length) * each",
        "^The page's product = the module's",
    ),
    (
        "&new=0&panel=memory_calculator",
        "inference/memory_calculator/serving.js",
        "users * heldTokens(sizes, length) * numbers * cache.bytes",
        "users * length * numbers * cache.bytes",
        "^The page's bytes of Llama-3.1-8B in Q4_K_M = the server's",
    ),
    (
        "&new=0&panel=memory_calculator&memory_calculator.cards=2",
        "inference/memory_calculator/serving.js",
        'cut === "none" ? 1 : 1 / cards',
        'cut === "none" ? 1 : 1',
        "^The page's bytes of Llama-3.1-8B in 12 formats = the server's",
    ),
    (
        "&new=0&panel=memory_calculator",
        "inference/memory_calculator/schemes.js",
        "(block - eighth) % 3 === 2",
        "(block - eighth) % 3 === 1",
        "^The page's weights = the server's, of 28 models in 12 formats",
    ),
    (
        "&new=0&panel=moe_cost",
        "architectures/moe_cost/arithmetic.js",
        "2 * (row.active - row.lookup) + attention",
        "2 * row.active + attention",
        "^The page’s FLOPs = the module’s",
    ),
    (
        "&new=0&panel=positions",
        "embeddings/positions/sines.js",
        "cosine: column % 2 === 1",
        "cosine: column % 2 === 0",
        "^The last row of the map equals",
    ),
    (
        "&new=0&panel=flash_backward&layer=1&head=0&pos=2",
        "systems/flash_backward/parts.js",
        "dk: product(ds, cutOf(data.q, queries), { turned: true, factor: data.scaling })",
        "dk: product(ds, cutOf(data.q, queries), { turned: true })",
        "^Sum of all tiles’ parts, added in the page",
    ),
    (
        "&new=0&panel=number_formats",
        "systems/number_formats/floating.js",
        "const bias = 2 ** (bits.exponent.length - 1) - 1;",
        "const bias = 2 ** (bits.exponent.length - 1);",
        "codes: the drawn bits, read by the formula",
    ),
    (
        "&new=0&panel=quantized_model",
        "systems/quantized_model/greedy.js",
        ".sort((a, b) => b.rate - a.rate)",
        ".sort((a, b) => a.rate - b.rate)",
        "^The page’s choice = the server’s",
    ),
    (
        "&new=0&panel=attention&with=model%3Dsix-kinds-dense%26text%3DOne%2520two%2520men%26new%3D0",
        "overview/attention/maps.js",
        "maps.a[cell] - was.a[cell]",
        "maps.a[cell] - was.a[cell + 1]",
        "^The painted differences add up",
    ),
    (
        "&new=0&panel=attention&pos=2&with=model%3Dsix-kinds-dense%26text%3DOne%2520two%2520men%26new%3D0",
        "overview/attention/strongest.js",
        "weight - was.weight[at]",
        "weight - was.weight[at + 1]",
        "^The largest painted difference = that of the weights",
    ),
]
STATED = re.compile(r"statement:\s*[`\"]")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A checkout's, which serves each module as it lies."""
    with serving(tmp_path_factory.mktemp("checkout") / "server.log") as address:
        yield address


@pytest.mark.parametrize(
    ("link", "script", "right", "wrong", "statement"),
    spread(BROKEN, 3),
    ids=[
        *("softmax", "cuts", "draw", "cache", "card", "formats", "mix", "FLOPs", "map", "gradients", "bits", "budget"),
        *("differences", "reads"),
    ],
)
def test_a_page_that_calculates_wrongly_says_so(
    open_page: Callable[..., Page], server: str, link: str, script: str, right: str, wrong: str, statement: str
) -> None:
    address = f"{server}/explorer/views/{script}"
    with urlopen(address, timeout=20) as answer:
        source = answer.read().decode()
    assert source.count(right) == 1
    page = open_page(DENSE + link)
    proof = page.locator(".proof").filter(has_text=re.compile(statement))
    expect(proof).to_have_attribute("data-ok", "true")

    def broken(route: Route) -> None:
        route.fulfill(body=source.replace(right, wrong), content_type="text/javascript")

    page.route(f"**/views/{script}*", broken)
    ready(page)
    load_anew(page)
    ready(page)
    expect(proof).to_have_attribute("data-ok", "false")


def test_no_check_of_the_page_is_left_out() -> None:
    from tests.conftest import ROOT

    views = (ROOT / "assets" / "views").rglob("*.js")
    assert sum(len(STATED.findall(path.read_text(encoding="utf-8"))) for path in views) == len(BROKEN)
