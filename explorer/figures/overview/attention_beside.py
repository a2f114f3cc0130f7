"""The maps of a second run, laid on those of this one: as far as the two texts stand side by side.

How far two rows lie apart is their total variation, half the sum of |p - q|: the share of its weight that a query reads
elsewhere. 0 is the same row, 1 a row with no key in common.

Of a long run the maps are not kept, but the largest weight of each square is (tracing/witness.py), and any row can be
made again: so squares are laid on squares, and rows compared that are spread over the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from explorer.figures.overview.attention import lower_triangle, pool_maps, quantize
from explorer.tracing.trace import Trace
from explorer.tracing.witness import SQUARE, square_maxima

#: Rows of a long run that are made again to be compared.
ROWS = 32


@dataclass(frozen=True, kw_only=True)
class WallBeside:
    """Every head's map in the other run."""

    n: int
    """Positions from the start that are compared; behind them the maps are this run's own."""
    maps: UInt8[Tensor, "layer head cells"]
    apart: Float[Tensor, "layer head"]
    """Total variation of the two rows, a mean over the compared queries."""
    queries: int
    """So many queries are compared: all `n`, or of a long run `ROWS` of them, evenly spread."""


@dataclass(frozen=True, kw_only=True)
class ReadsBeside:
    """What one query reads in every head of the other run."""

    rows: UInt8[Tensor, "layer head key"]
    most: Float[Tensor, " layer"]
    """By how much a block's strongest weight on any key differs, at most."""


@dataclass(frozen=True, kw_only=True)
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
    """None where no position stands beside another."""
    if not n:
        return None
    if trace.witness is not None:
        return _long_wall(trace, other, n, cells)
    was = torch.stack([rows_of(other, layer, list(range(n)))[..., :n] for layer in range(other.dims.n_layers)])
    small, _ = pool_maps(laid(trace.pattern, was, n), cells)
    apart = variation(trace.pattern[..., :n, :n], was).mean(-1)
    return WallBeside(n=n, maps=lower_triangle(small), apart=apart.float(), queries=n)


def _long_wall(trace: Trace, other: Trace, n: int, cells: int) -> WallBeside:
    """Squares that lie within the compared positions, laid on those of this run."""
    whole = n == len(trace) == len(other)
    small, _ = pool_maps(laid(_squares(trace), _squares(other), -(-n // SQUARE) if whole else n // SQUARE), cells)
    queries = spread(n)
    rows = ([rows_of(run, layer, queries)[..., :n] for run in (trace, other)] for layer in range(trace.dims.n_layers))
    apart = torch.stack([variation(now, was).mean(-1) for now, was in rows])
    return WallBeside(n=n, maps=lower_triangle(small), apart=apart.float(), queries=len(queries))


def spread(n: int) -> list[int]:
    """`ROWS` queries of a long text, or all of a shorter one.

    >>> spread(3), spread(1000)[:3], spread(1000)[-1]
    ([0, 1, 2], [30, 61, 92], 999)
    """
    return list(range(n)) if n <= ROWS else [n * (row + 1) // ROWS - 1 for row in range(ROWS)]


def rows_of(trace: Trace, layer: int, queries: list[int]) -> Float[Tensor, "head queries key"]:
    """What these queries read in a block; of a long run made again, as nothing else of its map is."""
    return trace.pattern[layer][:, queries] if trace.witness is None else trace.pattern[layer, :, queries]


def _squares(trace: Trace) -> Float[Tensor, "layer head cell cell"]:
    """The largest weight of each square of `SQUARE` tokens a side."""
    if trace.witness is not None:
        return trace.witness.maxima
    return torch.stack([square_maxima(pattern.float()) for pattern in trace.pattern])


def reads_beside(
    now: Float[Tensor, "layer head key"], was: Float[Tensor, "layer head other_key"], position: int
) -> ReadsBeside:
    """One query's rows in both runs.

    >>> now, was = torch.tensor([[[0.5, 0.5]]]), torch.tensor([[[0.25, 0.75]]])
    >>> reads_beside(now, was, 1).most.tolist()
    [0.25]
    """
    now, was = now[..., : position + 1].float(), was[..., : position + 1].float()
    return ReadsBeside(rows=quantize(was), most=(now.amax(1) - was.amax(1)).abs().amax(-1))


def head_beside(trace: Trace, other: Trace, n: int, at: tuple[int, int, int], part: slice) -> HeadBeside:
    """`at` is block, head and query; `part` the positions of the map."""
    layer, head, query = at
    now, was = trace.pattern[layer, head].float(), other.pattern[layer, head].float()
    row = was[query, : query + 1]
    map_ = quantize(laid(now, was, n)[part, part])
    return HeadBeside(n=n, map=map_, row=row, apart=float(variation(now[query, : query + 1], row)))
