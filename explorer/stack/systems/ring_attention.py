"""Ring attention: exact attention over a text that no rank holds whole.

Each of R ranks holds the queries, keys and values of its own positions (`sequence_layout`). Queries stay; blocks of
keys and values go round. At each of R steps a rank computes its queries' attention over the block that it has now,
while that block is already on its way to the next rank, and merges the result with what it has by the log-sum-exp (Liu
et al. 2023, arXiv 2310.01889; `online_softmax.merge`)::

    for step 0 .. R - 1:                        the block of rank r - step is here
        begin to send K, V to rank r + 1, and to receive those of rank r - 1      (not in the last step)
        (out, L) = merge((out, L), attention(Q_r, K, V))

Blocks need no order, so a causal mask falls on whole pairs of chunks: seen whole, on the diagonal, or not at all and
skipped. The backward pass turns the ring once more. A block's dK and dV travel with it, each rank adds what its queries
say, and one hop more than K and V make brings them home. Weights are made again from L (`flash_backward`).

With b bytes for a position's key, and in float32 as many for its gradient, rank r hands over, for N positions of which
the next rank holds n::

    forward    2 b (N - n)                      every block but the next rank's own: it ends there
    backward   2 b (N - n) + 2 b N              and every block's dK and dV

Memory is that of the own positions and one block more; what is sent does not depend on how much is computed, so long
texts hide it: computing grows with N^2 / R, sending with N.

Worked example: 32 positions, two heads of 8, four ranks that are threads here. Each sends three blocks of 8 positions,
of K and of V: 3 x 2 x 8 x 2 x 8 numbers of four bytes.

>>> from explorer.stack.systems.ring_channel import in_threads
>>> q, k, v = torch.randn(3, 1, 2, 32, 8, generator=torch.Generator().manual_seed(0))
>>> layout = SequenceLayout(32, 4, "zigzag")
>>> def rank(ring: Ring) -> tuple[Partial, int]:
...     made = ring_attention(ring, layout, *(layout.own(x, ring.rank) for x in (q, k, v)), TileMask(causal=True))
...     return made, sum(moment.bytes for moment in ring.moments)
>>> made, sent = zip(*in_threads(4, rank))
>>> exact = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
>>> bool((layout.whole([each.out for each in made]) - exact).abs().max() < 1e-6), sent
(True, (3072, 3072, 3072, 3072))
>>> [bytes_sent(layout, rank, 2 * 8 * 4) for rank in range(4)]
[3072, 3072, 3072, 3072]
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.flash_backward import Gradients, flash_backward
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.online_softmax import Partial, accumulator, merge
from explorer.stack.systems.ring_channel import Finish, Ring
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import Seen, TileMask


@dataclass(frozen=True)
class Pair:
    """A chunk of queries and a chunk of keys that meet: where they stand in the text, and where on their ranks."""

    queries: slice
    keys: slice
    local_queries: slice
    local_keys: slice
    seen: Seen

    @property
    def shift(self) -> int:
        """Where the first query stands among the chunk's keys; negative if it stands before them."""
        return self.queries.start - self.keys.start

    @property
    def place(self) -> tuple[int, int, int, int]:
        return self.queries.start, self.queries.stop, self.keys.start, self.keys.stop


def pairs(layout: SequenceLayout, rank: int, owner: int, mask: TileMask) -> list[Pair]:
    """What a rank's queries have to do with a block of keys: every pair of chunks, those that are skipped as well."""
    found = []
    for queries, own in zip(layout.chunks(rank), layout.local(rank), strict=True):
        for keys, theirs in zip(layout.chunks(owner), layout.local(owner), strict=True):
            row, column = slice(0, queries.stop - queries.start), slice(0, keys.stop - keys.start)
            seen = mask.seen(row, column, queries.start - keys.start)
            found.append(Pair(queries, keys, own, theirs, seen))
    return found


def bytes_sent(layout: SequenceLayout, rank: int, position: int, gradient: int | None = None) -> int:
    """What a rank hands over, by formula. `position`: bytes of one position's key, in all heads; `gradient`: those of
    its gradient, for the backward pass; None for the forward pass."""
    forward = 2 * position * (layout.length - layout.held((rank + 1) % layout.ranks))
    return forward if gradient is None else forward + 2 * gradient * layout.length


