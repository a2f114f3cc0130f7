"""Pages without a server: a site of recordings from a server of files, and a panel as one file, from the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

import explorer
from explorer.lessons.reading import read
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.recording import Recording, Step
from explorer.shell.recorded.site import export, told_by, write
from tests.browser.conftest import CONTEXT
from tests.conftest import in_bundles

if TYPE_CHECKING:
    from explorer.zoo.model import Model

PROMPT = "One </script> two"
LIVE = "https://live.example/"
LESSON = """---
title: A small lesson
chapter: overview
minutes: 1
order: 1
learn: What a step is.
---

## Tokens

```show
?text=One two&panel=tokens&view=table
claim: n_tokens() == 2
```

The text has {n_tokens()} tokens.

## The stream

```show
?text=One two&panel=residual_stream&view=norms
claim: n_layers() == 30
```

It passes {n_layers()} blocks.
"""
DRAWN = "() => document.querySelector('#stage')?.dataset.ready === '1' && !document.querySelector('.panel.waiting')"


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def written_by(request: pytest.FixtureRequest) -> Iterator[None]:
    """From a checkout, or from a wheel."""
    with in_bundles(request.getfixturevalue("bundles")) if request.param == "wheel" else nullcontext():
        yield


@pytest.fixture(scope="module")
def made(model: Model, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Recording]]:
    """A recorded site in a folder of its host's, and what was recorded for it."""
    folder = tmp_path_factory.mktemp("host")
    links = [f"?text={PROMPT}&panel=residual_stream&pos=1", "?panel=memory_calculator", f"?text={PROMPT}&panel=tokens"]
    steps = [
        Step(Link.read(link), title, "Said of it.") for link, title in zip(links, ("One", "Two", "Three"), strict=True)
    ]
    recordings: list[Recording] = []
    lessons = [read(LESSON, "small")]
    export(steps, folder / "checkout", lessons=lessons, live=LIVE, heavy=False, said=recordings.append)
    return folder, recordings


@pytest.fixture(scope="module", params=[pytest.param("checkout", marks=pytest.mark.thorough), "wheel"])
def site(request: pytest.FixtureRequest, made: tuple[Path, list[Recording]]) -> Iterator[str]:
    """The same as any host of files serves it."""
    folder, recordings = made
    with written_by(request):
        write(recordings, folder / request.param, LIVE, {"small": told_by(read(LESSON, "small"))})
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}/{request.param}/"
    served.shutdown()
    served.server_close()


