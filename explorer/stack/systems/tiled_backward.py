"""The backward pass of `tiled_attention`: its tiles made again from Q, K and the log-sum-exp, and what each adds.

A thread takes blocks of keys of some heads, or, where these do not suffice, every so many of the blocks; the rows that
see a block pass by, add to its dK and dV, and take their part of dQ (Dao 2023, arXiv 2307.08691). Three tiles are held
at once, so that they are narrower than the forward pass's.

Worked example: the gradients that autograd gives.

>>> from explorer.stack.systems.tiled_attention import tiled_attention
>>> drawn = torch.randn(3, 1, 2, 40, 8, generator=torch.Generator().manual_seed(0))
>>> q, k, v = (each.clone().requires_grad_() for each in drawn)
>>> torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).sum().backward()
>>> made = tiled_attention(*drawn, TileMask(causal=True))
>>> found = tiled_backward(*drawn, made, torch.ones_like(made.out), TileMask(causal=True))
>>> bool((found.dq - q.grad).abs().max() < 1e-5)
True
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_backward import Gradients
from explorer.stack.systems.online_softmax import Partial, accumulator
from explorer.stack.systems.tile_mask import TileMask, blocks
from explorer.stack.systems.tile_softmax import weigh
from explorer.stack.systems.tile_team import team_of
from explorer.stack.systems.tiled_attention import LOG2_E, Heads, Scratch, Tile, before, edges, heads_of, raise_scores

#: Columns of a tile.
COLUMNS = 256


def tiled_backward(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    made: Partial,
    d_out: Float[Tensor, "batch head query d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    tile: Tile | None = None,
    shift: int | None = None,
) -> Gradients:
    """Gradients of sum(out * d_out). Where parts do not suffice for the threads, blocks of keys are dealt out."""
    mask, scale = mask or TileMask(), 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    shift = k.shape[2] - q.shape[2] if shift is None else shift
    team = team_of(torch.get_num_threads())
    tile = tile or Tile.of(q, k, team.size, mask.causal, COLUMNS)
    parts = list(heads_of(q, k, v, mask, tile.kv_heads))
    hands = 1 if len(parts) % team.size == 0 else team.size
    # Each thread adds up its own: no order is by chance.
    dq = q.new_empty((hands, *q.shape), dtype=accumulator(q.dtype))
    dk, dv = torch.zeros_like(k), torch.zeros_like(v)

    def work(items: Iterator[tuple[Heads, int]]) -> None:
        scratch = _Backward.of(q, k, tile)
        for heads, hand in items:
            rows = [_Rows(q, made, d_out, heads, row, scale * before(mask)) for row in blocks(q.shape[2], tile.rows)]
            for column in blocks(k.shape[2], tile.columns)[hand::hands]:
                at = heads.batch, heads.kv, column
                dk_j, dv_j = _key_gradients(rows, heads, column, shift, scratch)
                dk[at], dv[at] = dk_j.div_(before(mask)), dv_j
            for row in rows:
                dq[hand, heads.batch, heads.query, row.row] = row.dq.mul_(scale).view(-1, row.length, q.shape[-1])

    team.share(product(parts, range(hands)), work)
    return Gradients((dq[0] if hands == 1 else dq.sum(0)).to(q.dtype), dk, dv)


class _Backward(NamedTuple):
    """What a thread writes its tiles over."""

    scores: Scratch
    products: Scratch
    bends: Scratch
    keys: Scratch
    values: Scratch

    @classmethod
    def of(cls, q: Tensor, k: Tensor, tile: Tile) -> _Backward:
        kv = min(tile.kv_heads, k.shape[1])
        columns = kv * min(tile.columns, k.shape[2])
        square = columns * (q.shape[1] // k.shape[1]) * min(tile.rows, q.shape[2])
        return cls(*(Scratch(n, q) for n in (square, square, square, columns * q.shape[-1], columns * q.shape[-1])))


def _key_gradients(
    rows: list[_Rows], heads: Heads, column: slice, shift: int, scratch: _Backward
) -> tuple[Tensor, Tensor]:
    """A block of keys: the rows that see it pass by, add to its dK and dV, and take their part of dQ."""
    k, v, width, cap = heads.k[:, column], heads.v[:, column], column.stop - column.start, heads.mask.cap
    dk, dv = scratch.keys.tensor(*k.shape).zero_(), scratch.values.tensor(*k.shape).zero_()
    for at in rows:
        if heads.mask.seen(at.row, column, shift) == "none":
            continue
        together, by_head = (*at.q.shape[:2], width), (*at.lse.shape, width)
        p = torch.bmm(at.q, k.mT, out=scratch.scores.tensor(*together))
        bend = None
        if cap is not None:
            bend = torch.tanh(p, out=scratch.bends.tensor(*together)).square_().neg_().add_(1)
        raise_scores(scratch.scores.tensor(*by_head), heads.mask, at.row, column, shift)
        ds = torch.bmm(at.d_out, v.mT, out=scratch.products.tensor(*together))
        own = edges(heads.mask, at.row, column, shift)
        weigh(scratch.scores.array(*by_head), scratch.products.array(*by_head), at.lse, at.delta, *own)
        dv.baddbmm_(p.mT, at.d_out)
        if bend is not None:
            ds.mul_(bend)
        at.dq.baddbmm_(ds, k)
        dk.baddbmm_(ds.mT, at.q)
    return dk, dv


class _Rows:
    """A block of rows of some heads, as each block of keys reads it."""

    def __init__(self, q: Tensor, made: Partial, d_out: Tensor, heads: Heads, row: slice, factor: float) -> None:
        wide, at = accumulator(q.dtype), (heads.batch, heads.query, row)
        n_kv = heads.n_kv
        self.row, self.length = row, row.stop - row.start
        self.q = (q[at].to(wide) * factor).reshape(n_kv, -1, q.shape[-1])  # kv_head group*row d_head
        self.d_out = d_out[at].to(wide).reshape(self.q.shape)
        self.dq = self.q.new_zeros(self.q.shape)
        lse = made.lse[at] * LOG2_E
        self.lse = lse.masked_fill_(lse == -math.inf, 0).numpy()  # head row
        self.delta = (d_out[at].to(wide) * made.out[at]).sum(-1).numpy()  # head row
