"""Bradley-Terry: one fixed strength a player, by maximum likelihood over all games at once, whatever their order.

    P(a beats b) = sigma(theta_a - theta_b),      rating = 1000 + 400 / ln 10 * theta,   sum of theta = 0

(Bradley and Terry 1952, Biometrika 39; Chiang et al. 2024, arXiv 2403.04132). It is a logistic regression whose row has
+1 at a and -1 at b; a tie counts as half a win for each. Style enters as further columns (Li et al. 2024): with
(length_a - length_b) / (length_a + length_b + 1), standardised, the strength is what remains at equal length.

How sure a strength is: H is the curvature of the likelihood, G the sum over games of the squared residual times the
row's outer product, and the sandwich H^-1 G H^-1 (White 1982) holds even where the model does not. The bootstrap fits
games that are drawn anew.

Worked example: 7 wins to 3. theta_a - theta_b = ln(7/3), which is 147 points, with a standard error of 120.

>>> made = bradley_terry([Game(0, 1, 1.0)] * 7 + [Game(0, 1, 0.0)] * 3, 2)
>>> round(made.ratings[0] - made.ratings[1], 4), round(made.error_between(0, 1), 3)
(147.1907, 119.877)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.evaluation.elo import SCALE, START, Game

#: Points of rating for a factor e in the odds.
POINTS = SCALE / math.log(10)
#: FastChat's penalty on the coefficients of style; strengths have none.
STYLE_RIDGE = 0.5
#: Of the largest eigenvalue: what is smaller counts as zero.
NONE = 1e-10


@dataclass(frozen=True, eq=False)
class Strengths:
    """The fit, with each part of its errors."""

    theta: Float[Tensor, " player"]
    style: Float[Tensor, " feature"]
    """Coefficients of the standardised features."""
    curvature: Float[Tensor, "column column"]
    """H: of players, then of features."""
    covariance: Float[Tensor, "column column"]
    """H^-1 G H^-1."""

    @property
    def ratings(self) -> list[float]:
        """In Elo's points around 1000."""
        return (START + POINTS * self.theta).tolist()

    @property
    def errors(self) -> list[float]:
        """Standard errors of the ratings."""
        return [POINTS * math.sqrt(max(float(v), 0.0)) for v in self.covariance.diagonal()[: len(self.theta)]]

    def error_between(self, first: int, second: int) -> float:
        """Of the difference of two ratings."""
        c = self.covariance
        return POINTS * math.sqrt(max(float(c[first, first] + c[second, second] - 2 * c[first, second]), 0.0))


def bradley_terry(
    games: Sequence[Game],
    players: int,
    *,
    features: Float[Tensor, "game feature"] | None = None,
    ridge: float = 0.0,
    weights: Float[Tensor, " game"] | None = None,
) -> Strengths:
    """The likeliest strengths.

    features: of each game, first minus second; see `style`.
    ridge: adds ridge / 2 * theta^2: without it a player who only wins has no finite strength.
    weights: how often each game counts.
    """
    rows, score = design(games, players, features)
    weight = torch.ones(len(games), dtype=torch.float64) if weights is None else weights.double()
    columns = rows.shape[1]
    penalty = torch.full((columns,), ridge, dtype=torch.float64)
    penalty[players:] = STYLE_RIDGE
    # Strengths are free up to a constant: this holds their sum at zero and changes nothing else.
    fixed = torch.zeros(columns, columns, dtype=torch.float64)
    fixed[:players, :players] = 1.0 / players
    solution = torch.zeros(columns, dtype=torch.float64)
    curvature = fixed
    for _ in range(100):
        p = (rows @ solution).sigmoid()
        slope = rows.T @ (weight * (score - p)) - penalty * solution - fixed @ solution
        curvature = rows.T @ (rows * (weight * p * (1 - p))[:, None]) + penalty.diag()
        step = torch.linalg.lstsq(curvature + fixed, slope).solution
        step = step / max(float(step.abs().max()) / 2, 1.0)  # far from the summit Newton's step overshoots
        solution = solution + step
        if float(step.abs().max()) < 1e-12:
            break
    residual = score - (rows @ solution).sigmoid()
    spread = rows.T @ (rows * (weight * residual.square())[:, None])  # G
    # Without a ridge one eigenvalue is zero, up to rounding: it has no inverse.
    inverse = torch.linalg.pinv(curvature, hermitian=True, rtol=NONE)
    return Strengths(solution[:players], solution[players:], curvature, inverse @ spread @ inverse)


def design(
    games: Sequence[Game], players: int, features: Float[Tensor, "game feature"] | None = None
) -> tuple[Float[Tensor, "game column"], Float[Tensor, " game"]]:
    """The rows of the regression, and the first's scores."""
    rows = torch.zeros(len(games), players, dtype=torch.float64)
    for at, (first, second, _) in enumerate(games):
        rows[at, first], rows[at, second] = 1.0, -1.0
    if features is not None:
        rows = torch.cat([rows, features.double()], 1)
    return rows, torch.tensor([score for *_, score in games], dtype=torch.float64)


def style(first: Float[Tensor, "game feature"], second: Float[Tensor, "game feature"]) -> Float[Tensor, "game feature"]:
    """(a - b) / (a + b + 1) of counts such as tokens or headings, standardised over the games.

    >>> style(torch.tensor([[10.0], [4.0]]), torch.tensor([[4.0], [10.0]])).round(decimals=3).tolist()
    [[0.707], [-0.707]]
    """
    raw = ((first - second) / (first + second + 1)).double()
    spread = raw.std(0)
    return (raw - raw.mean(0)) / torch.where(spread > 0, spread, 1.0)


def bootstrap(
    games: Sequence[Game], players: int, generator: torch.Generator, draws: int = 200, ridge: float = 0.0
) -> Float[Tensor, "draw player"]:
    """Ratings of games drawn anew, as often as there are: equal games share a row with a count."""
    unique = sorted(set(games))
    share = torch.tensor([games.count(each) for each in unique], dtype=torch.float64) / len(games)
    made = []
    for _ in range(draws):
        drawn = torch.multinomial(share, len(games), replacement=True, generator=generator)
        weights = torch.bincount(drawn, minlength=len(unique)).double()
        made.append(bradley_terry(unique, players, ridge=ridge, weights=weights).ratings)
    return torch.tensor(made, dtype=torch.float64)