def ring_attention(
    ring: Ring,
    layout: SequenceLayout,
    q: Float[Tensor, "batch head own d_head"],
    k: Float[Tensor, "batch kv_head own d_head"],
    v: Float[Tensor, "batch kv_head own d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
) -> Partial:
    """The rank's own queries' attention over the whole text. To be called on every rank of the ring."""
    mask, scale = _checked(ring, layout, q, mask, scale)
    wide = accumulator(q.dtype)
    out, lse = torch.zeros_like(q, dtype=wide), q.new_full(q.shape[:3], -math.inf, dtype=wide)
    for _, owner, (keys, values) in _round(ring, layout, "forward", k, v):
        with ring.noting("compute", owner=owner) as note:
            for pair in pairs(layout, ring.rank, owner, mask):
                if pair.seen == "none":
                    continue
                ledger, here = Ledger(), pair.local_queries
                part = flash_attention_2(
                    q[:, :, here], keys[:, :, pair.local_keys], values[:, :, pair.local_keys], mask, scale,
                    rows=rows, columns=columns, shift=pair.shift, memory=ledger,
                )  # fmt: skip
                whole = merge(Partial(out[:, :, here], lse[:, :, here]), Partial(part.out.to(wide), part.lse))
                out[:, :, here], lse[:, :, here] = whole.out, whole.lse
                note["flops"] += ledger.flops
                note["tiles"] += (pair.place,)
    return Partial(out.to(q.dtype), lse)


def ring_backward(
    ring: Ring,
    layout: SequenceLayout,
    q: Float[Tensor, "batch head own d_head"],
    k: Float[Tensor, "batch kv_head own d_head"],
    v: Float[Tensor, "batch kv_head own d_head"],
    made: Partial,
    d_out: Float[Tensor, "batch head own d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    rows: int = 64,
    columns: int = 64,
) -> Gradients:
    """Gradients of the sum of out * d_out over all ranks, for the own positions, from what the forward pass made."""
    mask, scale = _checked(ring, layout, q, mask, scale)
    wide = accumulator(q.dtype)
    dq = torch.zeros_like(q, dtype=wide)
    going, coming, come = list[Finish](), list[Finish](), list[Tensor]()
    for step, owner, (keys, values) in _round(ring, layout, "backward", k, v):
        with ring.noting("compute", owner=owner) as note:
            dk, dv = torch.zeros_like(keys, dtype=wide), torch.zeros_like(values, dtype=wide)
            for pair in pairs(layout, ring.rank, owner, mask):
                if pair.seen == "none":
                    continue
                ledger, here, there = Ledger(), pair.local_queries, pair.local_keys
                part = flash_backward(
                    q[:, :, here], keys[:, :, there], values[:, :, there],
                    Partial(made.out[:, :, here], made.lse[:, :, here]), d_out[:, :, here], mask, scale,
                    rows=rows, columns=columns, shift=pair.shift, memory=ledger,
                )  # fmt: skip
                dq[:, :, here] += part.dq
                dk[:, :, there] += part.dk
                dv[:, :, there] += part.dv
                note["flops"] += ledger.flops
                note["tiles"] += (pair.place,)
        if step > 0:  # what the ranks before have added to this block's
            ring.wait(coming)
            dk += come[0]
            dv += come[1]
        ring.wait(going)
        going = ring.send([dk, dv], ring.next, "dK, dV", owner)
        come = _room(layout, (ring.rank - step - 1) % ring.ranks, dk, dv)
        coming = ring.receive(come, ring.previous, "dK, dV")
    ring.wait(coming)  # home
    ring.wait(going)
    return Gradients(dq.to(q.dtype), come[0].to(k.dtype), come[1].to(v.dtype))


def _round(
    ring: Ring, layout: SequenceLayout, phase: str, k: Tensor, v: Tensor
) -> Iterator[tuple[int, int, tuple[Tensor, Tensor]]]:
    """The blocks that come by, the own one first: step, owner, keys and values. While one is used, it is sent on."""
    here = [k.contiguous(), v.contiguous()]
    for step in range(ring.ranks):
        ring.turn(phase, step)
        owner = (ring.rank - step) % ring.ranks
        if step == ring.ranks - 1:
            yield step, owner, (here[0], here[1])
            return
        going = ring.send(here, ring.next, "K, V", owner)
        come = _room(layout, (owner - 1) % ring.ranks, k, v)
        coming = ring.receive(come, ring.previous, "K, V")
        yield step, owner, (here[0], here[1])
        ring.wait(coming)
        ring.wait(going)
        here = come


def _room(layout: SequenceLayout, owner: int, *like: Tensor) -> list[Tensor]:
    """Empty tensors for the block of a rank, in the types and heads of those given."""
    return [each.new_empty((*each.shape[:2], layout.held(owner), each.shape[3])) for each in like]


def _checked(
    ring: Ring, layout: SequenceLayout, q: Tensor, mask: TileMask | None, scale: float | None
) -> tuple[TileMask, float]:
    mask = mask or TileMask()
    if layout.ranks != ring.ranks or q.shape[2] != layout.held(ring.rank):
        raise ValueError(f"{q.shape[2]} positions on one of {ring.ranks} ranks do not fit {layout}")
    if mask.mask is not None or mask.bias is not None:
        raise ValueError("a mask or bias of single pairs would have to be cut for each chunk; give rules of positions")
    return mask, 1 / math.sqrt(q.shape[-1]) if scale is None else scale
