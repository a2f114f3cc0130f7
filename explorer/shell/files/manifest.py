"""What the page must know of panels, in static files; nothing of it travels with a run.

The first has what the page opens with: the names of all for the tabs, and the first panel. What another panel declares
comes when it is opened, and what all say of themselves when somebody looks for one, so that a first visit weighs the
same however many panels there are. Addresses hold versions: a browser asks again only for what has changed. What terms
mean is fetched when the first of them is pointed at.
"""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import orjson

from explorer.panels.glossary import glossary
from explorer.shell.files import bundles, terms

if TYPE_CHECKING:
    from explorer.panels.controls import Control
    from explorer.panels.protocol import Panel
    from explorer.shell.envelope.page import (
        Chapter,
        ControlSpec,
        MapPart,
        OpeningFile,
        OpenPanel,
        PanelsFile,
        PanelSpec,
    )

OPENING = "/explorer/opening.json"
PANEL = "/explorer/panels/NAME.json"
PANELS = "/explorer/panels.json"
GLOSSARY = "/explorer/glossary.json"


def manifest() -> list[PanelSpec]:
    """Chapters and panels, in their order. Imports nothing heavy."""
    from explorer.panels import panels
    from explorer.panels.chapters import CHAPTERS

    return [
        {
            "name": panel.name,
            "title": panel.title,
            "chapter": panel.chapter,
            "chapterTitle": CHAPTERS[panel.chapter].title,
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
                    "controls": [each for each in view.controls if each not in view.in_page],
                    "heavy": view.heavy,
                    "compares": view.compares,
                    "unchanged": panel.unchanged(view),
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


def chapters() -> list[Chapter]:
    """The tabs: each chapter that has panels, with their names and titles."""
    return [
        {"name": name, "title": title, "panels": [{"name": each["name"], "title": each["title"]} for each in inside]}
        for (name, title), inside in groupby(manifest(), key=lambda each: (each["chapter"], each["chapterTitle"]))
    ]


def parts() -> list[MapPart]:
    """The map: its parts from top to bottom, with the chapters that have panels."""
    from explorer.panels.chapters import CHAPTERS, PARTS

    there = {each["chapter"] for each in manifest()}
    return [
        {
            "name": name,
            "title": title,
            "about": about,
            "chapters": [
                {"name": each, "about": chapter.about}
                for each, chapter in CHAPTERS.items()
                if chapter.part == name and each in there
            ],
        }
        for name, (title, about) in PARTS.items()
    ]


def opened(panel: Panel, words: PanelSpec) -> OpenPanel:
    """A panel with what it takes to open it."""
    bundle, sheet = (f"views/{panel.chapter}/{panel.name}{end}" for end in ("", f"/{panel.name}.css"))
    script = bundles.address(bundle) if bundle in bundles.listed()["files"] else ""
    return {
        **words,
        "controls": [control_spec(each) for each in panel.controls],
        "terms": terms.of_panel(panel),
        "script": script,
        "sheet": bundles.address(sheet),
    }


@cache
def panel_file(name: str) -> bytes | None:
    """What a page asks for when it opens a panel; None where there is none of that name."""
    from explorer.panels import panels

    panel = panels().get(name)
    words = next((each for each in manifest() if each["name"] == name), None)
    return None if panel is None or words is None else orjson.dumps(opened(panel, words))


@cache
def panels_file() -> bytes:
    """What all panels say of themselves, for who looks for one."""
    file: PanelsFile = {"panels": manifest(), "parts": parts()}
    return orjson.dumps(file)


@cache
def glossary_file() -> bytes:
    """All terms with what they mean."""
    return orjson.dumps(glossary())


@cache
def opening_file() -> bytes:
    """What the page opens with."""
    return orjson.dumps(opening())


def opening() -> OpeningFile:
    """The same, before it is a file."""
    first = orjson.loads(panel_file(manifest()[0]["name"]) or b"")
    return {
        "chapters": chapters(),
        "panels": [first],
        "stored": bundles.address("recorded/first.json"),
        "each": f"{PANEL}?v={version()}",
        "all": f"{PANELS}?v={version()}",
    }


@cache
def version() -> str:
    """The hash of all that a panel's file is made of, but for the modules of a checkout."""
    made = (panels_file(), glossary_file(), orjson.dumps(bundles.listed()))
    return hashlib.sha256(b"".join(made)).hexdigest()[:12]


def address() -> str:
    """Where the page finds what it opens with."""
    return f"{OPENING}?v={hashlib.sha256(opening_file()).hexdigest()[:12]}"
