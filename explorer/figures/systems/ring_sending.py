"""What a rank hands over, in a ring or by Ulysses' exchange, for a model's numbers of heads: the formulas' numbers."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.systems.ring_sending import divides
from explorer.figures.payload import Payload
from explorer.stack.systems.ring_attention import bytes_sent
from explorer.stack.systems.sequence_layout import SequenceLayout
from explorer.stack.systems.ulysses import ulysses_bytes

#: tokens of the text, bytes of a number, and ranks for which the formulas are shown, beside those that can share heads
LONG, NUMBER = 131_072, 2
SHARED_BY = (2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class SentByRank:
    """Bytes that one rank hands over in a layer's forward pass, by formula."""

    ranks: int
    ring: int
    ulysses: int | None
    """None where so many ranks cannot share the heads."""


@dataclass(frozen=True)
class RingSending(Payload):
    """A ring against Ulysses, for the model's numbers of heads."""

    length: int
    number: int
    """Bytes of a number."""
    n_heads: int
    n_kv_heads: int
    d_head: int
    ranks: tuple[SentByRank, ...]
    possible: tuple[int, ...]
    """Every number of ranks above one that can share the heads."""
    counted: tuple[int, ...]
    """The numbers of ranks with which it was counted."""


def sending(heads: int, kv_heads: int, d_head: int, counted: tuple[int, ...]) -> RingSending:
    """>>> [(each.ring, each.ulysses) for each in sending(8, 2, 64, ()).ranks[:2]]
    [(33554432, 83886080), (50331648, None)]
    """
    position = d_head * NUMBER
    possible = tuple(ranks for ranks in range(2, kv_heads + 1) if divides(ranks, heads, kv_heads))
    shown = tuple(
        SentByRank(
            ranks,
            bytes_sent(layout, 0, kv_heads * position),
            ulysses_bytes(layout, 0, heads, kv_heads, position) if divides(ranks, heads, kv_heads) else None,
        )
        for ranks in sorted({*SHARED_BY, *possible})
        for layout in [SequenceLayout(LONG, ranks)]
    )
    return RingSending(LONG, NUMBER, heads, kv_heads, d_head, shown, possible, counted)
