"""FlashAttention: exact attention that never writes the [query key] square.

A tile of scores is made in fast memory, used, and forgotten; what a row needs of the tiles before is three things, its
running maximum m, sum l and output O (`online_softmax`). Slow memory holds O(N) numbers beside Q, K, V and O.

**FlashAttention-1** (Dao et al. 2022, arXiv 2205.14135, algorithm 1) keeps a block of keys and lets all queries pass:
O, m and l of each block of queries are read and written again for every block of keys, and O is divided at each::

    for each K_j, V_j:  for each Q_i that sees it:
        O_i = (l_i exp(m_i - m) O_i + exp(S - m) V_j) / l;   write O_i, m, l

**FlashAttention-2** (Dao 2023, arXiv 2307.08691, algorithm 1) keeps a block of queries and lets the keys pass: O stays
in fast memory, is divided once at the end, and is written once, with L = m + ln l for the backward pass::

    for each Q_i:  for each K_j, V_j that it sees:
        O_i = exp(m_i - m) O_i + exp(S - m) V_j
    write O_i / l, L_i

Either order skips the tiles that no query of theirs sees. FlashAttention-2's rows are independent, so a device shares
them among its processors even where there are few heads. Both move Theta(N^2 d^2 / M) numbers for a fast memory of M,
since the tile's sides are proportional to M / d.

Products take the numbers' own type and add up in float32 (or wider); weights are rounded to that of the values before
they meet them, as tensor cores ask for. A row without a visible key is 0, with L = -inf.

Worked example: 64 tokens of 64 dimensions, causal, tiles of 16: ten tiles of sixteen are seen. FlashAttention-2 reads
Q once and a block of K and one of V for each tile, 16,384 + 10 x 8,192 bytes, and writes O and L once.

>>> from explorer.stack.systems.memory_meter import Ledger
>>> q, k, v = torch.randn(3, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
>>> ledgers = Ledger(), Ledger()
>>> causal = TileMask(causal=True)
>>> first = flash_attention_1(q, k, v, causal, rows=16, columns=16, memory=ledgers[0])
>>> second = flash_attention_2(q, k, v, causal, rows=16, columns=16, memory=ledgers[1])
>>> [(each.read_bytes, each.written_bytes, each.extra_bytes) for each in ledgers]
[(99072, 42240, 512), (98304, 16640, 256)]
>>> exact = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
>>> [bool((each.out - exact).abs().max() < 1e-6) for each in (first, second)]
[True, True]
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.memory_meter import UNMETERED, SlowMemory
from explorer.stack.systems.online_softmax import Partial, accumulator, finite, share
from explorer.stack.systems.tile_mask import TileMask, blocks

SOFTMAX_FLOPS = 5
"""A score's own work: scale, maximum, subtraction, exponential, sum."""


