"""A light view's own result, for facts that read what a panel has worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from explorer.figures.payload import Payload
from explorer.panels import panels
from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene

#: Views that one step may read: a stranger's lesson must not draw the whole page.
MOST_VIEWS = 8


Drawn = TypeVar("Drawn", bound=Payload)


@dataclass(frozen=True)
class Sight(Scene):
    """A scene whose views are rendered once, however many facts read them."""

    kept: dict[tuple[str, str], Rendered] = field(default_factory=dict, compare=False, repr=False)


def shown(scene: Scene, panel: str, view: str) -> Rendered:
    """The view on this scene. Raises LookupError where there is no such light view."""
    found = panels().get(panel)
    views = {each.name: each for each in found.views} if found else {}
    if found is None or view not in views or views[view].heavy:
        raise LookupError(f"there is no light view “{view}” of a panel “{panel}”")
    if not isinstance(scene, Sight):
        return found.render(view, scene)
    if (panel, view) not in scene.kept:
        if len(scene.kept) >= MOST_VIEWS:
            raise LookupError(f"a step reads {MOST_VIEWS} views at most")
        scene.kept[panel, view] = found.render(view, scene)
    return scene.kept[panel, view]


def drawn(scene: Scene, panel: str, view: str, kind: type[Drawn]) -> Drawn:
    """What the view is drawn from. Raises LookupError where there is no such light view."""
    data = shown(scene, panel, view).data
    assert isinstance(data, kind)
    return data