@pytest.fixture
def quiet(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`quiet(address)`: a page that must complain of nothing and ask no other host."""
    complaints: list[str] = []
    pages: list[Page] = []

    def hear(fine: bool, said: str) -> None:
        if not fine:
            complaints.append(said)

    def opened(address: str, *, offline: bool = False, width: int = 1440) -> Page:
        page = chromium.new_context(**CONTEXT, offline=offline, viewport={"width": width, "height": 900}).new_page()
        home = "/".join(address.split("/")[:3])
        pages.append(page)
        page.on("console", lambda said: hear(said.type not in ("error", "warning"), said.text))
        page.on("pageerror", lambda error: hear(False, str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((home, "blob:", "data:")) else complaints.append(asked.url),
        )
        page.goto(address)
        return page

    yield opened
    for page in pages:
        page.context.close()
    assert not complaints, complaints


def test_a_site_works_without_a_server_of_models(site: str, quiet: Callable[..., Page]) -> None:
    page = quiet(site)
    page.get_by_role("link", name="One").first.click()
    page.wait_for_function(DRAWN)
    assert page.locator("#told h2").inner_text() == "One"
    assert page.locator(".panel .tag").all_inner_texts().count("RECORDED") == page.locator(".panel").count()
    # another token was stored with it: its numbers are the page's own, without a word of the recording
    before = page.locator("[data-view=waterfall]").inner_text()
    page.locator("#strip [data-position='2'], #strip .tok >> nth=2").first.click()
    page.wait_for_function(DRAWN)
    assert page.locator("[data-view=waterfall]").inner_text() != before
    assert not page.get_by_text("This is not recorded").count()
    # a token that nobody thought of was not
    page.evaluate("window.explorer.store.set({ target: 4711 })")
    page.locator("[data-view=rank]").get_by_text("This is not recorded").wait_for()
    live = page.locator("[data-view=rank] a", has_text="Run live").get_attribute("href") or ""
    assert live.startswith(LIVE)
    assert "target=4711" in live
    page.locator("[data-view=rank] button", has_text="Back to the recorded selection").click()
    page.wait_for_function("() => !document.querySelector('#stage').textContent.includes('not recorded')")
    # the code is there; a run is not
    page.get_by_role("button", name="Source of").first.click()
    page.locator("#sourcebox code").first.wait_for()
    page.keyboard.press("Escape")
    page.evaluate("window.explorer.ctx.intervene('ablate:0.0')")
    page.locator("#notice", has_text="This run is not recorded").wait_for()
    # the next place, and back
    page.get_by_role("link", name="Next").click()
    page.wait_for_function("() => document.title.startsWith('Memory')")
    page.wait_for_function(DRAWN)
    page.get_by_role("tab", name="The walk").click()  # a panel of a run: that comes with it
    page.wait_for_function("() => document.querySelector('#strip .tok')")
    page.wait_for_function(DRAWN)
    page.go_back()
    page.wait_for_function(DRAWN)
    assert not page.get_by_text("not recorded").count()


@pytest.mark.thorough
def test_a_lesson_is_read_without_a_server(site: str, quiet: Callable[..., Page]) -> None:
    page = quiet(site)
    page.get_by_role("link", name="A small lesson").click()
    page.wait_for_function(DRAWN)
    page.locator("#lesson", has_text="The text has 2 tokens").wait_for()  # what the step says of its run
    page.locator("#lesson button", has_text="Next").click()
    page.locator("#lesson", has_text="It passes 30 blocks").wait_for()
    page.wait_for_function("() => document.title.startsWith('Residual')")
    page.wait_for_function(DRAWN)
    assert not page.get_by_text("not recorded").count()


@pytest.fixture(params=[pytest.param("checkout", marks=pytest.mark.thorough), "wheel"])
def house(request: pytest.FixtureRequest) -> Iterator[None]:
    with written_by(request):
        yield


def test_a_panel_is_one_file_that_opens_without_a_network(
    house: None, model: Model, tmp_path: Path, quiet: Callable[..., Page]
) -> None:
    shown = explorer.show(explorer.trace(model, PROMPT, 1), "attention", layer=3, head=1)
    page = quiet(shown.save(tmp_path / "attention.html").as_uri(), offline=True, width=390)
    page.wait_for_function(DRAWN)
    assert PROMPT in (page.locator("#told dl").text_content() or "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    title = page.locator("[data-view=head] h2")
    assert "L3.H1" in title.inner_text()
    page.evaluate("window.explorer.store.set({ head: 2 })")
    page.wait_for_function("() => document.querySelector('[data-view=head] h2').textContent.includes('L3.H2')")
    picture = page.evaluate("window.explorerPicture('head')")
    assert picture.startswith("<svg")
    assert "L3.H2" in picture
    # in a notebook's cell it is the same page, in a frame that reaches nothing around it
    (tmp_path / "cell.html").write_text(f"<!doctype html><h1>A notebook</h1>{shown._repr_mimebundle_()['text/html']}")
    cell = quiet((tmp_path / "cell.html").as_uri(), offline=True).frame_locator("iframe")
    cell.locator("[data-view=head] h2", has_text="L3.H1").wait_for()
    assert cell.locator("#foot").inner_text().startswith("RECORDED")
    assert not cell.locator("#side").is_visible()


def test_a_chart_is_drawn_in_one_file(house: None, model: Model, tmp_path: Path, quiet: Callable[..., Page]) -> None:
    shown = explorer.show(explorer.trace(model, PROMPT, 1), "feed_forward")
    page = quiet(shown.save(tmp_path / "chart.html").as_uri(), offline=True)
    page.wait_for_function(DRAWN)
    page.locator("#stage .js-plotly-plot").first.wait_for()


def test_one_panel_in_a_frame(open_page: Callable[..., Page]) -> None:
    page = open_page("?embed=1&panel=tokens", width=390)
    foot = page.locator("#foot a")
    foot.wait_for()
    assert not page.locator("#side").is_visible()
    assert not page.locator(".tabs").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "embed" in page.url  # it stays so when the frame is loaded anew
    assert "embed" not in str(foot.get_attribute("href"))
