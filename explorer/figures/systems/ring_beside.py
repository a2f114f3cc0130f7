"""The same ways of sharing, of the text of the run beside this one."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.stack.systems.sequence_layout import Kind


@dataclass(frozen=True, kw_only=True)
class RankTotals:
    """One rank over both passes; times in milliseconds."""

    chunks: tuple[tuple[int, int], ...]
    computed: int
    """Tiles."""
    skipped: int
    flops: int
    sent: int
    formula: int
    compute: float
    wait: float
    send: float


@dataclass(frozen=True, kw_only=True)
class WayBeside:
    """One way, as it ran."""

    ranks: int
    kind: Kind
    causal: bool
    totals: tuple[RankTotals, ...]
    milliseconds: float


@dataclass(frozen=True, kw_only=True)
class RingBeside:
    """That run's text in every way for which it is long enough."""

    length: int
    layer: int
    head: int
    d_head: int
    ways: tuple[WayBeside, ...]
