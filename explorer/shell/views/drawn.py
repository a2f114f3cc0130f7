"""What a view yields, of one run or of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from explorer.panels.protocol import Rendered
from explorer.panels.scene import Scene

if TYPE_CHECKING:
    from explorer.figures.overview.compared import Said


@dataclass(frozen=True)
class Side:
    """The other run, or the unchanged one, as a view is rendered for it."""

    scene: Scene
    places: tuple[int | None, ...] = ()
    """Its position for each of this run's; nothing for a view that reads no run."""
    shared: int = 0
    """Positions from the start that stand one beside the other."""
    one_vocabulary: bool = True
    """Whether an id means the same token in both."""


class There(NamedTuple):
    """A view's result for the other run, and how it lies beside this one's."""

    side: Side
    made: Rendered


class Drawn(NamedTuple):
    """What a view yields: of this run with the checks of both, what its frame says of the other one, and that one's."""

    made: Rendered
    said: Said | None = None
    there: There | None = None
