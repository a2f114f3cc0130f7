"""What the page must know of all panels to draw its tabs and frames, and the words that it explains: one static file.

It is fetched once and kept; nothing of it travels with a run. Its address holds its version, so that a browser asks for
it again only when it has changed. What the words mean is fetched when the first of them is pointed at.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson

from explorer import places

PATH = "/explorer/panels.json"


def manifest() -> list[dict[str, Any]]:
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


@cache
def file() -> bytes:
    """The file as it is served."""
    return orjson.dumps({"panels": manifest(), "terms": terms()})


def address() -> str:
    """Where the page finds it, with its version."""
    return f"{PATH}?v={hashlib.sha256(file()).hexdigest()[:12]}"
