"""A view of a page of one file as SVG: drawn by the page itself, in a browser without a window.

The pictures are the page's own; there is no second way of drawing them. So a script that saves one needs Playwright and
Chromium.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from explorer.errors import BadRequestError

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
#: milliseconds for the view to be drawn
PATIENCE = 60_000
WIDTH, HEIGHT = 1200, 900
_DRAWN = "(view) => document.querySelector(`[data-view='${view}']`)?.dataset.ready === '1'"


def picture(page: str, view: str) -> str:
    """The SVG of a view. Raises BadRequestError where there is no browser."""
    # a notebook's own thread has an event loop, in which the browser's driver does not work
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_picture, page, view).result()


def _picture(page: str, view: str) -> str:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise _no_browser("Playwright is not installed") from error
    with TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        try:
            found = next(filter(None, map(shutil.which, NAMES)), None)
            browser = play.chromium.launch(executable_path=found, args=FLAGS)
        except Error as error:
            raise _no_browser("Chromium was not found") from error
        opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        opened.goto(file.as_uri())
        opened.wait_for_function(_DRAWN, arg=view, timeout=PATIENCE)
        return str(opened.evaluate("(view) => window.explorerPicture(view)", view))


def _no_browser(why: str) -> BadRequestError:
    return BadRequestError(
        f"{why}: the page's own script draws its pictures.", "pip install playwright; playwright install chromium"
    )
