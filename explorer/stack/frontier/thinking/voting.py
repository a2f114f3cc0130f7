"""Self-consistency: draw k answers, and take the one that comes most often (Wang et al. 2022, arXiv 2203.11171).

Where the probability of every answer is known, so is that of the vote. With counts c of k draws

    P(c) = k! prod_a p_a^c_a / c_a!          the right one wins with 1 / (answers with as many) where none has more

summed over all counts by a generating function: for m votes of the right answer, every other has at most m, and those
with exactly m are ties. What is no answer has no vote. `maj@k` is this probability, `pass@k` that of one right or more:

    pass@k = 1 - (1 - p)^k

Votes are of **canonical forms**: `7` and `07` would be one answer, and two chains that end alike are.

Worked example: .5 is right, and two wrong ones have .3 and .2. Of three votes the right one has at least two, or one of
three that all differ, which is then drawn by lot: .125 + 3 * .25 * .5 + 6 * .03 / 3 = .56.

>>> p = np.array([0.5, 0.3, 0.2])
>>> round(majority(p, 0, 3), 6), round(majority(p, 0, 1), 6), passed(0.5, 3)
(0.56, 0.5, 0.875)
>>> round(majority(np.array([0.3, 0.5, 0.2]), 0, 25), 2)  # votes make worse what is seldom right
0.12
>>> winners([7, 7, 12, None, 12])
(7, 12)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

#: Answers that are less likely than this have no say in the exact vote; their mass counts as no answer.
LEAST = 1e-9


def passed(p: float, k: int) -> float:
    """At least one of k independent draws is right."""
    return 1 - (1 - p) ** k


def majority(p: Float[np.ndarray, " answer"], right: int, k: int) -> float:
    """The probability that the right answer wins the vote of k draws, ties by lot.

    p: of every answer; what is missing to 1 is no answer. Raises ValueError for probabilities of more than 1.
    """
    rest = 1 - float(p.sum())
    if rest < -1e-6 or k < 1:
        raise ValueError(f"{k} draws of answers with a total probability of {1 - rest:.6f}.")
    others = np.array([each for at, each in enumerate(p) if at != right and each > LEAST])
    silent = max(rest, 0.0) + float(sum(each for at, each in enumerate(p) if at != right and each <= LEAST))
    silences = _exponential(silent, k)
    return float(
        sum(
            math.exp(math.lgamma(k + 1) - math.lgamma(m + 1)) * float(p[right]) ** m * _rest(others, silences, m, k)
            for m in range(1, k + 1)
        )
    )


def _exponential(p: float, k: int) -> Float[np.ndarray, " count"]:
    """p^c / c! for c of 0 to k."""
    return np.array([p**count / math.factorial(count) for count in range(k + 1)])


def _rest(others: np.ndarray, silences: np.ndarray, m: int, k: int) -> float:
    """The other k - m draws: none has more than m, each way weighed by 1 / (1 + how many have m)."""
    left, most = k - m, (k - m) // m
    ways = np.zeros((most + 1, left + 1))  # tie draw
    ways[0] = silences[: left + 1]
    for p in others:
        fewer = _exponential(float(p), min(m - 1, left))
        grown = np.zeros_like(ways)
        for count, each in enumerate(fewer):
            grown[:, count:] += each * ways[:, : left + 1 - count]
        if m <= left:
            grown[1:, m:] += float(p) ** m / math.factorial(m) * ways[:-1, : left + 1 - m]
        ways = grown
    return float((ways[:, left] / (1 + np.arange(most + 1))).sum())


def winners(answers: Sequence[int | None]) -> tuple[int, ...]:
    """Those with the most votes, in the order in which they came; empty where nobody votes."""
    votes = Counter(each for each in answers if each is not None)
    return tuple(each for each, count in votes.items() if count == max(votes.values()))


def voted(answers: Sequence[int | None], right: int) -> float:
    """The chance that a vote with these answers is right: a tie is a lot."""
    found = winners(answers)
    return (right in found) / len(found) if found else 0.0
