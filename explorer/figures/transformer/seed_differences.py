"""Trainings that differ in one thing, seed by seed: their difference, its interval, and who learnt nothing.

A few seeds can all lie on one side by luck, so nothing is called lower or higher before there are `ENOUGH` of them and
Student's interval around their mean leaves out nought. A training whose loss ends where guessing by frequency lies is
stuck: it says that this seed failed to start, not what its kind can learn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.stack.architectures.paired_interval import paired_interval

#: Seeds that a sentence about a difference needs.
ENOUGH = 5
#: The part of the loss of guessing by frequency from which on a training counts as stuck.
STUCK = 0.97


@dataclass(frozen=True, kw_only=True)
class SeedDifference:
    """A kind's last held-out loss less that of the kind it is compared with, seed by seed."""

    name: str
    each: list[float]
    mean: float
    half: float | None
    """Half of the 95 % interval of the mean (Student's t); None from a single seed."""
    enough: bool
    """Whether there are so many seeds that a difference may be called one."""
    clear: bool
    """Whether there are, and that interval leaves out nought."""


def seed_difference(name: str, each: Sequence[float]) -> SeedDifference:
    """Paired: the seeds' own ups and downs, which both kinds share, cancel.

    >>> one = seed_difference("geglu", [-0.1, -0.2, -0.15, -0.12, -0.13])
    >>> round(one.mean, 3), round(one.half, 3), one.clear
    (-0.14, 0.047, True)
    >>> seed_difference("geglu", [-0.1, -0.2, -0.15]).clear  # as sure, but of three seeds
    False
    """
    found, enough = paired_interval(torch.tensor(each, dtype=torch.float64)), len(each) >= ENOUGH
    half = float(found.high - found.mean)
    none = math.isnan(half)
    return SeedDifference(
        name=name,
        each=list(each),
        mean=float(found.mean),
        half=None if none else half,
        enough=enough,
        clear=enough and abs(float(found.mean)) > half,
    )


def stuck(loss: float, by_frequency: float) -> bool:
    """Whether a training ends about where guessing each token by its frequency does, whatever stands before it.

    >>> stuck(3.19, 3.2), stuck(2.4, 3.2), stuck(math.nan, 3.2)
    (True, False, True)
    """
    return not loss < STUCK * by_frequency
