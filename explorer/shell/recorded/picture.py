"""A view of a page of one file as SVG: drawn by the page itself, in a browser without a window.

The pictures are the page's own; there is no second way of drawing them. So a script that saves one needs a browser.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from explorer.shell.recorded.browser import chromium

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
    with TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        opened = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        opened.goto(file.as_uri())
        opened.wait_for_function(_DRAWN, arg=view, timeout=PATIENCE)
        return str(opened.evaluate("(view) => window.explorerPicture(view)", view))
