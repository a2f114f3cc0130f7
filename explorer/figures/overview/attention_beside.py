"""The maps of a second run, laid on those of this one: as far as the two texts stand side by side.

How far two rows lie apart is their total variation, half the sum of |p - q|: the share of its weight that a query reads
elsewhere. 0 is the same row, 1 a row with no key in common.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, UInt8
from torch import Tensor

from explorer.figures.overview.attention import lower_triangle, pool_maps, quantise
from explorer.tracing.trace import Trace


@dataclass(frozen=True)
class WallBeside:
    """Every head's map in the other run."""

    n: int
    """Positions from the start that are compared; behind them the maps are this run's own."""
    maps: UInt8[Tensor, "layer head cells"]
    apart: Float[Tensor, "layer head"]
    """Total variation of the two rows, a mean over the compared queries."""


@dataclass(frozen=True)
class HeadBeside:
    """One head's map in the other run."""

    n: int
    map: UInt8[Tensor, "window window"]
    row: Float[Tensor, " key"]
    """What the selected query reads there, up to itself."""
    apart: float
    """Total variation of the selected query's two rows."""


def variation(one: Float[Tensor, "*rows key"], other: Float[Tensor, "*rows key"]) -> Float[Tensor, "*rows"]:
    """
    >>> import torch
    >>> variation(torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.0, 0.5, 0.5])).item()
    0.5
    """
    return (one.double() - other.double()).abs().sum(-1) / 2


def laid(
    now: Float[Tensor, "*heads query key"], was: Float[Tensor, "*heads query2 key2"], n: int
) -> Float[Tensor, "*heads query key"]:
    """The first `n` rows of `was`, in a map of the size of `now`; the others are `now`'s own."""
    made = now.clone()
    made[..., :n, :n] = was[..., :n, :n]
    return made


def wall_beside(trace: Trace, other: Trace, n: int, cells: int) -> WallBeside | None:
    """None of a long run, whose maps are not kept."""
    if trace.witness is not None or other.witness is not None or not n:
        return None
    small, _ = pool_maps(laid(trace.pattern, other.pattern, n), cells)
    apart = variation(trace.pattern[..., :n, :n], other.pattern[..., :n, :n]).mean(-1)
    return WallBeside(n, lower_triangle(small), apart.float())


def head_beside(trace: Trace, other: Trace, n: int, at: tuple[int, int, int], part: slice) -> HeadBeside:
    """`at` is block, head and query; `part` the positions of the map."""
    layer, head, query = at
    now, was = trace.pattern[layer, head].float(), other.pattern[layer, head].float()
    row = was[query, : query + 1]
    map_ = quantise(laid(now, was, n)[part, part])
    return HeadBeside(n, map_, row, float(variation(now[query, : query + 1], row)))
