"""Beginnings of the held-out texts of six kinds, and a mean over texts with the interval that their spread gives.

Tokens of one text depend on one another, texts do not: what is said of a corpus is a mean over texts, and its interval
comes from how far texts differ.

>>> over_texts([1.0, 3.0])  # a standard deviation of the square root of 2, a standard error of 1
OverTexts(mean=2.0, low=0.0, high=4.0)
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

#: Standard errors to either side of a mean.
WIDE = 2
#: Texts of each kind that may be read.
CHOICES = (1, 2, 4, 8)


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
    """A mean over texts, and two standard errors to either side."""

    mean: float
    low: float | None
    """None: one text has no spread."""
    high: float | None


def over_texts(values: Sequence[float]) -> OverTexts:
    """A number a text."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return OverTexts(mean, None, None)
    reach = WIDE * statistics.stdev(values) / math.sqrt(len(values))
    return OverTexts(mean, mean - reach, mean + reach)
