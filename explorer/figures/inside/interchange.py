"""Interchange: where whole states carry the answer over, and how few directions do, beside three controls."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.inside.interchange import HELD, KINDS, PLACES, RANKS, TRAINED, Asked, Found, Share
from explorer.figures.payload import Payload
from explorer.stack.evaluation.standard_errors import wilson


@dataclass(frozen=True, kw_only=True)
class InterchangeShare:
    """A share of the held-out pairs, with Wilson's interval of 95 %."""

    kind: str
    rank: int
    share: float
    low: float
    high: float
    of: int
    """Pairs."""


@dataclass(frozen=True, kw_only=True)
class Interchange(Payload):
    """All that is measured so far."""

    layer: int
    position: int
    places: list[str]
    n_layers: int
    whole: list[float]
    """Block by block, position by position."""
    shares: list[InterchangeShare]
    kinds: list[str]
    ranks: list[int]
    trained: int
    held: int
    right: float
    """Share of all sums that the model answers rightly."""
    sums: int


def interchange(made: Found, asked: Asked, right: float, sums: int) -> Interchange:
    return Interchange(
        layer=asked.layer, position=asked.position, places=list(PLACES), n_layers=len(made.whole) // len(PLACES),
        whole=[each.count / each.of for each in made.whole], shares=[_share(each) for each in made.shares],
        kinds=list(KINDS), ranks=list(RANKS), trained=TRAINED, held=HELD, right=right, sums=sums,
    )  # fmt: skip


def _share(each: Share) -> InterchangeShare:
    part = wilson(each.count, each.of)
    return InterchangeShare(kind=each.kind, rank=each.rank, share=part.mean, low=part.low, high=part.high, of=each.of)
