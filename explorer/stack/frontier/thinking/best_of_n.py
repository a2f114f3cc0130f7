"""Best of n: draw n outcomes, keep the one that a verifier scores highest. Its distribution is exact where p is known.

Sorted by score, F is the probability of an outcome that scores at most so much, and the best of n draws has

    P(outcome) = F^n - F_prev^n            all n lie at or below it, and not all below (equal scores share by their p)

Its distance from the policy is often given as a bound that does not know the scores (Beirami et al. 2024, arXiv
2401.01879: it is a bound alone, and exact only where outcomes are without number):

    KL(best of n || p)  <=  ln n - (n - 1) / n

From N >= n draws, sorted by score, every choice of n of them has a best. The mean over all choices is without bias:

    E[value of the best of n] = sum_i C(i - 1, n - 1) v_(i) / C(N, n)

Worked example: four outcomes with .4, .3, .2, .1, the seldom ones score higher.

>>> p, scores = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.0, 1.0, 2.0, 3.0])
>>> [round(divergence(best_of(p, scores, n), p), 6) for n in (2, 4, 8)]
[0.157199, 0.587114, 1.124108]
>>> [round(bound(n), 6) for n in (2, 4, 8)]
[0.193147, 0.636294, 1.204442]
>>> values = np.array([0.1, 0.4, 0.5, 0.7, 0.9, 1.0])
>>> [round(estimated(values, values, n), 6) for n in (1, 2, 3)]
[0.6, 0.806667, 0.9]
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float


def best_of(
    p: Float[np.ndarray, " outcome"], scores: Float[np.ndarray, " outcome"], n: int
) -> Float[np.ndarray, " outcome"]:
    """The probability of each outcome as the best of n; what p lacks to 1 scores below all, and is kept so."""
    _, group = np.unique(scores, return_inverse=True)
    mass = np.bincount(group, p)  # of equal scores, the lowest first
    below = np.maximum(1 - mass[::-1].cumsum()[::-1], 0.0)  # F_prev, without what cancels at the top
    share = (below + mass) ** n - below**n
    return share[group] * np.divide(p, mass[group], out=np.zeros_like(p), where=mass[group] > 0)


def divergence(of: Float[np.ndarray, " outcome"], p: Float[np.ndarray, " outcome"]) -> float:
    """KL in nats; what both lack to 1 is one outcome more."""
    of, p = (np.append(each, max(1 - each.sum(), 0.0)) for each in (of, p))
    some = of > 0
    return float((of[some] * np.log(of[some] / np.maximum(p[some], 1e-300))).sum())


def bound(n: int) -> float:
    """Of the divergence, in nats."""
    return math.log(n) - (n - 1) / n


def estimated(scores: Float[np.ndarray, " draw"], values: Float[np.ndarray, " draw"], n: int) -> float:
    """The mean value of the best of n of these draws, over all choices; equal scores share."""
    total = len(scores)
    if not 1 <= n <= total:
        return math.nan
    order = np.argsort(scores, kind="stable")
    ranked, valued = scores[order], values[order].astype(float)
    weights = np.array([math.comb(at, n - 1) / math.comb(total, n) for at in range(total)])
    _, group = np.unique(ranked, return_inverse=True)
    means = np.bincount(group, valued) / np.bincount(group)
    return float((weights * means[group]).sum())
