"""Tokens on their way to experts on other ranks and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from explorer.experiments.systems.expert_parallel import Travelled
from explorer.figures.payload import Payload
from explorer.stack.parallelism.expert_parallel import expected_bytes, imbalance
from explorer.stack.parallelism.group import Record


@dataclass(frozen=True, kw_only=True)
class TravelRank:
    """One rank."""

    first: int
    """Its first token."""
    tokens: int
    sends: tuple[int, ...]
    """Rows that it sends to each rank, its own too."""
    rows: tuple[int, ...]
    """That each of its experts gets."""
    dropped: int
    dispatch_ms: float
    """Waiting for rows, the median of the rounds."""
    compute_ms: float
    combine_ms: float
    """Waiting for what comes back."""


@dataclass(frozen=True, kw_only=True)
class TravelCollective:
    """One all-to-all."""

    what: str
    sent: float
    """Bytes that all ranks sent to others."""
    even: float
    """If experts were chosen evenly; 0 for counts."""
    socket: int | None


@dataclass(frozen=True, kw_only=True)
class ExpertTravel(Payload):
    """One mixture over the ranks."""

    layer: int
    token_ids: Int[np.ndarray, " token"]
    experts: Int[np.ndarray, "token slot"]
    weights: Float[np.ndarray, "token slot"]
    kept: Bool[np.ndarray, "token slot"]
    n_experts: int
    d_model: int
    capacity: float | None
    rounds: int
    ranks: tuple[TravelRank, ...]
    collectives: tuple[TravelCollective, ...]
    imbalance: float
    """The busiest rank's rows over the mean."""


def travel(
    made: Travelled, ids: Int[np.ndarray, " token"], layer: int, factor: float | None, rounds: int
) -> ExpertTravel:
    one = made.one
    return ExpertTravel(
        layer=layer,
        token_ids=ids,
        experts=one.indices.numpy(),
        weights=one.weights.numpy(),
        kept=one.kept.numpy(),
        n_experts=one.mixture.n_experts,
        d_model=one.x.shape[1],
        capacity=factor,
        rounds=rounds,
        ranks=tuple(
            TravelRank(
                first=span.start,
                tokens=span.stop - span.start,
                sends=tuple(each.visit.sends),
                rows=tuple(each.visit.rows),
                dropped=each.visit.dropped,
                dispatch_ms=1e3 * each.dispatch,
                compute_ms=1e3 * each.compute,
                combine_ms=1e3 * each.combine,
            )
            for span, each in zip(one.spans, made.ranks, strict=True)
        ),
        collectives=tuple(
            _collective(records, made) for records in zip(*(each.records for each in made.ranks), strict=True)
        ),
        imbalance=imbalance([sum(each.visit.rows) for each in made.ranks]),
    )


def _collective(records: tuple[Record, ...], made: Travelled) -> TravelCollective:
    one, what = made.one, records[0].what
    even = 0.0 if what == "counts" else expected_bytes(len(one.x), one.mixture.k, one.x.shape[1], len(made.ranks))
    return TravelCollective(
        what=what, sent=sum(each.formula for each in records), even=even, socket=records[0].socket
    )  # fmt: skip
