"""FlashAttention at this machine's speed: the reference's loops, each step a torch product over a tile of many heads.

`flash_attention` is written to be read and metered; this is the same algorithm (Dao 2023, arXiv 2307.08691) made fast
on a CPU. What makes it so:

- A tile holds as many rows as keep the processor busy for one call of torch: all query heads that share a key-value
  head are rows of one product, [kv_head, group x rows, d_head] by [kv_head, d_head, columns], and K is not copied.
- Scores are made into powers of two: 2^(s log2 e) = e^s, and log2 e is multiplied into Q with the scale. torch's exp2
  took 0.13 ns a score here, its exp about 1, and the products 2.4.
- The tile is one buffer that every step writes over: product, maximum, difference, power, product.
- Tiles that no row sees are not made, and only tiles that cross the mask's edge are masked.

Scores, sums and outputs are float32, of bfloat16 numbers too, which are widened a block of heads at a time. Beside Q,
K, V and O it holds the tile, L, and where numbers are narrow the widened keys and values: O(N).

Worked example: what torch's own kernel gives, in tiles of 32 rows.

>>> q, k, v = torch.randn(3, 1, 2, 100, 16, generator=torch.Generator().manual_seed(0))
>>> made = tiled_attention(q, k, v, TileMask(causal=True), tile=Tile(rows=32, columns=48))
>>> exact = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
>>> bool((made.out - exact).abs().max() < 1e-6)
True
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_backward import Gradients
from explorer.stack.systems.online_softmax import Partial, accumulator
from explorer.stack.systems.tile_mask import TileMask, blocks

LOG2_E = math.log2(math.e)
#: Rows of a tile, all its heads together.
ROWS = 1024
#: Rows of one head: fewer would make more calls of torch, more would compute more of what a causal mask hides.
FEWEST, MOST = 64, 256
COLUMNS = 512


@dataclass(frozen=True)
class Tile:
    """How attention is cut: rows of each head, columns, and key-value heads that go together."""

    rows: int
    columns: int
    kv_heads: int = 1

    @classmethod
    def of(cls, kv_heads: int, group: int, rows: int = ROWS, columns: int = COLUMNS) -> Tile:
        """For this many key-value heads, each read by `group` query heads.

        >>> Tile.of(kv_heads=3, group=3)
        Tile(rows=113, columns=512, kv_heads=3)
        >>> Tile.of(kv_heads=64, group=1)
        Tile(rows=64, columns=512, kv_heads=16)
        """
        together = max(1, min(kv_heads, rows // (group * FEWEST)))
        return cls(min(MOST, max(FEWEST, rows // (together * group))), columns, together)


@dataclass(frozen=True, eq=False)
class Heads:
    """Some key-value heads of one sequence, with the query heads that read them, in the accumulator's type."""

    batch: int
    kv: slice
    query: slice
    mask: TileMask
    k: Float[Tensor, "kv_head key d_head"]
    v: Float[Tensor, "kv_head key d_head"]


def heads_of(q: Tensor, k: Tensor, v: Tensor, mask: TileMask, together: int) -> Iterator[Heads]:
    """The work in parts that share a tile."""
    group, wide = q.shape[1] // k.shape[1], accumulator(q.dtype)
    for batch in range(len(q)):
        for kv in blocks(k.shape[1], together):
            query = slice(kv.start * group, kv.stop * group)
            yield Heads(batch, kv, query, mask.of_heads(batch, query), k[batch, kv].to(wide), v[batch, kv].to(wide))


class Scratch:
    """A buffer that takes the shape of each tile in turn."""

    def __init__(self, numbers: int, like: Tensor) -> None:
        self.flat = torch.empty(numbers, dtype=accumulator(like.dtype), device=like.device)

    def __call__(self, *shape: int) -> Tensor:
        return self.flat[: math.prod(shape)].view(shape)


