"""Of any light view: whether what it claims of itself holds on this state."""

from __future__ import annotations

from explorer.lessons.fact import fact
from explorer.lessons.shown import shown
from explorer.panels.scene import Scene


@fact("yes")
def holds(scene: Scene, panel: str, view: str) -> bool:
    """Whether all checks of a view hold."""
    checks = shown(scene, panel, view).checks
    return bool(checks) and all(each.holds for each in checks)


@fact("count")
def n_checks(scene: Scene, panel: str, view: str) -> int:
    """Checks that a view states."""
    return len(shown(scene, panel, view).checks)
