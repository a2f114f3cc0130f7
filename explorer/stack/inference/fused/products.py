"""Products of a weight matrix with a row or a few, in any format: what a decode step spends its time on.

At batch 1 a step reads every weight once and does two operations with it: memory's speed decides, not arithmetic's. So
the fewer bytes a weight takes, the faster, as long as widening it costs less than reading it. A weight is widened to
float32 in the register in which it is used, or multiplied as an integer by the digits of the row; both are as exact as
sums of float32, but for NF4's and FP4's levels (see `fused.integers`).

`Weights` are plain bytes in the order in which they are read, so that every format, and a model whose matrices have
different ones, is one type to the compiler. float32 and 16-bit matrices lie row by row. Packed ones lie in tiles of
LANES rows (see `fused.lanes`; `fused.weights` makes them), each group's steps before its codes: one stream of bytes.
Several rows are multiplied by a tile while it is in the nearest cache: memory is read once for all of them.

Worked example: one tile of 4-bit weights whose codes are all 3, step 2 and low 1, times ones: 32 (1 + 2 * 3) = 224.

>>> from explorer.stack.inference.fused.lanes import TILES
>>> from explorer.stack.inference.fused.row import fixed, room
>>> of = lambda number: np.full(LANES, number, np.float32).view(np.uint8)
>>> memory = np.concatenate([of(2), of(1), np.full(16 * LANES, 0x33, np.uint8), np.zeros(4096, np.uint8)])
>>> levels = np.array([[*range(16), 0, 1]], np.float32)  # 16 levels, offset and unit
>>> kind = len(ROWS) + TILES.index(("whole4", "float32", True))
>>> weights = Weights(memory, np.array([[kind, 0, 24 * LANES, 32]]), levels, tiles=1)
>>> out = np.empty((1, LANES), np.float32)
>>> product(weights, 0, fixed(np.ones((1, 32), np.float32), 1, 32, *room(1, 32)), out, 0, 1)
>>> out[0, :3].tolist()
[224.0, 224.0, 224.0]
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from explorer.stack.inference.fused.integers import tile
from explorer.stack.inference.fused.lanes import AHEAD, LANES, PIECE
from explorer.stack.inference.fused.rows import ROWS, rows_product
from explorer.stack.inference.fused.team import compiled, prefetch, share

#: Bytes of the next product that are asked for before a meeting.
SOON = AHEAD


class Weights(NamedTuple):
    """One kind of matrix, of all layers."""

    memory: UInt8[np.ndarray, " byte"]
    matrices: Int64[np.ndarray, "layer 4"]
    """Kind (a place in ROWS, or behind them in TILES), first byte, bytes of LANES rows, inputs that share a step."""
    levels: Float32[np.ndarray, "layer 18"]
    """16 levels, offset and unit of the tiles' codes."""
    tiles: int
    """Of LANES rows, in each matrix."""


@compiled
def product(weights: Any, layer: Any, rows: Any, out: Any, member: Any, size: Any) -> None:
    """out[row] = weights[layer] @ x[row], this member's share of the weights' rows."""
    kind, begin, tile_bytes, group = weights.matrices[layer]
    d_in, n_tiles = rows.columns, weights.tiles
    first, last = share(n_tiles, member, size)
    for each in range(first, last):
        for r in range(rows.n_rows):
            at = begin + each * tile_bytes
            if kind < len(ROWS):
                rows_product(kind, weights.memory, at, rows, r, d_in, out, each * LANES)  # pyright: ignore[reportCallIssue]
            else:
                tile(
                    kind - len(ROWS), weights.memory, at, rows, r, d_in // group, group // PIECE,
                    weights.levels, layer, out, each * LANES,  # pyright: ignore[reportCallIssue]
                )  # fmt: skip


@compiled
def ask(weights: Any, layer: Any, member: Any, size: Any) -> None:
    """Ask for the first bytes of this member's share, before it waits for others: they come meanwhile."""
    _, begin, tile_bytes, _ = weights.matrices[layer]
    at = begin + share(weights.tiles, member, size)[0] * tile_bytes
    for line in range(0, SOON, 64):
        prefetch(weights.memory, at + line)
