"""What the page must know of panels, in two static files; nothing of it travels with a run.

The first has what the page opens with: the tabs, the first panel, the words that are explained. All other panels'
sentences come with the second, when one of them is opened or looked for, so that a first visit weighs the same however
many panels there are. Addresses hold versions: a browser asks again only for what has changed. What the words mean is
fetched when the first of them is pointed at.
"""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson

from explorer import places

if TYPE_CHECKING:
    from explorer.shell.envelope.page import Chapter, PanelSpec

OPENING = "/explorer/opening.json"
PANELS = "/explorer/panels.json"


def manifest() -> list[PanelSpec]:
    """Chapters and panels, in their order. Imports nothing heavy."""
    from explorer.panels import panels
    from explorer.panels.protocol import CHAPTERS

    return [
        {
            "name": panel.name,
            "title": panel.title,
            "chapter": panel.chapter,
            "chapterTitle": CHAPTERS[panel.chapter],
            "about": panel.about,
            "requires": list(panel.requires),
            "also": list(panel.also),
            "views": [
                {
                    "name": view.name,
                    "title": view.title,
                    "about": view.about,
                    "provenance": list(view.provenance),
                    "depends": list(view.depends),
                    "controls": list(view.controls),
                    "heavy": view.heavy,
                    "compares": view.compares,
                    "reads": panel.reads(view),
                }
                for view in panel.views
            ],
        }
        for panel in panels().values()
    ]


def terms() -> list[dict[str, Any]]:
    """The glossary without its texts, and without the everyday words, which are not underlined."""
    entries = orjson.loads((places.assets() / "glossary.json").read_bytes())
    unsaid = ("text", "panel")
    return [
        {key: value for key, value in entry.items() if key not in unsaid}
        for entry in entries
        if not entry.get("common")
    ]


def chapters() -> list[Chapter]:
    """The tabs: each chapter that has panels, with their names and titles."""
    return [
        {"name": name, "title": title, "panels": [{"name": each["name"], "title": each["title"]} for each in inside]}
        for (name, title), inside in groupby(manifest(), key=lambda each: (each["chapter"], each["chapterTitle"]))
    ]


@cache
def panels_file() -> bytes:
    """All panels."""
    return orjson.dumps({"panels": manifest()})


@cache
def opening_file() -> bytes:
    """What the page opens with."""
    tabs = chapters()
    whole = {"chapters": tabs, "panels": manifest()[:1], "terms": terms(), "all": _versioned(PANELS, panels_file())}
    return orjson.dumps(whole)


def address() -> str:
    """Where the page finds what it opens with."""
    return _versioned(OPENING, opening_file())


def _versioned(path: str, file: bytes) -> str:
    return f"{path}?v={hashlib.sha256(file).hexdigest()[:12]}"
