"""The tables that server and page share, as the page gets them with its head.

`assets/shell/server/tables.js` reads them.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from explorer import zoo
from explorer.panels.selection import SELECTION
from explorer.panels.tags import TAGS
from explorer.shell.envelope.examples import EXAMPLES
from explorer.shell.envelope.page import ModelCard, Tables
from explorer.stack.inference.decoding.sampler_settings import ORDERS, SETTINGS, STAGE_NAMES


def models() -> list[ModelCard]:
    """What can be chosen, as the cards say: the page tells it before a model is open."""
    return [
        {"name": name, "title": card.title, "parameters": card.parameters, "note": card.weights_note}
        for name, card in zoo.shelf().items()
    ]


def tables() -> Tables:
    """All of them."""
    return {
        "settings": SETTINGS, "stages": STAGE_NAMES, "orders": ORDERS, "selection": SELECTION, "tags": TAGS,
        "examples": EXAMPLES, "models": models(),
    }  # fmt: skip


def script() -> str:
    """The element of the page's head that holds the tables. They are the explorer's own words, never a visitor's."""
    text = json.dumps(tables(), default=asdict, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="explorer-tables">{text}</script>'
