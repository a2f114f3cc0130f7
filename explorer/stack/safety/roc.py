"""ROC: how well a score tells two kinds apart, at every threshold, with intervals.

A text is flagged where its score reaches a threshold. As the threshold falls, more of the harmful texts are flagged
(true positives) and more of the harmless ones (false positives); the curve of the two shares is the ROC. The area under
it is the probability that a harmful text scores higher than a harmless one, ties counted half (Hanley & McNeil 1982)::

    A = mean over pairs (x harmful, y harmless) of [x > y] + [x = y] / 2

Its interval is Newcombe's (2006, Stat. Med. 25, 559-573, method 5): all areas a that lie within 1.96 standard errors of
A, where the squared error is Hanley and McNeil's at a itself; it keeps a width where A is 1::

    V(a) = a (1 - a) (1 + k (1 - a) / (2 - a) + k a / (1 + a)) / (m n),    k = (m + n) / 2 - 1

Two scores of the same texts err together. DeLong's test (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44) takes for
each text the share of the other kind that it beats; the variance of the difference of two areas is that of the
differences of these shares over m harmful texts, divided by m, plus the same over n harmless ones.

Worked example: three harmful texts, four harmless ones; 10.5 of the 12 pairs are in order.

>>> harmful, harmless = torch.tensor([0.9, 0.8, 0.4]), torch.tensor([0.7, 0.4, 0.2, 0.1])
>>> area(harmful, harmless)
0.875
>>> area_interval(harmful, harmless)
Interval(mean=0.875, low=0.4198, high=0.9836)
>>> made = roc(harmful, harmless)
>>> [round(x, 2) for x in made.false_rate.tolist()], [round(x, 2) for x in made.true_rate.tolist()]
([0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.33, 0.67, 0.67, 1.0, 1.0, 1.0])
>>> round(threshold_for(harmless, 0.25), 2)  # only one of the four reaches it
0.55
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.evaluation.standard_errors import SURE, Interval, around, clustered_error, quantile, standard_error


@dataclass(frozen=True, eq=False)
class Roc:
    """The curve, from the threshold that nothing reaches to the lowest score."""

    threshold: Float[Tensor, " step"]
    """Infinite first, then each score that occurs, falling."""
    true_rate: Float[Tensor, " step"]
    false_rate: Float[Tensor, " step"]


def roc(harmful: Float[Tensor, " text"], harmless: Float[Tensor, " other"]) -> Roc:
    """Shares of both kinds whose score reaches each threshold."""
    levels = torch.cat([harmful, harmless]).double().unique().flip(0)  # step, falling
    threshold = torch.cat([torch.tensor([math.inf], dtype=torch.float64), levels])
    return Roc(threshold, reached(harmful, threshold), reached(harmless, threshold))


def reached(scores: Float[Tensor, " text"], threshold: Float[Tensor, " step"]) -> Float[Tensor, " step"]:
    """The share of the scores that reach each threshold."""
    return (scores.double()[:, None] >= threshold[None].double()).double().mean(0)


def beaten(scores: Float[Tensor, " text"], others: Float[Tensor, " other"]) -> Float[Tensor, " text"]:
    """For each score the share of the others below it, ties counted half: DeLong's placement values."""
    above = scores.double()[:, None] - others.double()[None]  # text other
    return ((above > 0).double() + (above == 0).double() / 2).mean(1)


def area(harmful: Float[Tensor, " text"], harmless: Float[Tensor, " other"]) -> float:
    """The area under the ROC curve; NaN where one kind is absent."""
    return float(beaten(harmful, harmless).mean())


def area_interval(
    harmful: Float[Tensor, " text"], harmless: Float[Tensor, " other"], draws: tuple[int, int] | None = None
) -> Interval:
    """The area with Newcombe's interval of 95 %; NaN where one kind is absent.

    `draws`: how many of both kinds count as independent, where several texts come from one template.
    """
    (m, n), found = draws or (len(harmful), len(harmless)), area(harmful, harmless)
    if not (m and n):
        return Interval(math.nan, math.nan, math.nan)
    z2 = quantile(SURE) ** 2

    def beyond(a: float) -> bool:
        return (a - found) ** 2 > z2 * variance(a, m, n)

    return Interval(found, _border(beyond, 0.0, found), _border(beyond, 1.0, found))


def variance(a: float, m: int, n: int) -> float:
    """Of the area of m harmful and n harmless texts, were a the true one.

    >>> variance(0.5, 1, 1), variance(1.0, 5, 5)
    (0.25, 0.0)
    """
    k = (m + n) / 2 - 1
    return a * (1 - a) * (1 + k * (1 - a) / (2 - a) + k * a / (1 + a)) / (m * n)


def _border(beyond: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where `beyond` changes, by halving: true at `outside`, false at `inside`."""
    if not beyond(outside):
        return outside
    for _ in range(60):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if beyond(middle) else (outside, middle)
    return inside


def difference(
    harmful: tuple[Float[Tensor, " text"], Float[Tensor, " text"]],
    harmless: tuple[Float[Tensor, " other"], Float[Tensor, " other"]],
    clusters: tuple[Int[Tensor, " text"], Int[Tensor, " other"]] | None = None,
) -> Interval:
    """The first score's area less the second's on the same texts, with DeLong's interval of 95 %.

    `clusters`: of each text the number of its template; the errors are then clustered ones (Obuchowski 1997).
    """
    up = beaten(harmful[0], harmless[0]) - beaten(harmful[1], harmless[1])  # text
    # The share of harmful texts that a harmless one does not reach, ties counted half.
    down = beaten(harmless[1], harmful[1]) - beaten(harmless[0], harmful[0])  # other
    if clusters is None:
        errors = standard_error(up), standard_error(down)
    else:
        errors = clustered_error(up, clusters[0]), clustered_error(down, clusters[1])
    return around(float(up.mean()), math.hypot(*errors))


def threshold_for(harmless: Float[Tensor, " text"], rate: float) -> float:
    """The lowest threshold that at most this share of the harmless texts reach.

    It lies in the middle between the last score that may be flagged and the next below it; where none may be flagged,
    as far above the highest as that is above the next.
    """
    falling = harmless.double().sort(descending=True).values
    allowed = math.floor(rate * len(falling) + 1e-9)
    while 0 < allowed < len(falling) and falling[allowed] == falling[allowed - 1]:
        allowed -= 1
    if allowed >= len(falling):
        return float(falling[-1])
    if allowed == 0:
        step = float(falling[0] - falling[1]) if len(falling) > 1 else 0.0
        return float(falling[0]) + (step / 2 or 1e-6)
    return float(falling[allowed - 1] + falling[allowed]) / 2
