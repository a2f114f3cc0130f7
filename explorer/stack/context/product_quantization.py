"""Product quantization: a vector as a few bytes, and distances to it read from a table.

Jégou, Douze and Schmid 2011 (IEEE TPAMI 33). A vector of d numbers is cut into `parts` stretches; k-means finds 256
centres for each stretch, and the vector keeps the numbers of its nearest ones::

    code(x)   = [argmin_c |x_p - c_p|² for each part p]                    parts bytes in place of 4 d
    x̂         = the centres of the code side by side
    |q - x̂|²  = Σ_p table[p, code_p],    table[p, c] = |q_p - c_p|²        one table a query, a sum a vector

The query itself is not coded (the asymmetric distance). What is off is the distance to x̂ in place of x; with rotated or
many-peaked vectors that matters, so that the best are often compared once more by the vectors themselves (`reranked`).

>>> rng = np.random.default_rng(0)
>>> vectors = rng.normal(size=(600, 8)).astype(np.float32)
>>> quantizer = Quantizer.trained(vectors, parts=4, centres=32)
>>> codes = quantizer.codes(vectors)
>>> codes.shape, codes.dtype.name, vectors[0].nbytes
((600, 4), 'uint8', 32)
>>> query = vectors[3]
>>> far = quantizer.distances(query, codes)
>>> bool(np.allclose(far, ((quantizer.decoded(codes) - query) ** 2).sum(1), atol=1e-4))
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8
from numpy import ndarray

from explorer.stack.context.k_means import k_means, nearest_centre

CENTRES = 256


@dataclass(frozen=True, eq=False)
class Quantizer:
    """The centres of each stretch."""

    centres: Float[ndarray, "part centre width"]
    errors: tuple[float, ...]
    """Mean squared error of each stretch after training."""

    @classmethod
    def trained(
        cls, vectors: Float[ndarray, "vector d"], parts: int, centres: int = CENTRES, seed: int = 0, rounds: int = 10
    ) -> Quantizer:
        """Raises ValueError where the parts do not divide the width, or there are fewer vectors than centres."""
        d = vectors.shape[1]
        if parts < 1 or d % parts:
            raise ValueError(f"{parts} parts do not divide {d} numbers")
        if not 1 <= centres <= CENTRES:
            raise ValueError(f"a byte holds the number of one of {CENTRES} centres at most, not of {centres}")
        made = [k_means(each, centres, seed + at, rounds) for at, each in enumerate(_cut(vectors, parts))]
        return cls(np.stack([each.centres for each in made]), tuple(each.errors[-1] for each in made))

    @property
    def parts(self) -> int:
        return len(self.centres)

    def codes(self, vectors: Float[ndarray, "vector d"]) -> UInt8[ndarray, "vector part"]:
        """The nearest centre of each stretch."""
        found = [nearest_centre(x, c)[0] for x, c in zip(_cut(vectors, self.parts), self.centres, strict=True)]
        return np.stack(found, axis=1).astype(np.uint8)

    def decoded(self, codes: UInt8[ndarray, "vector part"]) -> Float[ndarray, "vector d"]:
        """The centres side by side."""
        return np.concatenate([self.centres[p][codes[:, p]] for p in range(self.parts)], axis=1)

    def table(self, query: Float[ndarray, " d"]) -> Float[ndarray, "part centre"]:
        """Squared distances of each stretch of the query to its centres."""
        return ((self.centres - query.reshape(self.parts, 1, -1)) ** 2).sum(-1)

    def distances(self, query: Float[ndarray, " d"], codes: UInt8[ndarray, "vector part"]) -> Float[ndarray, " vector"]:
        """Squared, to what the codes stand for."""
        table = self.table(query)
        return sum((table[p][codes[:, p]] for p in range(self.parts)), np.zeros(len(codes), table.dtype))

    def search(
        self, query: Float[ndarray, " d"], codes: UInt8[ndarray, "vector part"], k: int
    ) -> Int[ndarray, " found"]:
        """The k nearest by the table."""
        return np.argsort(self.distances(query, codes), kind="stable")[:k]


def reranked(
    query: Float[ndarray, " d"], vectors: Float[ndarray, "vector d"], found: Int[ndarray, " found"], k: int
) -> Int[ndarray, " k"]:
    """The k nearest of those that were found, by the vectors themselves."""
    far = ((vectors[found] - query) ** 2).sum(1)
    return found[np.argsort(far, kind="stable")[:k]]


def _cut(vectors: Float[ndarray, "vector d"], parts: int) -> list[Float[ndarray, "vector width"]]:
    return [np.ascontiguousarray(each) for each in np.split(vectors, parts, axis=1)]
