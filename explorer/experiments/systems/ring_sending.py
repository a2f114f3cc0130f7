"""What a ring and Ulysses hand over, counted on ranks that are threads, for a model's numbers of heads."""

from __future__ import annotations

import torch

from explorer.stack.systems.ring_attention import bytes_sent, ring_attention
from explorer.stack.systems.ring_channel import Ring, in_threads
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.ulysses import ulysses, ulysses_bytes

#: positions of the text on which is counted
SHORT = 37


def uncounted_for(heads: int, kv_heads: int, d_head: int, ranks: int) -> int:
    """Bytes by which what each rank hands over differs from the formulas, all ranks and both ways together. Ulysses is
    left out where the ranks do not divide the heads."""
    layout = SequenceLayout(SHORT, ranks)
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, many, SHORT, d_head, generator=generator) for many in (heads, kv_heads, kv_heads))
    position = d_head * q.element_size()

    def rank(ring: Ring) -> tuple[int, int]:
        own_q, own_k, own_v = (layout.own(x, ring.rank) for x in (q, k, v))
        ring_attention(ring, layout, own_q, own_k, own_v)
        round_ = sum(moment.bytes for moment in ring.moments)
        if divides(ranks, heads, kv_heads):
            ulysses(ring, layout, own_q, own_k, own_v)
        return round_, sum(moment.bytes for moment in ring.moments) - round_

    wrong = 0
    for at, (round_, exchange) in enumerate(in_threads(ranks, rank)):
        wrong += abs(round_ - bytes_sent(layout, at, kv_heads * position))
        if divides(ranks, heads, kv_heads):
            wrong += abs(exchange - ulysses_bytes(layout, at, heads, kv_heads, position))
    return wrong


def divides(ranks: int, heads: int, kv_heads: int) -> bool:
    """Whether so many ranks can share the heads."""
    return heads % ranks == 0 and kv_heads % ranks == 0
