"""The panels: one file each, discovered. To add a panel is to add a file that ends with ``PANEL = Panel(...)``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from explorer.panels.protocol import Panel


@cache
def panels() -> dict[str, Panel]:
    """Every panel of the package by name, in the order of its chapter and its own `order`.

    Raises ValueError when two panels bear the same name.
    """
    found: list[Panel] = []
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        if not module.ispkg:
            panel = getattr(importlib.import_module(module.name), "PANEL", None)
            if panel is not None:
                found.append(panel)
    found.sort(key=lambda p: (p.chapter_number, p.order))
    by_name = {p.name: p for p in found}
    if len(by_name) != len(found):
        raise ValueError("two panels bear the same name")
    return by_name
