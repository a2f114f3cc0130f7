"""A view as the page draws it, for the run of a scene and the one beside it."""

from __future__ import annotations

from typing import Any

from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.shell.views.drawn import Drawn
from explorer.shell.views.other_run import of_each


def drawn(panel: str, view: str, scene: Scene) -> Drawn:
    """The whole of both."""
    found = panels()[panel]
    *_, last = of_each(found, found.view(view), scene)
    return last


def there(panel: str, view: str, scene: Scene) -> Any:
    """The other run's payload; None where there is none."""
    found = drawn(panel, view, scene).there
    return None if found is None else found.made.data
