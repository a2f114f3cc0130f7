"""A light view's own result, for facts that read what a panel has worked out."""

from __future__ import annotations

from explorer.panels import panels
from explorer.panels.protocol import Rendered, Scene


def shown(scene: Scene, panel: str, view: str) -> Rendered:
    """The view on this scene. Raises LookupError where there is no such light view."""
    found = panels().get(panel)
    views = {each.name: each for each in found.views} if found else {}
    if found is None or view not in views or views[view].heavy:
        raise LookupError(f"there is no light view “{view}” of a panel “{panel}”")
    return found.render(view, scene)
