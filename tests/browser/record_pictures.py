"""Takes the pictures for panels whose subject the open model lacks: `python -m tests.browser.record_pictures`.

Each `assets/recorded/pictures/<panel>.json` names the run and the view; the page of a server that is started here is
photographed in both themes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from explorer.shell.recorded_pictures import FOLDER
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE
from tests.conftest import serving

#: Pixels: as wide as a panel on a page of 1,440.
WIDTH, HEIGHT = 1440, 1000


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "a" / "b" / "log") as address,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for said in sorted(FOLDER.glob("*.json")):
            shown = json.loads(said.read_text(encoding="utf-8"))
            for theme in ("light", "dark"):
                page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
                page.set_default_timeout(PATIENCE)
                page.goto(f"{address}/?{shown['query']}&panel={said.stem}&__theme={theme}")
                view = page.locator(f"#{said.stem}-{shown['view']} .pbody")
                page.wait_for_function(
                    "id => document.getElementById(id)?.dataset.drawMs", arg=f"{said.stem}-{shown['view']}"
                )
                view.screenshot(path=FOLDER / f"{said.stem}.{theme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
