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
from typing import TYPE_CHECKING

import orjson

from explorer import places

if TYPE_CHECKING:
    from explorer.panels.controls import Control
    from explorer.shell.envelope.page import Chapter, ControlSpec, OpeningFile, PanelsFile, PanelSpec, Term, TermName

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
            "controls": [control_spec(each) for each in panel.controls],
            "views": [
                {
                    "name": view.name,
                    "title": view.title,
                    "about": view.about,
                    "provenance": list(view.provenance),
                    "depends": list(view.depends),
                    "controls": [each for each in view.controls if each not in view.in_page],
                    "heavy": view.heavy,
                    "compares": view.compares,
                    "reads": panel.reads(view),
                }
                for view in panel.views
            ],
        }
        for panel in panels().values()
    ]


def control_spec(control: Control) -> ControlSpec:
    said: ControlSpec = {
        "name": control.name, "label": control.label, "meaning": control.meaning, "kind": control.kind,
        "ranged": control.range is not None,
    }  # fmt: skip
    if control.default is not None:
        said["default"] = control.default
    if control.named:
        said["choices"] = list(control.named)
    if control.range is not None:
        said["low"], said["high"] = control.range
    if control.step is not None:
        said["step"] = control.step
    if control.longest is not None:
        said["longest"] = control.longest
    if control.unit:
        said["unit"] = control.unit
    return said


def glossary() -> list[Term]:
    """All terms with what they mean."""
    return orjson.loads((places.assets() / "glossary.json").read_bytes())


def terms() -> list[TermName]:
    """The glossary without its texts, and without the everyday words, which are not underlined."""
    return [_name(term) for term in glossary() if not term.get("common")]


def _name(term: Term) -> TermName:
    return {"term": term["term"], "ways": term["ways"]} if "ways" in term else {"term": term["term"]}


def chapters() -> list[Chapter]:
    """The tabs: each chapter that has panels, with their names and titles."""
    return [
        {"name": name, "title": title, "panels": [{"name": each["name"], "title": each["title"]} for each in inside]}
        for (name, title), inside in groupby(manifest(), key=lambda each: (each["chapter"], each["chapterTitle"]))
    ]


@cache
def panels_file() -> bytes:
    """All panels."""
    file: PanelsFile = {"panels": manifest()}
    return orjson.dumps(file)


@cache
def opening_file() -> bytes:
    """What the page opens with."""
    return orjson.dumps(opening())


def opening() -> OpeningFile:
    """The same, before it is a file."""
    everything = _versioned(PANELS, panels_file())
    return {"chapters": chapters(), "panels": manifest()[:1], "terms": terms(), "all": everything}


def address() -> str:
    """Where the page finds what it opens with."""
    return _versioned(OPENING, opening_file())


def _versioned(path: str, file: bytes) -> str:
    return f"{path}?v={hashlib.sha256(file).hexdigest()[:12]}"
