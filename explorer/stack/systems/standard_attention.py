"""Standard attention as it crosses memory: the square of scores and that of weights are written out and read back.

    S = Q K^T scale      written,   N x N
    P = softmax(S)       S read, P written
    O = P V              P read

Each product is done in tiles, as any matrix product on a device is: a block of queries stays while the blocks of keys
pass by. So Q is read once, K and V once for each block of queries, and the two squares are written once and read once
each: Theta(N d + N^2) accesses with the squares, whatever the size of fast memory (Dao et al. 2022, arXiv 2205.14135,
section 3.2). Masked scores are computed like the others.

Worked example: 64 tokens of 64 dimensions in tiles of 16. Q is read once (16 kB), K and V four times (128 kB), S and P
once each (32 kB); S, P and O are written (48 kB).

>>> from explorer.stack.systems.memory_meter import Ledger
>>> q, k, v = torch.randn(3, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
>>> made = standard_attention(q, k, v, TileMask(causal=True), rows=16, columns=16, memory=(ledger := Ledger()))
>>> ledger.read_bytes, ledger.written_bytes, ledger.extra_bytes
(180224, 49152, 32768)
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_attention import SOFTMAX_FLOPS, for_each_head
from explorer.stack.systems.memory_meter import UNMETERED, SlowMemory
from explorer.stack.systems.online_softmax import Partial, accumulator, finite, share
from explorer.stack.systems.tile_mask import TileMask, blocks


def standard_attention(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
    memory: SlowMemory = UNMETERED,
) -> Partial:
    """The output and the log-sum-exp, with both squares in slow memory. Query heads that share keys read them each."""
    mask = mask or TileMask()
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    k, v = for_each_head(q, k, v)
    n, d = k.shape[2], q.shape[-1]
    shift = n - q.shape[2]
    wide = accumulator(q.dtype)
    scores = q.new_zeros(*q.shape[:3], n, dtype=wide)  # batch head query key
    weights = torch.zeros_like(scores)
    out, lse = torch.zeros_like(q), q.new_zeros(q.shape[:3], dtype=wide)
    across, below = list(enumerate(blocks(n, columns))), list(enumerate(blocks(q.shape[2], rows)))
    for i, row in below:
        queries = q[:, :, row]
        for j, column in across:
            memory.step("scores", i, j)
            if j == 0:
                memory.read("Q", i, queries)
            memory.read("K", j, k[:, :, column])
            product = queries.to(wide) @ k[:, :, column].to(wide).mT * scale
            scores[:, :, row, column] = mask.scores(product, row, column, shift)
            memory.compute(2 * product.numel() * d)
            memory.write("S", i, scores[:, :, row, column])
            memory.hold(scores[:, :, row, column])
    for i, row in below:
        memory.step("softmax", i, -1)
        s = scores[:, :, row]
        memory.read("S", i, s)
        m = finite(s.amax(-1))
        raised = share(s, m[..., None])
        total = raised.sum(-1)
        lse[:, :, row] = m + total.log()
        weights[:, :, row] = raised / total.clamp_min(torch.finfo(wide).tiny)[..., None]
        memory.compute(SOFTMAX_FLOPS * s.numel())
        memory.write("P", i, weights[:, :, row])
        memory.hold(weights[:, :, row])
        memory.rows(m, total, torch.zeros_like(q[:, :, row], dtype=wide))
    for i, row in below:
        held = torch.zeros_like(q[:, :, row], dtype=wide)
        for j, column in across:
            memory.step("output", i, j)
            p, values = weights[:, :, row, column], v[:, :, column]
            memory.read("P", i, p)
            memory.read("V", j, values)
            held = held + p.to(v.dtype).to(wide) @ values.to(wide)
            memory.compute(2 * p.numel() * d)
            memory.rows(finite(scores[:, :, row].amax(-1)), weights[:, :, row].sum(-1), held)
        out[:, :, row] = held.to(q.dtype)
        memory.write("O", i, out[:, :, row])
    return Partial(out, lse)
