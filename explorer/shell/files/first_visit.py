"""The files of a first visit, as they lie, so that a server can pack them while it starts.

Which of its nine hundred files Gradio's page brings is known to its own scripts alone: `first_visit.txt` is what a
browser asked for. Of another version of Gradio the names are others; then the first visitor's are packed quickly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from explorer import places
from explorer.shell.files import manifest, scripts, styles

GRADIO = Path(__file__).with_suffix(".txt")
#: whose scripts, with all that they import, the first picture needs
FOLDERS = ("shell", "views/overview/walk")
OTHERS = ("vendor/d3_first.js", "vendor/lit.js", "recorded/first.json")


def files() -> Iterator[tuple[str, bytes]]:
    """The address and content of each."""
    assets = places.assets()
    begin = (path.relative_to(assets).as_posix() for folder in FOLDERS for path in (assets / folder).rglob("*.js"))
    for path in dict.fromkeys((*OTHERS, *(each for entry in begin for each in scripts.imported(entry)))):
        yield f"/explorer/{path}", (assets / path).read_bytes()
    for path in (scripts.SHEET, "views/overview/walk/walk.css"):
        yield f"/explorer/{path}", scripts.sheet(path).encode()
    yield manifest.OPENING, manifest.opening_file()
    for name in GRADIO.read_text(encoding="utf-8").split():
        path = styles.FOLDER / name
        layered = styles.layered(path.stem) if path.suffix == ".css" else None
        if layered is not None:
            yield f"/assets/{name}", layered.encode()
        elif path.is_file():
            yield f"/assets/{name}", path.read_bytes()
