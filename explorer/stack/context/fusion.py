"""Fusion: one ranking out of several, from the passages' ranks or from their scores; and a choice among its first.

Reciprocal rank fusion (Cormack et al. 2009) adds 1 / (60 + rank) over the lists; a list that lacks a passage adds
nothing. It knows no scores: first by a hair and first by far are the same. A convex combination (Bruch et al. 2022,
arXiv 2210.11934) brings each list's scores to 0..1 and adds them by weights: it keeps distances, and it depends on how
scores are scaled.

Worked example: ranks 1 and 3 beat 2 and 2 by a hair.

>>> places = np.array([[1.0, 2.0], [3.0, 2.0]])
>>> [round(each, 7) for each in reciprocal(places).sum(0).tolist()]
[0.0322665, 0.0322581]
>>> convex(np.array([[2.0, 0.0, 1.0], [0.0, 8.0, 4.0]]), [0.5, 0.5]).sum(0).tolist()
[0.5, 0.5, 0.5]

Maximal marginal relevance (Carbonell & Goldstein 1998) picks passages one after another, each near the question and far
from those that are picked: λ · sim(q, d) - (1 - λ) · max sim(d, picked).

>>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
>>> diverse(np.array([1.0, 1.0, 0.6]), vectors, 2, 0.4), diverse(np.array([1.0, 1.0, 0.6]), vectors, 2, 1.0)
([0, 2], [0, 1])
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

#: Cormack's constant.
K = 60


def ranks(scores: Float[np.ndarray, " passage"]) -> Float[np.ndarray, " passage"]:
    """Each passage's rank, from 1; among equals the earlier passage is first. A passage with score -inf has none: inf.

    >>> ranks(np.array([0.5, -np.inf, 0.9, 0.5])).tolist()
    [2.0, inf, 1.0, 3.0]
    """
    made = np.empty(len(scores))  # passage
    made[np.argsort(-scores, kind="stable")] = np.arange(1.0, len(scores) + 1)
    made[np.isneginf(scores)] = np.inf
    return made


def reciprocal(places: Float[np.ndarray, "lists passage"], k: float = K) -> Float[np.ndarray, "lists passage"]:
    """What each list adds to each passage; `places` are ranks from 1, inf where the list lacks the passage."""
    return 1 / (k + places)


def scaled(scores: Float[np.ndarray, " passage"]) -> Float[np.ndarray, " passage"]:
    """From 0, the least, to 1, the largest; all 0 where all are the same."""
    low, high = scores.min(initial=np.inf), scores.max(initial=-np.inf)
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


def convex(scores: Float[np.ndarray, "lists passage"], weights: Sequence[float]) -> Float[np.ndarray, "lists passage"]:
    """What each list adds to each passage: its scaled score times its weight."""
    return np.stack([weight * scaled(each) for each, weight in zip(scores, weights, strict=True)])


def first(scores: Float[np.ndarray, " passage"], k: int) -> Int[np.ndarray, " place"]:
    """The k best passages, best first; among equals the earlier one.

    >>> first(np.array([0.1, 0.7, 0.7, 0.2]), 3).tolist()
    [1, 2, 3]
    """
    return np.argsort(-scores, kind="stable")[:k]


def diverse(
    relevance: Float[np.ndarray, " passage"], vectors: Float[np.ndarray, "passage d"], k: int, trade: float
) -> list[int]:
    """k passages by maximal marginal relevance; `vectors` have length 1, `trade` is λ."""
    picked: list[int] = []
    nearest = np.zeros(len(relevance))  # passage
    left = np.ones(len(relevance), bool)  # passage
    while left.any() and len(picked) < k:
        value = np.where(left, trade * relevance - (1 - trade) * nearest, -np.inf)  # passage
        picked.append(int(value.argmax()))
        left[picked[-1]] = False
        alike = vectors @ vectors[picked[-1]]
        nearest = alike if len(picked) == 1 else np.maximum(nearest, alike)
    return picked
