"""FP8 attention's numerics: FlashAttention with Q, K, V and the weights in eight bits.

An H100 multiplies FP8 numbers twice as fast as FP16 ones. FlashAttention-3 (Shah et al. 2024, arXiv 2407.08608, section
3.3) keeps the answer near by two means: a scale for each block of Q, K and V that a tile reads (`float8`), and a random
rotation of Q and K before they are rounded (`hadamard`). The tiles are those of FlashAttention-2::

    S = (Q8_i K8_j^T) scale_Qi scale_Kj scale         products of eight-bit numbers, added up in float32
    P = exp(S - m)                                    l sums it as it is
    O = O exp(m_old - m) + (P8 V8_j) scale_Vj         P8 = round(2^8 P) / 2^8

P is at most 1, and E4M3 reaches to 448: it is rounded 2^8 times as large, so that a weight of 1/1,000 is not among the
subnormals. What is simulated is the rounding, which is all that changes the answer: products of two E4M3 numbers are
exact in float32. A GPU's own sums keep fewer bits than float32 within one instruction; that is not simulated.

Worked example: the paper's test distribution, N(0, 1) with something from N(0, 10^2) added to one number in a thousand.
The rotation spreads the outliers, and the error falls.

>>> generator = torch.Generator().manual_seed(0)
>>> def drawn():
...     x = torch.randn(1, 2, 256, 64, generator=generator)
...     rare = torch.rand(x.shape, generator=generator) < 1e-3
...     return x + rare * 10 * torch.randn(x.shape, generator=generator)
>>> q, k, v = drawn(), drawn(), drawn()
>>> exact = torch.nn.functional.scaled_dot_product_attention(q.double(), k.double(), v.double())
>>> turn = RandomHadamard.drawn(64, generator)
>>> errors = [float((fp8_attention(q, k, v, turn=each).out - exact).square().mean().sqrt()) for each in (None, turn)]
>>> errors[1] < errors[0]
True
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_attention import for_each_head
from explorer.stack.systems.float8 import quantize, rounded
from explorer.stack.systems.hadamard import RandomHadamard
from explorer.stack.systems.online_softmax import Partial, finite, share
from explorer.stack.systems.tile_mask import TileMask, blocks

LIFT = 2.0**8
"""The weights are so many times as large when they are rounded."""


def fp8_attention(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_v"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
    block_scales: bool = True,
    turn: RandomHadamard | None = None,
) -> Partial:
    """Attention of rounded numbers. Without `block_scales` each head's Q, K and V have one scale each."""
    mask = mask or TileMask()
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    k, v = for_each_head(q, k, v)
    if turn is not None:
        q, k = turn(q), turn(k)
    shift = k.shape[2] - q.shape[2]
    q8, k8, v8 = (quantize(x, size if block_scales else None) for x, size in ((q, rows), (k, columns), (v, columns)))
    q_numbers, k_numbers, v_numbers = (each.numbers for each in (q8, k8, v8))
    out = torch.zeros(*q.shape[:3], v.shape[-1])  # batch head query d_v
    lse = torch.full(q.shape[:3], -math.inf)
    for row in blocks(q.shape[2], rows):
        m, l, held = lse[:, :, row].clone(), torch.zeros_like(lse[:, :, row]), torch.zeros_like(out[:, :, row])  # noqa: E741
        for column in blocks(k.shape[2], columns):
            if mask.seen(row, column, shift) == "none":
                continue
            scales = q8.scale[:, :, row] * k8.scale[:, :, column].mT * scale  # batch head row column
            s = mask.scores(q_numbers[:, :, row] @ k_numbers[:, :, column].mT * scales, row, column, shift)
            top = torch.maximum(m, s.amax(-1))  # batch head row
            p, factor = share(s, top[..., None]), share(m, top)
            m, l = top, l * factor + p.sum(-1)  # noqa: E741
            weights = rounded(p * LIFT).float() / LIFT
            # one scale in all of a tile's rows: it may be multiplied once at the end
            values = weights @ v_numbers[:, :, column] * v8.scale[:, :, column.start, None]
            held = held * factor[..., None] + values
        out[:, :, row] = held / l.clamp_min(torch.finfo(torch.float32).tiny)[..., None]
        lse[:, :, row] = finite(m) + l.log()
    return Partial(out, lse)
