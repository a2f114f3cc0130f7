"""k-means: centres that stand for many vectors, each vector in the cell of its nearest centre (Lloyd 1957, 1982).

Two steps in turn, neither of which can raise the error::

    cell of x   = argmin_c |x - c|²            centre of a cell = mean of its vectors
    error       = mean of min_c |x - c|²

The first centres are vectors drawn without replacement. A cell that loses all its vectors gets as its centre the vector
that lies farthest from its own.

>>> made = k_means(np.array([[0.0], [1.0], [9.0], [11.0]]), 2, seed=1)
>>> sorted(made.centres.ravel().tolist()), made.errors[-1]
([0.5, 10.0], 0.625)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

ROUNDS = 25
#: Distances that are held at once.
AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Clustered:
    """Centres, and the cell of each vector."""

    centres: Float[ndarray, "cell d"]
    cells: Int[ndarray, " vector"]
    errors: tuple[float, ...]
    """Mean squared distance to the nearest centre, before each round and at the end."""


def k_means(vectors: Float[ndarray, "vector d"], k: int, seed: int = 0, rounds: int = ROUNDS) -> Clustered:
    """At most `rounds` rounds, fewer where no cell changes. Raises ValueError for more cells than vectors."""
    if not 1 <= k <= len(vectors):
        raise ValueError(f"{k} cells of {len(vectors)} vectors: there must be at least one, and a vector for each")
    draw = np.random.default_rng(seed)
    centres = vectors[np.sort(draw.choice(len(vectors), k, replace=False))]
    return improved(vectors, centres, rounds)


def improved(vectors: Float[ndarray, "vector d"], centres: Float[ndarray, "cell d"], rounds: int) -> Clustered:
    """From these centres on."""
    cells, far = nearest_centre(vectors, centres)
    errors = [float(far.mean())]
    for _ in range(rounds):
        centres = _means(vectors, cells, far, len(centres)).astype(vectors.dtype)
        moved, far = nearest_centre(vectors, centres)
        errors.append(float(far.mean()))
        if (moved == cells).all():
            break
        cells = moved
    return Clustered(centres, cells, tuple(errors))


def nearest_centre(
    vectors: Float[ndarray, "vector d"], centres: Float[ndarray, "cell d"]
) -> tuple[Int[ndarray, " vector"], Float[ndarray, " vector"]]:
    """Each vector's cell, and its squared distance to that centre."""
    cells, far = np.empty(len(vectors), np.int64), np.empty(len(vectors), vectors.dtype)
    lengths, step = (centres**2).sum(1), max(1, AT_ONCE // len(centres))
    for low in range(0, len(vectors), step):
        some = vectors[low : low + step]
        squared = lengths - 2 * some @ centres.T  # vector cell; without |x|², which all cells share
        cells[low : low + step] = best = squared.argmin(1)
        far[low : low + step] = ((some - centres[best]) ** 2).sum(1)
    return cells, far


def _means(
    vectors: Float[ndarray, "vector d"], cells: Int[ndarray, " vector"], far: Float[ndarray, " vector"], k: int
) -> Float[ndarray, "cell d"]:
    counts = np.bincount(cells, minlength=k)
    order = np.argsort(cells, kind="stable")
    held = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[held]
    centres = np.empty((k, vectors.shape[1]))
    centres[held] = np.add.reduceat(vectors[order].astype(np.float64), starts) / counts[held, None]
    empty = np.flatnonzero(counts == 0)
    centres[empty] = vectors[np.argsort(-far, kind="stable")[: len(empty)]]
    return centres
