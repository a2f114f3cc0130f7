"""Vectors read from other texts' runs, for interventions that patch them in: kept, so that a text is run for them once.

A vector is small (2 kB in the default model), so what was read is kept, and not the whole stream of a text.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Vectors of one model that are kept; a run needs at most `key.MAX_INTERVENTIONS` of them.
KEPT = 512


class Place(NamedTuple):
    """Where a vector stands: in the stream after a block, at one position of a text's run."""

    text: str
    chat: bool
    layer: int
    position: int


class Sources:
    """The vectors of one model, the least recently used dropped."""

    def __init__(self, size: int = KEPT) -> None:
        self.size = size
        self._vectors: OrderedDict[Place, Float[Tensor, " d_model"]] = OrderedDict()

    @staticmethod
    def of(model: Model) -> Sources:
        """Those of a loaded model; they go with it."""
        return _sources.setdefault(model, Sources())

    def get(self, place: Place) -> Float[Tensor, " d_model"] | None:
        if place in self._vectors:
            self._vectors.move_to_end(place)
        return self._vectors.get(place)

    def keep(self, place: Place, vector: Float[Tensor, " d_model"]) -> None:
        self._vectors[place] = vector
        while len(self._vectors) > self.size:
            self._vectors.popitem(last=False)

    def __len__(self) -> int:
        return len(self._vectors)


_sources: WeakKeyDictionary[Model, Sources] = WeakKeyDictionary()
