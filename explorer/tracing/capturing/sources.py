"""Vectors read from other texts' runs, for interventions that patch them in: kept, so that a text is run for them once.

A vector is small (2 kB in the default model), so what was read is kept, and not the whole stream of a text.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from cachetools import LRUCache
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
        self._vectors: LRUCache[Place, Float[Tensor, " d_model"]] = LRUCache(size)
        self._guard = threading.Lock()  # visitors' runs read and write it at once

    @staticmethod
    def of(model: Model) -> Sources:
        """Those of a loaded model; they go with it."""
        return _sources.setdefault(model, Sources())

    def get(self, place: Place) -> Float[Tensor, " d_model"] | None:
        with self._guard:
            return self._vectors.get(place)

    def keep(self, place: Place, vector: Float[Tensor, " d_model"]) -> None:
        with self._guard:
            self._vectors[place] = vector

    def __len__(self) -> int:
        return len(self._vectors)


_sources: WeakKeyDictionary[Model, Sources] = WeakKeyDictionary()
