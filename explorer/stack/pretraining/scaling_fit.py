"""Fitting scaling laws to runs: the loss by parameters and tokens at once, and parabolas over groups of equal compute.

Hoffmann et al. 2022 (arXiv 2203.15556), approach 3: of runs with N parameters, D tokens and loss L, the constants of
``L(N, D) = E + A / N^alpha + B / D^beta`` make least

    sum over runs  Huber(LSE(a - alpha log N, b - beta log D, e) - log L),   A = exp a, B = exp b, E = exp e

where LSE(x, y, z) = log(e^x + e^y + e^z), and Huber(r) = r^2 / 2 up to |r| = delta = 1e-3, beyond it
delta (|r| - delta / 2).
The paper goes down by L-BFGS from a grid of beginnings. Here the best of that grid go down together by BFGS. A fit that
stops early is what Besiroglu et al. 2024 (arXiv 2404.10102) found wrong with the published constants.

Constants that were planted come back:

>>> import numpy as np
>>> from explorer.stack.pretraining.scaling_law import Law
>>> planted = Law(A=400.0, B=2000.0, E=1.8, alpha=.35, beta=.37)
>>> n, d = (each.ravel() for each in np.meshgrid(np.geomspace(1e5, 1e8, 5), np.geomspace(1e6, 1e10, 5)))
>>> runs = Runs(n, d, np.array([planted.loss(*each) for each in zip(n.tolist(), d.tolist())]))
>>> found = fit(runs)
>>> [round(x, 3) for x in (found.A, found.B, found.E, found.alpha, found.beta)]
[400.0, 2000.0, 1.8, 0.35, 0.37]

Approach 2: the losses of one group of equal compute lie on a parabola over log N; its lowest point is the group's best
size. Over groups the best N grow as C^a. By hand: 3, 2, 3 at N = 1, 10, 100 have their least, 2, at 10.

>>> low = parabola(np.array([1., 10, 100]), np.array([3., 2, 3]))
>>> round(low.parameters, 6), round(low.loss, 6)
(10.0, 2.0)
>>> round(power(np.array([1e12, 1e13, 1e14]), np.array([1e5, 3e5, 9e5])).exponent, 4)  # log10 of 3
0.4771

How far the constants could be others is seen on resamples of the runs (bootstrap): each is a fit of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from explorer.stack.pretraining.minimise import minimise
from explorer.stack.pretraining.scaling_law import Law

#: Where Huber's loss turns from a square to a line, in log-loss.
DELTA = 1e-3
#: The paper's grid of beginnings: a, b, e, alpha, beta.
GRID = ((0, 5, 10, 15, 20, 25), (0, 5, 10, 15, 20, 25), (-1, -0.5, 0, 0.5, 1), (0, 0.5, 1, 1.5, 2), (0, 0.5, 1, 1.5, 2))
#: Of the grid, the best go down.
BEGINNINGS = 40
#: No exponent of a law is as large.
STEEPEST = 10.0

Theta = Float[ndarray, "fit 5"]


@dataclass(frozen=True)
class Runs:
    """Trainings that are over."""

    parameters: Float[ndarray, " run"]
    tokens: Float[ndarray, " run"]
    losses: Float[ndarray, " run"]

    def __post_init__(self) -> None:
        if len(self.losses) < 5:
            raise ValueError(f"five constants cannot be told from {len(self.losses)} runs")


def objective(
    theta: Theta, runs: Runs, weights: Float[ndarray, "fit run"] | None = None
) -> tuple[Float[ndarray, " fit"], Theta]:
    """The sum that is made least, and its gradient, for several fits at once; weights count runs more than once."""
    a, b, e, alpha, beta = (theta[:, [each]] for each in range(5))
    log_n, log_d = np.log(runs.parameters), np.log(runs.tokens)
    terms = np.stack(np.broadcast_arrays(a - alpha * log_n, b - beta * log_d, e))  # term fit run
    top = terms.max(0)
    parts = np.exp(terms - top)
    off = top + np.log(parts.sum(0)) - np.log(runs.losses)  # fit run
    size = np.abs(off)
    huber = np.where(size <= DELTA, off**2 / 2, DELTA * (size - DELTA / 2))
    weighed = np.ones_like(off) if weights is None else weights
    slope = weighed * off.clip(-DELTA, DELTA) * parts / parts.sum(0)  # term fit run
    by_n, by_d, by_e = slope
    gradient = np.stack([by_n, by_d, by_e, -by_n * log_n, -by_d * log_d]).sum(-1).T
    return (weighed * huber).sum(-1), gradient


def fit(runs: Runs) -> Law:
    """The law with the least sum."""
    theta, value = _descend(_beginnings(runs), runs)
    return law(theta[np.argmin(value)])


def bootstrap(runs: Runs, count: int, seed: int = 0) -> list[Law]:
    """Laws of resamples, each as many runs drawn with replacement, beginning at the law of all runs.

    Left out are those with an exponent of 10 or more: a wall between two sizes that no power describes.
    """
    rng, size = np.random.default_rng(seed), len(runs.losses)
    theta, value = _descend(_beginnings(runs), runs)
    weights = rng.multinomial(size, np.full(size, 1 / size), size=count).astype(float)  # resample run
    begin = np.repeat(theta[[np.argmin(value)]], count, 0)
    found = _descend(begin, runs, weights)[0]
    return [law(each) for each in found if max(each[3:]) < STEEPEST]


def law(theta: Float[ndarray, 5]) -> Law:
    """The constants as the law has them."""
    a, b, e, alpha, beta = map(float, theta)
    return Law(A=float(np.exp(a)), B=float(np.exp(b)), E=float(np.exp(e)), alpha=alpha, beta=beta)


def _beginnings(runs: Runs) -> Theta:
    grid = np.array(list(product(*GRID)), dtype=float)
    return grid[np.argsort(objective(grid, runs)[0], kind="stable")[:BEGINNINGS]]


def _descend(
    begin: Theta, runs: Runs, weights: Float[ndarray, "fit run"] | None = None
) -> tuple[Theta, Float[ndarray, " fit"]]:
    def some(points: Theta, which: Int[ndarray, " fit"]) -> tuple[Float[ndarray, " fit"], Theta]:
        return objective(points, runs, None if weights is None else weights[which])

    return minimise(some, begin)


@dataclass(frozen=True)
class Parabola:
    """Of a loss over the natural logarithm of the parameters."""

    curve: Float[ndarray, 3]
    """Of x^2, x and 1."""

    @property
    def open_above(self) -> bool:
        """Whether there is a lowest point."""
        return bool(self.curve[0] > 0)

    @property
    def parameters(self) -> float:
        """Of the lowest point; of a nearly flat curve it may lie beyond all numbers, at inf."""
        with np.errstate(over="ignore"):
            return float(np.exp(-self.curve[1] / (2 * self.curve[0])))

    @property
    def loss(self) -> float:
        """At the lowest point."""
        return self.at(self.parameters)

    def at(self, parameters: float | int) -> float:
        return float(np.polyval(self.curve, np.log(parameters)))


def parabola(parameters: Float[ndarray, " run"], losses: Float[ndarray, " run"]) -> Parabola:
    """By least squares. Raises ValueError for fewer than three sizes."""
    if len(set(parameters.tolist())) < 3:
        raise ValueError("a parabola takes three sizes")
    return Parabola(np.polyfit(np.log(parameters), losses, 2))


@dataclass(frozen=True)
class Power:
    """y = factor x^exponent."""

    exponent: float
    factor: float

    def __call__(self, x: float) -> float:
        return self.factor * x**self.exponent


def power(x: Float[ndarray, " point"], y: Float[ndarray, " point"]) -> Power:
    """By least squares of the logarithms."""
    slope, intercept = np.polyfit(np.log(x), np.log(y), 1)
    return Power(float(slope), float(np.exp(intercept)))
