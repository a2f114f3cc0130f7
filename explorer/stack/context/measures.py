"""Measures of a ranking against known relevant passages.

With rel the relevance of the passage at each rank, from 1::

    recall@k      relevant ones among the first k / all relevant ones
    MRR           1 / the rank of the first relevant one, 0 where none is
    DCG@k         Σ gain(rel) / log2(1 + rank)
    nDCG@k        DCG@k / DCG@k of the best order
    gain          linear: rel       exponential: 2^rel - 1 (Burges et al. 2005)
    AP            mean over the relevant ones of the precision at their rank

The two gains are both in use under one name and give other numbers; with relevance 0 and 1 they agree. Average
precision over the passages that a question was given is what ragas calls context precision.

Worked example: relevance 1, 3, 2 in this order.

>>> [round(ndcg([1, 3, 2], [3, 2, 1], 3, gain), 6) for gain in GAINS]
[0.817494, 0.736364]
>>> [round(average_precision(each), 4) for each in ([1, 0, 1], [0, 1, 1])]
[0.8333, 0.5833]
>>> reciprocal_rank([0, 0, 1]), recall([0, 1, 0, 1], 4, 2)
(0.3333333333333333, 0.25)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

Gain = Literal["linear", "exponential"]
#: Of passages, in the order of a ranking.
Relevance = Sequence[int] | Sequence[float]
GAINS: tuple[Gain, ...] = get_args(Gain)


def recall(relevance: Relevance, relevant: int, k: int) -> float:
    """The share of the `relevant` passages that are among the first k. Raises ZeroDivisionError where there is none."""
    return sum(each > 0 for each in relevance[:k]) / relevant


def reciprocal_rank(relevance: Relevance) -> float:
    """1 / the rank of the first relevant one; 0 without one."""
    return next((1 / rank for rank, each in enumerate(relevance, 1) if each > 0), 0.0)


def dcg(relevance: Relevance, k: int, gain: Gain = "linear") -> float:
    """Discounted cumulative gain of the first k."""
    gains = relevance[:k] if gain == "linear" else [2**each - 1 for each in relevance[:k]]
    return float(sum(each / math.log2(1 + rank) for rank, each in enumerate(gains, 1)))


def ndcg(relevance: Relevance, judged: Relevance, k: int, gain: Gain = "linear") -> float:
    """`judged`: the relevance of all relevant passages, found or not. 0 where all of it is 0."""
    best = dcg(sorted(judged, reverse=True), k, gain)
    return dcg(relevance, k, gain) / best if best else 0.0


def average_precision(relevance: Relevance, relevant: int | None = None) -> float:
    """`relevant`: how many there are in all; those in the ranking where nobody says."""
    hits = [rank for rank, each in enumerate(relevance, 1) if each > 0]
    total = len(hits) if relevant is None else relevant
    return sum(at / rank for at, rank in enumerate(hits, 1)) / total if total else 0.0