def tiled_attention(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    tile: Tile | None = None,
    shift: int | None = None,
) -> Partial:
    """The output and the log-sum-exp. A row without a visible key is 0, its log-sum-exp -inf."""
    mask, scale = mask or TileMask(), 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    shift = k.shape[2] - q.shape[2] if shift is None else shift
    group, d = q.shape[1] // k.shape[1], q.shape[-1]
    tile = tile or Tile.of(k.shape[1], group)
    out, lse = torch.zeros_like(q), q.new_full(q.shape[:3], -math.inf, dtype=accumulator(q.dtype))
    together = tile.kv_heads * group * min(tile.rows, q.shape[2])
    scores, sums, queries = (Scratch(together * n, q) for n in (min(tile.columns, k.shape[2]), d, d))
    for heads in heads_of(q, k, v, mask, tile.kv_heads):
        n_kv = heads.kv.stop - heads.kv.start
        for row in blocks(q.shape[2], tile.rows):
            r = row.stop - row.start
            held = sums(n_kv, group * r, d)
            rows = queries(n_kv * group, r, d)
            torch.mul(q[heads.batch, heads.query, row], scale * before(mask), out=rows)
            m = l = None  # noqa: E741
            for column, seen in visible_columns(heads.mask, row, k.shape[2], tile.columns, shift):
                s = scores(n_kv, group * r, column.stop - column.start)
                torch.bmm(rows.view(n_kv, group * r, d), heads.k[:, column].mT, out=s)
                raise_scores(s.view(n_kv * group, r, -1), heads.mask, row, column, shift, seen)
                top = s.amax(-1, keepdim=True).clamp_(min=torch.finfo(s.dtype).min)
                if m is None or l is None:
                    l = s.sub_(top).exp2_().sum(-1, keepdim=True)  # noqa: E741
                    torch.bmm(s, heads.v[:, column], out=held)
                else:
                    torch.maximum(top, m, out=top)
                    factor = m.sub_(top).exp2_()
                    l.mul_(factor).add_(s.sub_(top).exp2_().sum(-1, keepdim=True))
                    held.mul_(factor).baddbmm_(s, heads.v[:, column])
                m = top
            if m is not None and l is not None:
                lse[heads.batch, heads.query, row] = m.div_(LOG2_E).add_(l.log()).view(-1, r)
                held.div_(l.clamp_(min=torch.finfo(l.dtype).tiny))
                out[heads.batch, heads.query, row] = held.view(-1, r, d)  # rounded here, if numbers are narrow
    return Partial(out, lse)


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
    """Gradients of sum(out * d_out): a block of keys stays with its dK and dV while the rows that see it pass by."""
    mask, scale = mask or TileMask(), 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    shift = k.shape[2] - q.shape[2] if shift is None else shift
    group, d, n = q.shape[1] // k.shape[1], q.shape[-1], q.shape[2]
    tile = tile or Tile.of(k.shape[1], group, columns=MOST)
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    square = tile.kv_heads * group * min(tile.rows, n) * min(tile.columns, k.shape[2])
    scores, products = Scratch(square, q), Scratch(square, q)
    slopes = products if mask.cap is None else Scratch(square, q)
    keys, values = (Scratch(tile.kv_heads * tile.columns * d, q) for _ in range(2))
    for heads in heads_of(q, k, v, mask, tile.kv_heads):
        n_kv = heads.kv.stop - heads.kv.start
        block = [_Rows(q, made, d_out, heads, row, scale * before(mask)) for row in blocks(n, tile.rows)]
        for column in blocks(k.shape[2], tile.columns):
            width = column.stop - column.start
            dk_j, dv_j = keys(n_kv, width, d).zero_(), values(n_kv, width, d).zero_()
            k_j, v_j = heads.k[:, column], heads.v[:, column]
            for at in block:
                seen = heads.mask.seen(at.row, column, shift)
                if seen == "none":
                    continue
                shape = n_kv, at.q.shape[1], width
                p = torch.bmm(at.q, k_j.mT, out=scores(*shape))
                bend = None if mask.cap is None else torch.tanh(p, out=slopes(*shape)).square_().neg_().add_(1)
                raise_scores(p.view(n_kv * group, -1, width), heads.mask, at.row, column, shift, seen)
                p.sub_(at.lse).exp2_()
                dv_j.baddbmm_(p.mT, at.d_out)
                ds = torch.bmm(at.d_out, v_j.mT, out=products(*shape)).sub_(at.delta).mul_(p)
                if bend is not None:
                    ds.mul_(bend)
                at.dq.baddbmm_(ds, k_j)
                dk_j.baddbmm_(ds.mT, at.q)
            dk[heads.batch, heads.kv, column] = dk_j.div_(before(mask)).to(k.dtype)
            dv[heads.batch, heads.kv, column] = dv_j.to(v.dtype)
        for at in block:
            dq[heads.batch, heads.query, at.row] = at.dq.mul_(scale).view(n_kv * group, -1, d).to(q.dtype)
    return Gradients(dq, dk, dv)


class _Rows:
    """A block of rows of some heads, as each block of keys reads it."""

    def __init__(self, q: Tensor, made: Partial, d_out: Tensor, heads: Heads, row: slice, factor: float) -> None:
        wide, at = accumulator(q.dtype), (heads.batch, heads.query, row)
        n_kv = heads.kv.stop - heads.kv.start
        self.row = row
        self.q = (q[at].to(wide) * factor).reshape(n_kv, -1, q.shape[-1])  # kv_head group*row d_head
        self.d_out = d_out[at].to(wide).reshape(self.q.shape)
        self.dq = self.q.new_zeros(self.q.shape)
        lse = made.lse[at] * LOG2_E
        self.lse = lse.masked_fill_(lse == -math.inf, 0).view(n_kv, -1, 1)
        self.delta = (self.d_out * made.out[at].to(wide).reshape(self.q.shape)).sum(-1, keepdim=True)


def visible_columns(mask: TileMask, row: slice, n_key: int, columns: int, shift: int) -> Iterator[tuple[slice, str]]:
    """The blocks of keys that some of the rows see, the last one cut where the last row stops seeing."""
    end = min(n_key, row.stop + shift) if mask.causal else n_key
    for column in blocks(max(0, end), columns):
        if (seen := mask.seen(row, column, shift)) != "none":
            yield column, seen


def before(mask: TileMask) -> float:
    """What Q is multiplied by beside the scale: a cap takes its share before it bends, powers of two log2 e."""
    return LOG2_E if mask.cap is None else 1 / mask.cap


def raise_scores(
    s: Float[Tensor, "head row column"], mask: TileMask, row: slice, column: slice, shift: int, seen: str
) -> None:
    """Products made into exponents of two, in their place: bent, biased, and -inf where nothing may be seen."""
    if mask.cap is not None:
        s.tanh_().mul_(mask.cap * LOG2_E)
    if mask.slopes is not None:
        distance = torch.arange(row.start, row.stop)[:, None] + shift - torch.arange(column.start, column.stop)
        s.addcmul_(mask.slopes[:, None, None].to(s), distance.to(s), value=-LOG2_E)
    if mask.bias is not None:
        s.add_(mask.bias[0, :, row, column].to(s), alpha=LOG2_E)
    if seen == "some":
        s.masked_fill_(~mask.visible(row, column, shift).view(-1, *s.shape[1:]), -math.inf)
