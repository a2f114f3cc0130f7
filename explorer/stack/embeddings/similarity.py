"""Rows of an embedding table compared: cosine neighbours, analogies, the directions in which most of them differ.

    cos(u, v) = u . v / (|u| |v|)                  nearest(W, v)
    a is to b as c is to ?    ->   nearest(W, b/|b| - a/|a| + c/|c|)

The second is "3CosAdd" of Mikolov et al. (2013, arXiv 1301.3781): king - man + woman. As it is usually counted, the
three words that are asked with may not be the answer; without that rule the nearest row is most often one of them
(Linzen 2016, arXiv 1606.07736). `principal` finds the first principal components by subspace iteration, without ever
making a second table.

Worked example: four rows in the plane.

>>> table = torch.tensor([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [-3.0, 0.0]])
>>> found = nearest(table, table[0], 2, leave_out=[0])
>>> found.ids.tolist(), [round(float(each), 4) for each in found.cosines]
([1, 2], [0.9988, 0.0])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

#: rows that are multiplied at once in `principal`: memory stays small beside the table
CHUNK = 16384
#: directions that are followed beside those asked for: they make the first ones settle soon
SPARE = 8
#: relative change of a variance at which it is taken to have settled
SETTLED = 1e-6


@dataclass(frozen=True)
class Nearest:
    """The rows that point most alike, the nearest first."""

    ids: Int[Tensor, " near"]
    cosines: Float[Tensor, " near"]


def lengths(table: Float[Tensor, "row d"]) -> Float[Tensor, " row"]:
    """Euclidean length of each row."""
    return torch.linalg.vector_norm(table, dim=1)


def cosines(
    table: Float[Tensor, "row d"], vector: Float[Tensor, " d"], norms: Float[Tensor, " row"] | None = None
) -> Float[Tensor, " row"]:
    """Cosine of each row with a vector; 0 with a row of zeros. `norms`: the rows' lengths, where they are known."""
    norms = lengths(table) if norms is None else norms
    product = table @ (vector / vector.norm().clamp_min(1e-30))
    return product / norms.clamp_min(1e-30)


def nearest(
    table: Float[Tensor, "row d"],
    vector: Float[Tensor, " d"],
    k: int,
    leave_out: Sequence[int] = (),
    norms: Float[Tensor, " row"] | None = None,
) -> Nearest:
    """The `k` rows of largest cosine, without those to be left out."""
    found = cosines(table, vector, norms)
    if leave_out:
        found[list(leave_out)] = -torch.inf
    best = found.topk(min(k, len(found) - len(leave_out)))
    return Nearest(best.indices, best.values)


@dataclass(frozen=True)
class Analogy:
    """a is to b as c is to d, as the table answers it."""

    nearest: Nearest
    """Of all rows, those asked with among them."""
    rank: int
    """Of d among all rows, from 1."""
    rank_without_inputs: int
    """Of d where a, b and c may not be the answer."""


def analogy(
    table: Float[Tensor, "row d"],
    a: int,
    b: int,
    c: int,
    d: int,
    k: int = 5,
    norms: Float[Tensor, " row"] | None = None,
) -> Analogy:
    """3CosAdd on rows of length 1.

    >>> table = torch.tensor([[1.0, 0, 0], [1.0, 1, 0], [0, 0, 1.0], [0, 1, 1.0]])  # + (0, 1, 0) each time
    >>> found = analogy(table, 0, 1, 2, 3, k=1)
    >>> found.nearest.ids.tolist(), found.rank, found.rank_without_inputs
    ([3], 1, 1)
    """
    unit = [table[i] / table[i].norm().clamp_min(1e-30) for i in (a, b, c)]
    found = cosines(table, unit[1] - unit[0] + unit[2], norms)
    above = found > found[d]
    best = found.topk(min(k, len(found)))
    inputs = sum(bool(above[i]) for i in {a, b, c})
    rank = int(above.sum()) + 1
    return Analogy(Nearest(best.indices, best.values), rank, rank - inputs)


@dataclass(frozen=True)
class Principal:
    """The directions in which rows differ most."""

    mean: Float[Tensor, " d"]
    axes: Float[Tensor, "axis d"]
    """Orthonormal."""
    variance: Float[Tensor, " axis"]
    """Of the rows along each."""
    total: float
    """Of the rows along all directions."""

    def place(self, rows: Float[Tensor, "row d"]) -> Float[Tensor, "row axis"]:
        """Where rows stand on the axes."""
        return (rows - self.mean) @ self.axes.T

    @property
    def explained(self) -> Float[Tensor, " axis"]:
        """Share of all variance."""
        return self.variance / self.total


def principal(
    table: Float[Tensor, "row d"],
    axes: int = 2,
    rounds: int = 40,
    progress: Callable[[int, int], None] | None = None,
) -> Principal:
    """The first principal components: a few random directions are multiplied by the covariance again and again, until
    the variance along them settles.

    >>> generator = torch.Generator().manual_seed(0)
    >>> cloud = torch.randn(500, 3, generator=generator) * torch.tensor([3.0, 1.0, 0.1]) + 5
    >>> found = principal(cloud)
    >>> [round(abs(float(each)), 2) for each in found.axes[0]]
    [1.0, 0.01, 0.0]
    """
    n, d = table.shape
    mean = torch.stack([part.double().sum(0) for part in table.split(CHUNK)]).sum(0) / n
    squares = sum(float(lengths(part).double().square().sum()) for part in table.split(CHUNK)) / n
    total = max(squares - float(mean @ mean), 0.0)
    small = mean.to(table.dtype)
    size = min(axes + SPARE, d)
    basis = torch.linalg.qr(torch.randn(d, size, generator=torch.Generator().manual_seed(0)))[0].to(table.dtype)
    before, turns, best = torch.zeros(axes, dtype=torch.float64), torch.eye(size), torch.arange(axes)
    for done in range(rounds):
        if progress is not None:
            progress(done, rounds)
        product = _covariance_times(table, small, basis)
        values, turns = torch.linalg.eigh((basis.T @ product).double())
        best = values.argsort(descending=True)[:axes]
        settled = bool(((values[best] - before).abs() <= SETTLED * values[best].abs()).all())
        before = values[best]
        if settled:
            break
        basis = torch.linalg.qr(product)[0]
    return Principal(small, (basis @ turns[:, best].to(basis.dtype)).T.contiguous(), before.float(), total)


def _covariance_times(
    table: Float[Tensor, "row d"], mean: Float[Tensor, " d"], basis: Float[Tensor, "d k"]
) -> Float[Tensor, "d k"]:
    """W.T (W B) / n - m (m.T B): the rows less their mean are never made."""
    made = torch.zeros_like(basis)
    for part in table.split(CHUNK):
        made += part.T @ (part @ basis)
    return made / len(table) - mean[:, None] * (mean @ basis)
