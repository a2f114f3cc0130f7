"""Simulated voters: contestants of known strength, whose answers have known lengths, and voters of known taste."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.stack.evaluation.bradley_terry import POINTS, Strengths, bradley_terry, style
from explorer.stack.evaluation.elo import Game
from explorer.stack.evaluation.standard_errors import SURE, quantile

#: Votes after which the ratings are fitted, and arenas of the last size for the coverage.
COUNTS, ARENAS = (10, 20, 50, 100, 200, 500, 1000), 200
#: Tokens of an answer: the strongest contestant's, and how many times those of the one before it each next one writes.
SHORTEST, LONGER = 60.0, 1.5
#: Arenas for the coverage where each is fitted twice.
FEW = 100


@dataclass(frozen=True, eq=False)
class Simulated:
    """Ratings after so many votes."""

    votes: int
    fit: Strengths


def strengths(players: int, gap: float) -> list[float]:
    """Ratings that stand `gap` points apart, around 1000."""
    return [1000 + gap * ((players - 1) / 2 - at) for at in range(players)]


def voted(true: Sequence[float], votes: int, generator: torch.Generator) -> list[Game]:
    """Pairs drawn evenly; who wins is drawn by Bradley-Terry from the true ratings."""
    first, second = _pairs(len(true), votes, generator)
    return _won(true, first, second, torch.zeros(votes, dtype=torch.float64), generator)


def _pairs(players: int, votes: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    first = torch.randint(players, (votes,), generator=generator)
    return first, (first + torch.randint(1, players, (votes,), generator=generator)) % players


def _won(
    true: Sequence[float], first: Tensor, second: Tensor, taste: Float[Tensor, " vote"], generator: torch.Generator
) -> list[Game]:
    """`taste`: log odds that are added to those of the ratings."""
    ratings = torch.tensor(true, dtype=torch.float64)
    chance = ((ratings[first] - ratings[second]) / POINTS + taste).sigmoid()
    won = torch.rand(len(first), generator=generator, dtype=torch.float64) < chance
    rows = zip(first.tolist(), second.tolist(), won.tolist(), strict=True)
    return [Game(a, b, float(each)) for a, b, each in rows]


def mean_lengths(players: int) -> list[float]:
    """Tokens that each contestant writes in the mean: the weaker, the longer."""
    return [SHORTEST * LONGER**at for at in range(players)]


def voted_by_length(
    true: Sequence[float], votes: int, pull: float, generator: torch.Generator
) -> tuple[list[Game], Float[Tensor, "vote feature"], float]:
    """The same, where a length that is a standard deviation greater adds `pull` to the log odds; the lengths as the fit
    reads them; and the part of votes for the longer answer. An answer has half to one and a half times its
    contestant's mean length."""
    first, second = _pairs(len(true), votes, generator)
    means = torch.tensor(mean_lengths(len(true)), dtype=torch.float64)
    of = [means[each] * (0.5 + torch.rand(votes, generator=generator, dtype=torch.float64)) for each in (first, second)]
    features = style(of[0][:, None], of[1][:, None])
    games = _won(true, first, second, pull * features[:, 0], generator)
    for_longer = torch.tensor([game.score for game in games]).bool() == (of[0] > of[1])
    return games, features, float(for_longer.double().mean())


@dataclass(frozen=True, eq=False)
class Controlled:
    """One fit of the votes alone, one with the lengths."""

    votes: int
    plain: Strengths
    controlled: Strengths
    longer: float
    """The part of votes for the longer answer."""


def first_arena(true: Sequence[float], votes: int, pull: float, seed: int) -> Controlled:
    """The arena that is shown."""
    return _fitted(true, votes, pull, torch.Generator().manual_seed(seed))


def _fitted(true: Sequence[float], votes: int, pull: float, generator: torch.Generator) -> Controlled:
    games, features, longer = voted_by_length(true, votes, pull, generator)
    plain, controlled = (bradley_terry(games, len(true), features=each) for each in (None, features))
    return Controlled(votes, plain, controlled, longer)


def covered_by_length(
    true: Sequence[float], votes: int, pull: float, seed: int, tell: Ticks = unheard
) -> tuple[int, int]:
    """Of further arenas: in how many each fit's interval holds the true difference of the first and the last."""
    generator, last, held = torch.Generator().manual_seed(seed + 1), len(true) - 1, [0, 0]
    for done in range(FEW):
        both = _fitted(true, votes, pull, generator)
        for at, made in enumerate((both.plain, both.controlled)):
            gap = made.ratings[0] - made.ratings[last]
            held[at] += abs(gap - (true[0] - true[last])) <= quantile(SURE) * made.error_between(0, last)
        tell(done + 1, FEW)
    return held[0], held[1]


def simulated(true: Sequence[float], most: int, seed: int, ridge: float) -> Iterator[Simulated]:
    """The same voters' first 10, 20, 50 .. votes, fitted."""
    games = voted(true, most, torch.Generator().manual_seed(seed))
    for count in [each for each in COUNTS if each < most] + [most]:
        yield Simulated(count, bradley_terry(games[:count], len(true), ridge=ridge))


def covered(true: Sequence[float], votes: int, seed: int, tell: Ticks = unheard) -> int:
    """Of 200 arenas with other voters: in how many the interval of the first two's difference holds the true one."""
    generator, held = torch.Generator().manual_seed(seed + 1), 0
    for done in range(ARENAS):
        made = bradley_terry(voted(true, votes, generator), len(true))
        gap = made.ratings[0] - made.ratings[1]
        held += abs(gap - (true[0] - true[1])) <= quantile(SURE) * made.error_between(0, 1)
        tell(done + 1, ARENAS)
    return held


def votes_needed(gap: float, power: float = 0.8) -> int | None:
    """Votes on one pair so that its interval excludes zero in that part of all arenas; None where there is no gap.

    >>> votes_needed(100.0), votes_needed(0.0)
    (103, None)
    """
    if not gap:
        return None
    p = 1 / (1 + math.exp(-gap / POINTS))
    z = quantile(SURE) + quantile(2 * power - 1)
    return math.ceil((z * POINTS / gap) ** 2 / (p * (1 - p)))
