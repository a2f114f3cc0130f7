"""Records the README's pictures that move: `python -m tests.browser.record_loops`.

Each is a place of the real page, a selection that goes step by step, and what is photographed after each. The frames
become one animated WebP in `assets/shots`. Loops named behind the command are recorded alone.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE, ready
from tests.conftest import ROOT, serving

SHOTS = ROOT / "assets" / "shots"
#: pixels of the page, and of the picture
WIDTH, HEIGHT, WIDE = 1180, 2000, 880
#: bytes that a README's picture may take
LIMIT = 400_000


@dataclass(frozen=True)
class Loop:
    """What is recorded: where, what is done before each frame, and for how many milliseconds a frame stands."""

    query: str
    view: str
    steps: Sequence[str]
    """JavaScript, a frame each."""
    milliseconds: int
    height: int
    """Pixels of the view's own that are shown."""
    top: int = 0
    """Pixels of it above those."""


#: heads that read different things: the same token, the one before, the first, a name
HEADS = ((4, 2), (9, 1), (12, 5), (20, 1), (23, 1), (27, 4))
LOOPS = {
    "walk": Loop(
        "?panel=walk&view=river",
        "walk-river",
        [f"explorer.store.set({{ position: {at} }})" for at in (1, 3, 5, 7, 9, 11, 12, 13)],
        900,
        620,
    ),
    "heads": Loop(
        "?panel=attention&view=head",
        "attention-head",
        [f"explorer.store.set({{ layer: {layer}, head: {head} }})" for layer, head in HEADS],
        1400,
        596,
        24,
    ),
    "tiles": Loop(
        "?panel=flash_tiles&view=tiles&layer=11&head=2&pos=14&flash_tiles.head=selected&flash_tiles.rows=4"
        "&flash_tiles.columns=4&flash_tiles.step=1",
        "flash_tiles-tiles",
        ["true", *["document.querySelector('#flash_tiles-tiles [aria-label=\"One step on\"]').click()"] * 8],
        900,
        748,
        262,
    ),
}


def main(names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server" / "server.log"
        log.parent.mkdir()
        with serving(log) as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, loop in LOOPS.items():
                if names and name not in names:
                    continue
                page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
                page.set_default_timeout(PATIENCE)
                page.goto(f"{address}/{loop.query}&__theme=light")
                nbytes = write(frames(page, loop), loop.milliseconds, SHOTS / f"{name}.webp")
                page.close()
                print(f"{name}.webp: {len(loop.steps)} frames, {nbytes:,} bytes")
            browser.close()


def frames(page: Page, loop: Loop) -> list[Image.Image]:
    """The view after each step."""
    page.wait_for_function("id => document.getElementById(id)?.dataset.drawMs", arg=loop.view)
    ready(page)
    view = page.locator(f"#{loop.view}")
    made: list[Image.Image] = []
    for step in loop.steps:
        page.evaluate(step)
        page.wait_for_timeout(100)  # until it asks for what it needs
        ready(page)
        page.wait_for_timeout(150)  # what is drawn in a frame of its own
        image = Image.open(io.BytesIO(view.screenshot())).convert("RGB")
        made.append(image)
    width, height = made[0].width, min(loop.height, *(each.height - loop.top for each in made))
    return [each.crop((0, loop.top, width, loop.top + height)) for each in made]


def write(images: Sequence[Image.Image], milliseconds: int, path: Path) -> int:
    """One picture of all frames, as wide and as good as the bytes allow. Raises ValueError where nothing does."""
    for wide, quality in ((WIDE, 75), (WIDE, 55), (760, 55), (760, 40), (640, 45), (560, 35)):
        size = (wide, round(images[0].height * wide / images[0].width))
        first, *others = [each.resize(size, Image.Resampling.LANCZOS) for each in images]
        file = io.BytesIO()
        how = {"save_all": True, "append_images": others, "duration": milliseconds, "loop": 0, "method": 4}
        first.save(file, "WEBP", quality=quality, **how)
        if file.tell() <= LIMIT:
            return path.write_bytes(file.getvalue())
    raise ValueError(f"{path.name} takes more than {LIMIT:,} bytes at any quality: show less, or fewer frames.")


if __name__ == "__main__":
    main(sys.argv[1:])
