"""An inverted file: the vectors in the cells of k-means, and a search that looks into the nearest cells alone.

Sivic and Zisserman 2003; as faiss has it (Johnson, Douze and Jégou 2017, arXiv 1702.08734)::

    build     C centres by k-means; each vector in the list of its nearest centre
    search    the distances to all C centres, then to all vectors in the `probes` nearest lists

A query calculates C + the vectors in those lists. A neighbour is missed where its cell is not among the nearest:
it lies beyond a border between cells. With `probes` = C the search is exact.

>>> rng = np.random.default_rng(0)
>>> vectors = rng.normal(size=(400, 8)).astype(np.float32)
>>> index = InvertedFile.built(vectors, cells=16)
>>> query = vectors[7] + np.float32(0.1)
>>> index.search(query, k=3, probes=16).ids.tolist() == np.argsort(((vectors - query) ** 2).sum(1))[:3].tolist()
True
>>> [index.search(query, k=3, probes=each).calculated < 400 for each in (1, 4)]
[True, True]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from explorer.stack.context.k_means import Clustered, k_means


@dataclass(frozen=True, eq=False)
class Probed:
    """One search."""

    ids: Int[ndarray, " found"]
    """Nearest first."""
    distances: Float[ndarray, " found"]
    """Squared."""
    cells: Int[ndarray, " probe"]
    """The lists that were read, nearest centre first."""
    to_centres: Float[ndarray, " cell"]
    """Squared distances of the query to all centres."""
    calculated: int
    """Distances, those to the centres included."""


@dataclass(frozen=True, eq=False)
class InvertedFile:
    """Vectors in cells."""

    vectors: Float[ndarray, "vector d"]
    clustered: Clustered

    @classmethod
    def built(cls, vectors: Float[ndarray, "vector d"], cells: int, seed: int = 0, rounds: int = 10) -> InvertedFile:
        """Raises ValueError for more cells than vectors."""
        return cls(vectors, k_means(vectors, cells, seed, rounds))

    @cached_property
    def _ordered(self) -> tuple[Int[ndarray, " vector"], Int[ndarray, " bound"]]:
        """The vectors cell by cell, and where each cell begins; the last bound is the end."""
        cells = self.clustered.cells
        counts = np.bincount(cells, minlength=len(self.clustered.centres))
        return np.argsort(cells, kind="stable"), np.concatenate([[0], np.cumsum(counts)])

    def members(self, cell: int) -> Int[ndarray, " member"]:
        """The vectors of a cell."""
        order, bounds = self._ordered
        return order[bounds[cell] : bounds[cell + 1]]

    def search(self, query: Float[ndarray, " d"], k: int, probes: int) -> Probed:
        """The k nearest in the `probes` nearest cells; fewer where those hold fewer."""
        to_centres = ((self.clustered.centres - query) ** 2).sum(1)  # cell
        cells = np.argsort(to_centres, kind="stable")[:probes]
        members = np.concatenate([self.members(int(cell)) for cell in cells])
        far = ((self.vectors[members] - query) ** 2).sum(1)  # member
        best = np.lexsort((members, far))[:k]
        return Probed(members[best], far[best], cells, to_centres, len(to_centres) + len(members))

    def probes_for(self, node: int, probed: Probed) -> int:
        """How many cells must be read so that this vector is seen."""
        place = np.argsort(probed.to_centres, kind="stable").tolist().index(int(self.clustered.cells[node]))
        return place + 1
