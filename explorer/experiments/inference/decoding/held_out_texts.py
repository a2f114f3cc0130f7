"""Beginnings of the held-out texts of six kinds, and a mean over texts with the interval that their spread gives.

Tokens of one text depend on one another, texts do not: what is said of a corpus is a mean over texts, and its interval
comes from how far texts differ.

>>> made = over_texts([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])  # a standard error of 0.764, 5 degrees of freedom
>>> made.mean, round(made.low, 2), round(made.high, 2)
(3.5, 1.54, 5.46)
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora import passages

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: The normal distribution's point beyond which 2.5 % lie.
Z = statistics.NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, eq=False)
class Beginnings:
    """The first tokens of so many texts of each kind, all equally long; the first text of every kind comes first."""

    ids: Int[Tensor, "text pos"]
    kinds: tuple[str, ...]
    """Of each text."""


def beginnings(model: Model, each: int, length: int) -> Beginnings:
    """`each`: texts of every kind. They are shorter than `length` where the model's context or a text is."""
    known = passages.read()
    chosen = [(kind.kind, kind.excerpts[at].text) for at in range(each) for kind in known if at < len(kind.excerpts)]
    read = [model.vocabulary.encode(text) for _, text in chosen]
    shortest = min(length, model.dims.n_ctx, *map(len, read))
    return Beginnings(torch.tensor([ids[:shortest] for ids in read]), tuple(kind for kind, _ in chosen))


@dataclass(frozen=True)
class OverTexts:
    """A mean over texts, and its 95 % interval by Student's t."""

    mean: float
    low: float | None
    """None: one text has no spread."""
    high: float | None


def student(freedom: int) -> float:
    """Standard errors to either side of a 95 % interval, by the expansion in 1/freedom (Abramowitz and Stegun 26.7.5).

    >>> [round(student(freedom), 2) for freedom in (5, 11, 23)]
    [2.57, 2.2, 2.07]
    """
    square = Z * Z
    terms = (
        (square + 1) / 4,
        ((5 * square + 16) * square + 3) / 96,
        (((3 * square + 19) * square + 17) * square - 15) / 384,
        ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92160,
    )
    return Z * (1 + sum(term / freedom**power for power, term in enumerate(terms, 1)))


def over_texts(values: Sequence[float]) -> OverTexts:
    """A number a text."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return OverTexts(mean, None, None)
    reach = student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return OverTexts(mean, mean - reach, mean + reach)
