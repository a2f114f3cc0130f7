"""Explained variance of a reconstruction, and two ways in which tools got it wrong.

Of vectors x and their reconstructions y, with the sums over dimensions and the means over tokens::

    EV = 1 - E |x - y|^2 / sum over d of Var(x_d)

Two formulas that were in use (SAELens issues 659 and 665, SAEBench issues 61 and 76):

* a mean over tokens of 1 - |x - y|^2 / |x - mean|^2: a ratio averaged, which tokens near the mean decide;
* the variance taken as E |x|^2 - (mean over tokens and dimensions of x^2)^2: it squares a mean of squares, so that it
  depends on the unit, and for long vectors it is negative.

Worked example: predicting the mean explains nothing. The second formula says .935 to it, for 64 dimensions around 5.

>>> import torch
>>> x = torch.randn(4096, 64, generator=torch.Generator().manual_seed(0)) + 5
>>> made = explained_variance(x, x.mean(0).expand_as(x))
>>> round(abs(made.true), 3), round(abs(made.ratio_averaged), 3), round(made.squared_squares, 2)
(0.0, 0.0, 0.94)
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class ExplainedVariance:
    """By three formulas, from one set of vectors."""

    true: float
    ratio_averaged: float
    squared_squares: float
    coded_variance: float
    """What that formula divides by."""


def explained_variance(x: Float[Tensor, "token d"], y: Float[Tensor, "token d"]) -> ExplainedVariance:
    x, y = x.double(), y.double()
    wrong = (x - y).square().sum(-1)  # token
    around = (x - x.mean(0)).square().sum(-1)  # token
    coded = x.square().sum(-1).mean() - x.square().mean().square()
    return ExplainedVariance(
        float(1 - wrong.mean() / around.mean()),
        float((1 - wrong / around).mean()),
        float(1 - wrong.mean() / coded),
        float(coded),
    )
