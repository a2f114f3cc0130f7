"""The head of the same number in the run beside this one, in tiles: what moves, and how often a row is rescaled."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from explorer.stack.systems.memory_meter import Ledger


@dataclass(frozen=True, kw_only=True)
class TileSums:
    """A whole run of one algorithm."""

    algorithm: str
    read: int
    written: int
    extra: int
    """Bytes in slow memory beside Q, K, V and O, at most."""
    flops: int
    steps: int

    @classmethod
    def of(cls, algorithm: str, ledger: Ledger) -> TileSums:
        return cls(
            algorithm=algorithm,
            read=ledger.read_bytes,
            written=ledger.written_bytes,
            extra=ledger.extra_bytes,
            flops=ledger.flops,
            steps=len(ledger.steps),
        )


@dataclass(frozen=True, kw_only=True)
class TilesBeside:
    """That head under the same controls, as far as its text and its model allow them."""

    layer: int
    head: int
    n: int
    """Positions that are taken."""
    n_tokens: int
    d_head: int
    sliding: int | None
    rows: int
    columns: int
    sums: tuple[TileSums, ...]
    rises: int
    """How often a row's maximum rose when a tile came after its first: it is then rescaled."""
    error: float
    """Largest difference from torch's attention."""
    here: float
    """The same of this run's head."""


def rises(ledger: Ledger) -> int:
    """How often a row's maximum rose when a tile came after its first; 0 of an algorithm that takes whole rows."""
    found, latest = 0, dict[int, Tensor]()
    for step in ledger.steps:
        if step.phase != "tile" or step.m is None:
            continue
        before = latest.get(step.i)
        if before is not None:
            found += int(((step.m > before) & before.isfinite()).sum())
        latest[step.i] = step.m
    return found
