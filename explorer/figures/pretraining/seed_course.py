"""Two kinds of training over a few seeds: their difference at each step, its interval, and what seeds alone do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from numpy import ndarray

from explorer.figures.payload import Payload
from explorer.stack.pretraining.seed_band import LEAST, seed_band


@dataclass(frozen=True, kw_only=True)
class SeedCourse(Payload):
    """The second kind less the first; bounds are NaN for a single seed."""

    steps: list[int]
    """Steps done when both were measured."""
    seeds: int
    """That have come so far."""
    enough: bool
    mean: Float[ndarray, " step"]
    low: Float[ndarray, " step"]
    high: Float[ndarray, " step"]
    by_seeds: Float[ndarray, " step"]
    """Half of the band around nought."""
    ends: list[float]
    """The last differences, seed by seed."""
    clear: bool
    """Whether the interval leaves out nought at the last step."""
    seen: bool
    """Whether two single runs would show the mean difference there."""


def seed_course(
    steps: Sequence[int], first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]
) -> SeedCourse | None:
    """Of the losses of both kinds, seed by seed, at these steps; seeds that are not there yet are left out. None where
    no seed is."""
    both = [(a, b) for a, b in zip(first, second, strict=False) if len(a) == len(b) == len(steps)]
    if not both or not steps:
        return None
    ours, theirs = (torch.tensor([list(pair[at]) for pair in both], dtype=torch.float64) for at in (0, 1))
    made = seed_band(ours, theirs)
    return SeedCourse(
        steps=list(steps),
        seeds=len(both),
        enough=len(both) >= LEAST,
        mean=made.mean.numpy(),
        low=made.low.numpy(),
        high=made.high.numpy(),
        by_seeds=made.by_seeds.numpy(),
        ends=(theirs - ours)[:, -1].tolist(),
        clear=bool(made.clear[-1]),
        seen=bool(made.seen[-1]),
    )
