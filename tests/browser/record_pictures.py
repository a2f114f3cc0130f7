"""Takes the pictures for panels whose subject the open model lacks: `python -m tests.browser.record_pictures`.

Each `assets/recorded/pictures/<panel>.json` names the run and the view; the page of a server that is started here is
photographed in both themes. Panels named behind the command are taken alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from explorer.shell.views.recorded_pictures import FOLDER
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE, ready
from tests.conftest import serving

#: Pixels of the page.
WIDTH, HEIGHT = 1440, 1000


def main(panels: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server" / "server.log"
        log.parent.mkdir()
        with serving(log) as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for said in sorted(FOLDER.glob("*.json")):
                if panels and said.stem not in panels:
                    continue
                for theme in ("light", "dark"):
                    take(browser, address, said, theme)
            browser.close()


def take(browser: Browser, address: str, said: Path, theme: str) -> None:
    """The body of the view that `said` names, as the page shows it."""
    shown, panel = json.loads(said.read_text(encoding="utf-8")), said.stem
    view = f"{panel}-{shown['view']}"
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/?{shown['query']}&panel={panel}&__theme={theme}")
    page.wait_for_function("id => document.getElementById(id)?.dataset.drawMs", arg=view)
    ready(page)  # what is measured is drawn before it is whole
    page.locator(f"#{view} .pbody").screenshot(path=FOLDER / f"{panel}.{theme}.png")
    page.close()


if __name__ == "__main__":
    main(sys.argv[1:])
