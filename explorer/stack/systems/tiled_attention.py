"""FlashAttention at this machine's speed: the reference's loops, each step a torch product over a tile of many heads.

`flash_attention` is written to be read and metered; this is the same algorithm (Dao 2023, arXiv 2307.08691) made fast
on a CPU; `tiled_backward` is its way back. What makes it so:

- A tile holds as many rows as keep a core busy for one call of torch: all query heads that share a key-value head are
  rows of one product, [kv_head, group x rows, d_head] by [kv_head, d_head, columns], and K is not copied.
- Scores are made into powers of two: 2^(s log2 e) = e^s, and log2 e is multiplied into Q with the scale.
- What lies between two products is one compiled pass over the tile (`tile_softmax`): 0.22 ns a score, where torch's
  maximum, difference, power and sum took 0.45 and the products take 2.7. It knows order and window, so that no mask is
  made.
- Tiles are large and torch is called seldom. Between two products that have filled the caches a call costs tens of
  microseconds, and the other threads wait for Python's lock meanwhile: shapes of a buffer are made once.
- Tiles that no row sees are not made.
- Each thread takes blocks of rows of its own (`tile_team`), and the threads are torch's: at 1,024 tokens threads of
  ours took 1.5 times as long.

Scores, sums and outputs are float32, of bfloat16 numbers too, which are widened a block of heads at a time. Beside Q,
K, V and O it holds the tile, L, and where numbers are narrow the widened keys and values: O(N).

Tried and left: the products compiled as well, as the decode steps are (numba). It took 2.9 times as long, since they
reach a third of the speed of the library's, and products are nine tenths of the time.

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
from functools import cache, partial
from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.online_softmax import Partial, accumulator
from explorer.stack.systems.tile_mask import TileMask, blocks
from explorer.stack.systems.tile_softmax import HIDDEN, settle, take
from explorer.stack.systems.tile_team import team_of

LOG2_E = math.log2(math.e)
#: Rows of a tile, all its heads together.
ROWS = 1024
#: Rows of one head: fewer would make more calls of torch.
FEWEST, MOST = 128, 512
#: More columns than there are.
FAR = 1 << 40
COLUMNS = 512


@dataclass(frozen=True)
class Tile:
    """How attention is cut: rows of each head, columns, and key-value heads that go together."""

    rows: int
    columns: int
    kv_heads: int = 1

    @classmethod
    def of(cls, q: Tensor, k: Tensor, threads: int, causal: bool, columns: int = COLUMNS) -> Tile:
        """For these queries and keys, so that each thread has work, and little of what causal order hides.

        >>> q, k = torch.empty(1, 9, 2048, 64), torch.empty(1, 3, 2048, 64)
        >>> Tile.of(q, k, threads=2, causal=True)
        Tile(rows=128, columns=512, kv_heads=3)
        >>> Tile.of(q[:, :8], k[:, :2], threads=2, causal=True)
        Tile(rows=256, columns=512, kv_heads=1)
        """
        kv, group = k.shape[1], q.shape[1] // k.shape[1]
        together = max(1, min(kv // threads if kv % threads == 0 else kv, 2 * ROWS // (group * FEWEST)))
        most = len(q) * math.ceil(kv / together) * q.shape[2] // (2 * threads) if threads > 1 else MOST
        most = min(most, max(2 * FEWEST, q.shape[2] // 8)) if causal else most
        return cls(max(FEWEST, min(MOST, most, ROWS // (together * group))), columns, together)


@dataclass(frozen=True, eq=False)
class Heads:
    """Some key-value heads of one sequence, with the query heads that read them, in the accumulator's type."""

    batch: int
    kv: slice
    query: slice
    mask: TileMask
    k: Float[Tensor, "kv_head key d_head"]
    v: Float[Tensor, "kv_head key d_head"]

    @property
    def n_kv(self) -> int:
        return self.kv.stop - self.kv.start

    @property
    def group(self) -> int:
        return (self.query.stop - self.query.start) // self.n_kv


def heads_of(q: Tensor, k: Tensor, v: Tensor, mask: TileMask, together: int) -> Iterator[Heads]:
    """The work in parts that share a tile."""
    group, wide = q.shape[1] // k.shape[1], accumulator(q.dtype)
    for batch in range(len(q)):
        for kv in blocks(k.shape[1], together):
            query = slice(kv.start * group, kv.stop * group)
            yield Heads(batch, kv, query, mask.of_heads(batch, query), k[batch, kv].to(wide), v[batch, kv].to(wide))


