"""Two kinds of training, a few seeds each: their difference at every step, and what seeds alone do.

With one seed both kinds begin with the same weights and read the same batches, so that what they share cancels. d(s, t)
is the difference of the losses of seed s at step t, over n seeds:

    paired     mean_s d(s, t) ± t(n-1) s_d(t) / sqrt(n)        holds the true mean difference 95 times of 100
    by seeds   0 ± t(n-1) s_a(t) sqrt(2)                       holds the difference of two single runs of the first
                                                               kind that differ in their seeds, 95 times of 100

s is the standard deviation over the seeds, t Student's quantile (Student 1908, Biometrika 6; the second is his
prediction interval, of the difference of two draws: Var = 2 s²). Somebody who trains each kind once and compares two
curves can see nothing that lies inside the second band. Both hold step by step, not for all steps together.

Three seeds at one step, losses 1, 2, 3 and 1.1, 2.3, 3.2: differences .1, .3, .2 are .2 ± 4.303 · .1 / sqrt(3); the
first kind alone spreads by 4.303 · 1 · sqrt(2).

>>> first, second = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.1], [2.3], [3.2]])
>>> made = seed_band(first, second)
>>> [round(float(each), 3) for each in (made.mean, made.low, made.high, made.by_seeds)]
[0.2, -0.048, 0.448, 6.085]
>>> made.clear.tolist(), made.seen.tolist()
([False], [False])
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.architectures.paired_interval import paired_interval, quantile

#: Seeds that a sentence about a difference needs.
LEAST = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class SeedBand:
    """The second kind less the first, step by step; float64. Bounds are NaN for a single seed."""

    seeds: int
    mean: Float[Tensor, " step"]
    low: Float[Tensor, " step"]
    high: Float[Tensor, " step"]
    by_seeds: Float[Tensor, " step"]
    """Half of the band around nought that seeds alone make."""

    @property
    def clear(self) -> Bool[Tensor, " step"]:
        """Whether the paired interval leaves out nought, of enough seeds."""
        return ((self.low > 0) | (self.high < 0)) & (self.seeds >= LEAST)

    @property
    def seen(self) -> Bool[Tensor, " step"]:
        """Whether two single runs would show it: the mean difference lies outside what seeds alone do."""
        return (self.mean.abs() > self.by_seeds) & (self.seeds >= LEAST)


def seed_band(first: Float[Tensor, "seed step"], second: Float[Tensor, "seed step"]) -> SeedBand:
    """The band of two kinds of training whose rows are the same seeds."""
    made, seeds = paired_interval((second.double() - first.double()).T), len(first)
    one = first.double()
    spread = one.std(0) if seeds > 1 else torch.full_like(one[0], math.nan)
    half = quantile(seeds - 1) * spread * math.sqrt(2) if seeds > 1 else spread
    return SeedBand(seeds=seeds, mean=made.mean, low=made.low, high=made.high, by_seeds=half)
