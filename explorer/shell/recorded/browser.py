"""Chromium without a window, for those who want a picture or a measurement: by Playwright, which is no dependency."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
HINT = "pip install playwright; playwright install chromium"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; Playwright's own where the machine has none. Raises BadRequestError where there is none at all."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BadRequestError("This needs a browser, and Playwright is not installed.", HINT) from error
    with sync_playwright() as play:
        try:
            found = next(filter(None, map(shutil.which, NAMES)), None)
            browser = play.chromium.launch(executable_path=found, args=FLAGS)
        except Error as error:
            raise BadRequestError("This needs a browser, and Chromium was not found.", HINT) from error
        yield browser
        browser.close()
