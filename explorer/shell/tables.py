"""The tables that server and page share, as the page gets them with its head: `assets/shell/tables.js` reads them."""

from __future__ import annotations

import json
from dataclasses import asdict

from explorer import zoo
from explorer.panels.selection import SELECTION
from explorer.shell.examples import EXAMPLES
from explorer.stack.inference.sampler_settings import SETTINGS, STAGE_NAMES


def settings_for_the_page() -> list[dict[str, object]]:
    """The sampler's settings, in the order of their sliders."""
    return [{**asdict(each), "whole": each.whole} for each in SETTINGS]


def selection_for_the_page() -> list[dict[str, object]]:
    """The fields of the selection."""
    return [asdict(each) for each in SELECTION]


def models_for_the_page() -> list[dict[str, object]]:
    """What can be chosen, as the cards say: the page tells it before a model is open."""
    return [
        {"name": name, "title": card.title, "parameters": card.parameters, "note": card.weights_note}
        for name, card in zoo.shelf().items()
    ]


def script() -> str:
    """The element of the page's head that holds the tables. They are the explorer's own words, never a visitor's."""
    tables = {
        "settings": settings_for_the_page(),
        "stages": STAGE_NAMES,
        "selection": selection_for_the_page(),
        "examples": [asdict(each) for each in EXAMPLES],
        "models": models_for_the_page(),
    }
    text = json.dumps(tables, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="explorer-tables">{text}</script>'
