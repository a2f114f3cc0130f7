"""FlashAttention's backward pass: the square is made again, tile by tile, instead of being kept.

Of the forward pass only Q, K, V, O and L = m + ln l are kept, one number a row beside the tensors that exist anyway
(Dao 2023, arXiv 2307.08691, algorithm 2). L is enough, m and l are not needed apart: a weight is exp(s - m) / l, which
is exp(s - L), and nothing else in the gradient reads either. With D = rowsum(dO * O), which equals rowsum(dP * P)::

    P  = exp(S - L)                    made again
    dV = P^T dO
    dP = dO V^T
    dS = P * (dP - D)                  the softmax's gradient
    dQ = dS K scale,   dK = dS^T Q scale

A block of keys stays with its dK and dV while the queries that see it pass by; dQ is added to in slow memory. So the
score products are made twice in all, 2.5 times the forward pass' FLOPs, and nothing of size N^2 is written.

Worked example: the gradients are those of standard attention, which keeps its square.

>>> q, k, v = (x.requires_grad_() for x in torch.randn(3, 1, 2, 40, 8, generator=torch.Generator().manual_seed(0)))
>>> exact = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
>>> expected = torch.autograd.grad(exact.square().sum(), (q, k, v))
>>> made = FlashAttention.apply(q, k, v, TileMask(causal=True), 8**-0.5, 16, 16)
>>> gradients = torch.autograd.grad(made.square().sum(), (q, k, v))
>>> bool(max((a - b).abs().max() for a, b in zip(gradients, expected)) < 1e-5)
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_attention import SOFTMAX_FLOPS, flash_attention_2, for_each_head
from explorer.stack.systems.memory_meter import UNMETERED, SlowMemory
from explorer.stack.systems.online_softmax import Partial, accumulator, share
from explorer.stack.systems.tile_mask import TileMask, blocks


@dataclass(frozen=True, eq=False)
class Gradients:
    """With respect to the inputs, in their types."""

    dq: Float[Tensor, "batch head query d_head"]
    dk: Float[Tensor, "batch kv_head key d_head"]
    dv: Float[Tensor, "batch kv_head key d_head"]


@dataclass(frozen=True, eq=False)
class TileGradient:
    """One tile of the backward pass, stage by stage."""

    p: Float[Tensor, "batch head row column"]
    """The weights, made again."""
    dp: Float[Tensor, "batch head row column"]
    ds: Float[Tensor, "batch head row column"]
    """The gradient of the scaled products."""


def flash_backward(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    made: Partial,
    d_out: Float[Tensor, "batch head query d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
    shift: int | None = None,
    memory: SlowMemory = UNMETERED,
) -> Gradients:
    """Gradients of sum(out * d_out), from what the forward pass left. `made`: its output and L."""
    mask = mask or TileMask()
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    kv_heads = k.shape[1]
    k, v = for_each_head(q, k, v)
    shift, wide = k.shape[2] - q.shape[2] if shift is None else shift, accumulator(q.dtype)
    dq = torch.zeros_like(q, dtype=wide)
    dk, dv = torch.zeros_like(k, dtype=wide), torch.zeros_like(v, dtype=wide)
    delta = row_delta(made, d_out, rows, memory)
    met = set[int]()
    for j, column in enumerate(blocks(k.shape[2], columns)):
        seeing = [(i, row) for i, row in enumerate(blocks(q.shape[2], rows)) if mask.seen(row, column, shift) != "none"]
        keys, values = k[:, :, column], v[:, :, column]
        for at, (i, row) in enumerate(seeing):
            memory.step("tile", i, j)
            if at == 0:
                memory.read("K", j, keys)
                memory.read("V", j, values)
            queries, d_o, lse, d_row = (each[:, :, row] for each in (q, d_out, made.lse, delta))
            for name, block in {"Q": queries, "dO": d_o, "L": lse, "D": d_row}.items():
                memory.read(name, i, block)
            tile = tile_gradient(queries, keys, values, d_o, lse, d_row, mask, scale, row, column, shift)
            dv[:, :, column] += tile.p.to(v.dtype).to(wide).mT @ d_o.to(wide)
            ds = tile.ds.to(q.dtype).to(wide)
            if i in met:
                memory.read("dQ", i, dq[:, :, row])
            met.add(i)
            dq[:, :, row] += ds @ keys.to(wide) * scale
            memory.write("dQ", i, dq[:, :, row])
            dk[:, :, column] += ds.mT @ queries.to(wide) * scale
            memory.compute(tile.p.numel() * (10 * q.shape[-1] + SOFTMAX_FLOPS))
        if seeing:
            memory.write("dK", j, dk[:, :, column].to(k.dtype))
            memory.write("dV", j, dv[:, :, column].to(v.dtype))
    return Gradients(dq.to(q.dtype), _shared(dk, kv_heads).to(k.dtype), _shared(dv, kv_heads).to(v.dtype))


def tile_gradient(
    q: Float[Tensor, "batch head row d_head"],
    k: Float[Tensor, "batch head column d_head"],
    v: Float[Tensor, "batch head column d_head"],
    d_out: Float[Tensor, "batch head row d_head"],
    lse: Float[Tensor, "batch head row"],
    delta: Float[Tensor, "batch head row"],
    mask: TileMask,
    scale: float,
    rows: slice,
    columns: slice,
    shift: int,
) -> TileGradient:
    """One tile's weights from L alone, and the gradient of its scores."""
    wide = accumulator(q.dtype)
    products = q.to(wide) @ k.to(wide).mT * scale
    p = share(mask.scores(products, rows, columns, shift), lse[..., None])  # batch head row column
    dp = d_out.to(wide) @ v.to(wide).mT
    return TileGradient(p, dp, mask.bent(products, p * (dp - delta[..., None])))


def row_delta(made: Partial, d_out: Tensor, rows: int, memory: SlowMemory) -> Float[Tensor, "batch head query"]:
    """D = rowsum(dO * O), a block of rows at a time: the last that is read of O."""
    delta = torch.zeros_like(made.lse)
    for i, row in enumerate(blocks(d_out.shape[2], rows)):
        memory.step("softmax", i, -1)
        d_o, out = d_out[:, :, row], made.out[:, :, row]
        memory.read("dO", i, d_o)
        memory.read("O", i, out)
        delta[:, :, row] = (d_o.to(delta.dtype) * out.to(delta.dtype)).sum(-1)
        memory.compute(2 * d_o.numel())
        memory.write("D", i, delta[:, :, row])
        memory.hold(delta[:, :, row])
    return delta


def _shared(gradient: Tensor, kv_heads: int) -> Float[Tensor, "batch kv_head key d_head"]:
    """Query heads that read the same keys add up in their gradient."""
    return gradient.unflatten(1, (kv_heads, -1)).sum(2)


class FlashAttention(torch.autograd.Function):
    """FlashAttention-2 as a step of autograd: forward by tiles, backward by recomputation."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: TileMask, scale: float, rows: int, columns: int
    ) -> Tensor:
        made = flash_attention_2(q, k, v, mask, scale, rows=rows, columns=columns)
        ctx.save_for_backward(q, k, v, made.out, made.lse)
        ctx.mask, ctx.scale, ctx.rows, ctx.columns = mask, scale, rows, columns
        return made.out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, out, lse = ctx.saved_tensors
        at = flash_backward(
            q, k, v, Partial(out, lse), gradients[0], ctx.mask, ctx.scale, rows=ctx.rows, columns=ctx.columns
        )
        return at.dq, at.dk, at.dv, None, None, None, None
