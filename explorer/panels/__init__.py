"""The panels, discovered: to add one is to add ``<chapter>/<panel>.py``, which ends with ``PANEL = Panel(...)``, and
its ``<panel>_views.py``. Listing them imports nothing heavy."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from explorer.panels.protocol import Panel


@cache
def panels() -> dict[str, Panel]:
    """Every panel of the package by name, in the order of its chapter and its own `order`.

    Raises ValueError when two panels bear the same name, or one does not bear its file's.
    """
    found: list[Panel] = []
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        if module.ispkg or module.name.endswith("_views"):
            continue
        panel = getattr(importlib.import_module(module.name), "PANEL", None)
        if panel is None:
            continue
        if module.name != f"{__name__}.{panel.chapter}.{panel.name}":
            raise ValueError(f"{module.name} holds the panel {panel.name!r} of the chapter {panel.chapter!r}")
        found.append(panel)
    found.sort(key=lambda p: (p.chapter_number, p.order))
    by_name = {p.name: p for p in found}
    if len(by_name) != len(found):
        raise ValueError("two panels bear the same name")
    return by_name
