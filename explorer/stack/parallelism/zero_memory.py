"""What each rank holds of a model under data parallelism and ZeRO, by formula, and what it sends in a step.

ZeRO (Rajbhandari et al. 2019, arXiv 1910.02054): N ranks hold the same weights, gradients and optimizer state N times.
Stage 1 shares out the optimizer's state, 2 the gradients too, 3 the weights too. AdamW with 16-bit weights and
gradients keeps float32 weights and two moments; all in float32 it keeps two moments. Bytes a weight:

                 data parallel    ZeRO 1       ZeRO 2       ZeRO 3
    mixed        2 + 2 + 12       4 + 12/N     2 + 14/N     16/N
    float32      4 + 4 + 8        8 + 8/N      4 + 12/N     16/N
    sent a step  2                2            2            3          times (N-1)/N times the bytes of the weights

What is sent depends on what is gathered twice: `sent` counts it unit by unit.

The gradients are counted once all are there. ZeRO 3 also holds the weights of the unit that is being computed, and
each stage those gradients that are not summed yet.

>>> [round(bytes_a_weight(stage, 64).total, 2) for stage in STAGES]  # of 7.5 B: 120, 31.4, 16.6, 1.9 GB
[16.0, 4.19, 2.22, 0.25]
>>> [volume(stage) for stage in STAGES]
[2, 2, 2, 3]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal[0, 1, 2, 3]
Precision = Literal["float32", "mixed"]
STAGES: tuple[Stage, ...] = (0, 1, 2, 3)


@dataclass(frozen=True)
class BytesAWeight:
    """Of one rank."""

    weights: float
    gradients: float
    optimizer: float

    @property
    def total(self) -> float:
        return self.weights + self.gradients + self.optimizer


def bytes_a_weight(stage: Stage, ranks: int, precision: Precision = "mixed") -> BytesAWeight:
    """At the end of the backward pass. Raises ValueError for fewer than one rank."""
    if ranks < 1:
        raise ValueError(f"{ranks} ranks hold nothing")
    item = item_of(precision)
    state = 8 if precision == "float32" else 12
    share = [1 / ranks if stage >= least else 1.0 for least in (3, 2, 1)]
    return BytesAWeight(item * share[0], item * share[1], state * share[2])


def item_of(precision: Precision) -> int:
    """Bytes of a weight as it is computed with, and of its gradient."""
    return 4 if precision == "float32" else 2


def volume(stage: Stage) -> int:
    """What a rank sends in a step on a ring, in units of (N-1)/N times the bytes of the weights: the gradients are
    reduced (1) and something gathered (1) for the forward pass, in stage 3 for the backward pass again."""
    return 3 if stage == 3 else 2


def sent(stage: Stage, ranks: int, sizes: Mapping[str, int], segments: Sequence[tuple[str, Sequence[str]]]) -> float:
    """Bytes that each rank sends in one step on a ring: `sizes` of the units' flat tensors, and which segment reads
    which. Stage 3 gathers a unit for each segment, and again for its backward pass, but for the last, which is still
    there, and the embedding, whose gradient needs no weights.

    >>> sent(0, 2, {"embed": 80, "block": 20}, ()), sent(2, 2, {"embed": 80, "block": 20}, ())
    (100.0, 100.0)
    >>> sent(3, 2, {"embed": 80, "block": 20}, [("embed", ["embed"]), ("block", ["block"]), ("head", ["embed"])])
    150.0
    """
    share = (ranks - 1) / ranks
    if stage < 3:
        return 2 * share * sum(sizes.values())
    twice = [name for name, _ in segments[1:-1]]
    gathered = sum(sizes[unit] * (2 if name in twice else 1) for name, units in segments for unit in units)
    return share * (gathered + sum(sizes.values()))