class Scratch:
    """A buffer that takes the shape of each tile in turn. A shape is made once: each call of torch is a moment in which
    the other threads wait."""

    def __init__(self, numbers: int, like: Tensor) -> None:
        flat = torch.empty(numbers, dtype=accumulator(like.dtype), device=like.device)
        self.tensor = tensor = cache(lambda *shape: flat[: math.prod(shape)].view(shape))
        self.array = cache(lambda *shape: tensor(*shape).numpy())


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
    team = team_of(torch.get_num_threads())
    tile = tile or Tile.of(q, k, team.size, mask.causal)
    made = Partial(torch.zeros_like(q), q.new_full(q.shape[:3], -math.inf, dtype=accumulator(q.dtype)))
    rows = blocks(q.shape[2], tile.rows)[::-1]  # the longest first, where the order is causal
    parts = list(heads_of(q, k, v, mask, tile.kv_heads))

    def work(items: Iterator[tuple[slice, Heads]]) -> None:
        scratch = _Forward.of(q, k, tile)
        for row, heads in items:
            _attend(q, made, heads, row, scale, tile, shift, scratch)

    team.share(product(rows, parts), work)
    return made


class _Forward(NamedTuple):
    """What a thread writes its tiles over."""

    scores: Scratch
    sums: Scratch
    queries: Scratch
    tops: Scratch
    totals: Scratch

    @classmethod
    def of(cls, q: Tensor, k: Tensor, tile: Tile) -> _Forward:
        rows = min(tile.kv_heads, k.shape[1]) * (q.shape[1] // k.shape[1]) * min(tile.rows, q.shape[2])
        return cls(*(Scratch(rows * n, q) for n in (min(tile.columns, k.shape[2]), q.shape[-1], q.shape[-1], 1, 1)))


def _attend(
    q: Tensor, made: Partial, heads: Heads, row: slice, scale: float, tile: Tile, shift: int, scratch: _Forward
) -> None:
    """One block of rows of some heads: the keys that it sees pass by."""
    at, r, d = (heads.batch, heads.query, row), row.stop - row.start, q.shape[-1]
    together, by_head = (heads.n_kv, heads.group * r), (heads.n_kv * heads.group, r)
    torch.mul(q[at], scale * before(heads.mask), out=scratch.queries.tensor(*by_head, d))
    queries, held = scratch.queries.tensor(*together, d), scratch.sums.tensor(*together, d)
    running = scratch.tops.array(*by_head), scratch.totals.array(*by_head), scratch.sums.array(*by_head, d)
    fresh = True
    for column in visible_columns(heads.mask, row, heads.k.shape[1], tile.columns, shift):
        width = column.stop - column.start
        s = torch.bmm(queries, heads.k[:, column].mT, out=scratch.scores.tensor(*together, width))
        raise_scores(scratch.scores.tensor(*by_head, width), heads.mask, row, column, shift)
        take(scratch.scores.array(*by_head, width), *running, *edges(heads.mask, row, column, shift), fresh)
        if fresh:
            torch.bmm(s, heads.v[:, column], out=held)
        else:
            held.baddbmm_(s, heads.v[:, column])
        fresh = False
    if not fresh:
        settle(*running)
        made.lse[at] = scratch.tops.tensor(*by_head)
        made.out[at] = scratch.sums.tensor(*by_head, d)  # rounded here, where numbers are narrow


def visible_columns(mask: TileMask, row: slice, n_key: int, columns: int, shift: int) -> Iterator[slice]:
    """The blocks of keys that some of the rows see, the last one cut where the last row stops seeing."""
    end = min(n_key, row.stop + shift) if mask.causal else n_key
    for column in blocks(max(0, end), columns):
        if mask.seen(row, column, shift) != "none":
            yield column


def edges(mask: TileMask, row: slice, column: slice, shift: int) -> tuple[int, int]:
    """The first and the last of the tile's columns that its first row sees, by order and window; each further row sees
    from one further to one further."""
    own = row.start + shift - column.start
    return own - (FAR if mask.window is None else mask.window - 1), own if mask.causal else FAR


def before(mask: TileMask) -> float:
    """What Q is multiplied by beside the scale: a cap takes its share before it bends, powers of two log2 e."""
    return LOG2_E if mask.cap is None else 1 / mask.cap


def raise_scores(s: Float[Tensor, "head row column"], mask: TileMask, row: slice, column: slice, shift: int) -> None:
    """Products made into exponents of two, in their place: bent, biased, and out of sight where a mask hides them."""
    if mask.cap is not None:
        s.tanh_().mul_(mask.cap * LOG2_E)
    if mask.slopes is not None:
        place = partial(torch.arange, device=s.device)
        distance = place(row.start, row.stop)[:, None] + shift - place(column.start, column.stop)
        s.addcmul_(mask.slopes[:, None, None].to(s), distance.to(s), value=-LOG2_E)
    if mask.bias is not None:
        s.add_(mask.bias[0, :, row, column].to(s), alpha=LOG2_E)
    if mask.mask is not None:
        s.masked_fill_(~mask.mask[0, :, row, column], -math.inf)
    if mask.bias is not None or mask.mask is not None:
        s.clamp_(min=HIDDEN)
