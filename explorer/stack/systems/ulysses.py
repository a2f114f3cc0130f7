"""Ulysses: sequence parallelism by exchanging positions for heads, and back.

Each of R ranks holds all heads of its own positions. Before attention all ranks exchange: each gives every other one
the heads that are the other's, and gets its own heads at all positions. Then a rank has whole rows and whole columns
for some heads, and any attention kernel will do; afterwards the outputs are exchanged back (Jacobs et al. 2023,
DeepSpeed-Ulysses, arXiv 2309.14509)::

    q, k, v   [head, own]  ->  [head / R, pos]        all-to-all
    out     = attention(q, k, v)
    out       [head / R, pos]  ->  [head, own]        all-to-all

What a rank hands over shrinks with R, where a ring's does not: of its n positions it keeps the part that is its own
heads', for H query heads and K key heads of b bytes a position::

    Ulysses     (R - 1) / R  n (2 H + 2 K) b
    ring        2 K b (N - n')                        n' of the next rank; about R - 1 times n

So Ulysses sends less from R > 1 + H / K ranks on. But R must divide both numbers of heads; a ring has no such bound.

Worked example: four heads, two ranks that are threads here, 10 positions of which each holds 5.

>>> from explorer.stack.systems.ring_channel import in_threads
>>> q, k, v = torch.randn(3, 1, 4, 10, 8, generator=torch.Generator().manual_seed(0))
>>> layout = SequenceLayout(10, 2)
>>> def rank(ring: Ring) -> tuple[Tensor, int]:
...     out = ulysses(ring, layout, *(layout.own(x, ring.rank) for x in (q, k, v)), TileMask(causal=True))
...     return out, sum(moment.bytes for moment in ring.moments)
>>> out, sent = zip(*in_threads(2, rank))
>>> exact = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
>>> bool((layout.whole(out) - exact).abs().max() < 1e-6), sent
(True, (1280, 1280))
>>> ulysses_bytes(layout, 0, heads=4, kv_heads=4, position=8 * 4)
1280
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.ring_channel import Name, Ring
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.tile_mask import TileMask


def ulysses(
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
) -> Float[Tensor, "batch head own d_head"]:
    """The rank's own queries' attention over the whole text. To be called on every rank.

    Raises ValueError where the ranks do not divide the heads.
    """
    mask = mask or TileMask()
    if q.shape[1] % ring.ranks or k.shape[1] % ring.ranks:
        raise ValueError(f"{ring.ranks} ranks cannot share {q.shape[1]} query and {k.shape[1]} key heads evenly")
    if mask.slopes is not None or mask.mask is not None or mask.bias is not None:
        raise ValueError("what differs from head to head would have to be cut for each rank")
    ring.turn("exchange", 0)
    whole_q, whole_k, whole_v = (_to_heads(ring, layout, x) for x in (q, k, v))
    ring.turn("attention", 1)
    with ring.noting("compute"):
        made = flash_attention_2(
            whole_q, whole_k, whole_v, mask, scale, rows=rows, columns=columns
        )  # batch head/R pos d_head
    ring.turn("exchange back", 2)
    return _to_positions(ring, layout, made.out)


def ulysses_bytes(layout: SequenceLayout, rank: int, heads: int, kv_heads: int, position: int) -> int:
    """What a rank hands over, by formula. `position`: bytes of one head at one position. Both exchanges together:
    queries, keys and values of its own positions, and outputs of all others."""
    ranks, own = layout.ranks, layout.held(rank)
    return position * ((ranks - 1) * own * (heads + 2 * kv_heads) + (layout.length - own) * heads) // ranks


def _to_heads(
    ring: Ring, layout: SequenceLayout, x: Float[Tensor, "batch head own d_head"]
) -> Float[Tensor, "batch own_head pos d_head"]:
    """All positions of the rank's own heads, in the order of the text."""
    parts = x.chunk(ring.ranks, 1)  # of each rank's heads
    room = [parts[0].new_empty((*parts[0].shape[:2], layout.held(rank), x.shape[3])) for rank in range(ring.ranks)]
    return layout.whole(_exchanged(ring, list(parts), room, "Q, K, V"))


def _to_positions(
    ring: Ring, layout: SequenceLayout, out: Float[Tensor, "batch own_head pos d_head"]
) -> Float[Tensor, "batch head own d_head"]:
    """All heads of the rank's own positions."""
    parts = [layout.own(out, rank) for rank in range(ring.ranks)]
    return torch.cat(_exchanged(ring, parts, [torch.empty_like(parts[ring.rank]) for _ in parts], "O"), 1)


def _exchanged(ring: Ring, parts: list[Tensor], room: list[Tensor], name: Name) -> list[Tensor]:
    """All-to-all: part r goes to rank r; of each rank comes what it has for this one. The own part stays."""
    others = [rank for rank in range(ring.ranks) if rank != ring.rank]
    sent = [each for to in others for each in ring.send([parts[to].contiguous()], to, name, ring.rank)]
    come = [each for source in others for each in ring.receive([room[source]], source, name)]
    ring.wait(come)
    ring.wait(sent)
    return [parts[rank] if rank == ring.rank else room[rank] for rank in range(ring.ranks)]