def flash_attention_1(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
    shift: int | None = None,
    memory: SlowMemory = UNMETERED,
) -> Partial:
    """Keys outside, queries inside: O, m and l cross at every tile but a row's first, where they are 0."""
    mask = mask or TileMask()
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    k, v = for_each_head(q, k, v)
    shift, wide = k.shape[2] - q.shape[2] if shift is None else shift, accumulator(q.dtype)
    out = torch.zeros_like(q, dtype=wide)  # batch head query d_head
    m, l = q.new_full(q.shape[:3], -torch.inf, dtype=wide), q.new_zeros(q.shape[:3], dtype=wide)  # noqa: E741
    met = set[int]()
    for j, column in enumerate(blocks(k.shape[2], columns)):
        seeing = [(i, row) for i, row in enumerate(blocks(q.shape[2], rows)) if mask.seen(row, column, shift) != "none"]
        keys, values = k[:, :, column], v[:, :, column]
        for at, (i, row) in enumerate(seeing):
            memory.step("tile", i, j)
            if at == 0:
                memory.read("K", j, keys)
                memory.read("V", j, values)
            queries = q[:, :, row]
            memory.read("Q", i, queries)
            if i in met:
                memory.read("O", i, out[:, :, row].to(q.dtype))
                memory.read("m, l", i, torch.stack([m[:, :, row], l[:, :, row]]))
            s = mask.scores(queries.to(wide) @ keys.to(wide).mT * scale, row, column, shift)
            top = torch.maximum(m[:, :, row], s.amax(-1))  # batch head row
            raised = share(s, top[..., None])
            before = l[:, :, row] * share(m[:, :, row], top)
            total = before + raised.sum(-1)
            divisor = total.clamp_min(torch.finfo(wide).tiny)[..., None]
            product = raised.to(v.dtype).to(wide) @ values.to(wide)
            out[:, :, row] = out[:, :, row] * (before[..., None] / divisor) + product / divisor
            m[:, :, row], l[:, :, row] = top, total
            memory.compute(_tile_flops(s, q.shape[-1]) + 3 * out[:, :, row].numel())
            memory.rows(top, total, out[:, :, row])
            memory.write("O", i, out[:, :, row].to(q.dtype))
            if i not in met:
                memory.hold(torch.stack([m[:, :, row], l[:, :, row]]))
            memory.write("m, l", i, torch.stack([m[:, :, row], l[:, :, row]]))
            met.add(i)
    return Partial(out.to(q.dtype), finite(m) + l.log())


def flash_attention_2(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
    shift: int | None = None,
    memory: SlowMemory = UNMETERED,
) -> Partial:
    """Queries outside, keys inside: O stays in fast memory and is written once, divided, with L."""
    mask = mask or TileMask()
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    k, v = for_each_head(q, k, v)
    shift, wide = k.shape[2] - q.shape[2] if shift is None else shift, accumulator(q.dtype)
    out, lse = torch.zeros_like(q), q.new_full(q.shape[:3], -torch.inf, dtype=wide)
    for i, row in enumerate(blocks(q.shape[2], rows)):
        held = torch.zeros_like(q[:, :, row], dtype=wide)  # batch head row d_head
        m, l = lse[:, :, row].clone(), torch.zeros_like(lse[:, :, row])  # noqa: E741
        seen = [(j, c) for j, c in enumerate(blocks(k.shape[2], columns)) if mask.seen(row, c, shift) != "none"]
        queries = q[:, :, row]
        for at, (j, column) in enumerate(seen):
            memory.step("tile", i, j)
            if at == 0:
                memory.read("Q", i, queries)
            keys, values = k[:, :, column], v[:, :, column]
            memory.read("K", j, keys)
            memory.read("V", j, values)
            s = mask.scores(queries.to(wide) @ keys.to(wide).mT * scale, row, column, shift)
            top = torch.maximum(m, s.amax(-1))  # batch head row
            raised, factor = share(s, top[..., None]), share(m, top)
            m, l = top, l * factor + raised.sum(-1)  # noqa: E741
            held = held * factor[..., None] + raised.to(v.dtype).to(wide) @ values.to(wide)
            memory.compute(_tile_flops(s, q.shape[-1]) + held.numel())
            memory.rows(m, l, held)
        if seen:
            out[:, :, row] = (held / l.clamp_min(torch.finfo(wide).tiny)[..., None]).to(q.dtype)
            lse[:, :, row] = finite(m) + l.log()
            memory.compute(held.numel())
            memory.write("O", i, out[:, :, row])
            memory.write("L", i, lse[:, :, row])
            memory.hold(lse[:, :, row])
    return Partial(out, lse)


def for_each_head(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
) -> tuple[Float[Tensor, "batch head key d_head"], Float[Tensor, "batch head key d_head"]]:
    """Keys and values as each query head reads them: query head h those of head h // group."""
    group = q.shape[1] // k.shape[1]
    return (k, v) if group == 1 else (k.repeat_interleave(group, 1), v.repeat_interleave(group, 1))


def _tile_flops(scores: Tensor, d_head: int) -> int:
    """Both products of a tile, and its softmax."""
    return scores.numel() * (4 * d_head + SOFTMAX_FLOPS)
