"""Elo: ratings that are updated after each game, so that the order of the games is part of the number.

The expected score of a against b, and the update (Elo 1978; FastChat's arena used K = 4)::

    E_a = 1 / (1 + 10^((R_b - R_a) / 400))        R_a += K (S_a - E_a),   R_b -= K (S_a - E_a)

with S_a = 1 for a win, 1/2 for a tie, 0 for a loss. The update fits players whose strength changes. A model's does not,
and then the last games count more than the first.

Worked example: ten wins and ten losses, in three orders. The rating is 1000 in none of them.

>>> wins, losses = [Game(0, 1, 1.0)] * 10, [Game(0, 1, 0.0)] * 10
>>> alternating = [game for both in zip(wins, losses) for game in both]
>>> [round(elo(games, 2)[0], 4) for games in (wins + losses, losses + wins, alternating)]
[997.9268, 1002.0732, 999.7921]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: FastChat's.
K, SCALE, START = 4.0, 400.0, 1000.0


class Game(NamedTuple):
    """Two players by their numbers, and what the first got: 1 a win, 0.5 a tie, 0 a loss."""

    first: int
    second: int
    score: float


def expected(first: float, second: float) -> float:
    """The score that the ratings promise the first.

    >>> round(expected(1400.0, 1000.0), 4)
    0.9091
    """
    return 1 / (1 + 10 ** ((second - first) / SCALE))


def elo(games: Sequence[Game], players: int, k: float = K) -> list[float]:
    """The ratings after the last game."""
    *_, last = [[START] * players, *course(games, players, k)]
    return last


def course(games: Sequence[Game], players: int, k: float = K) -> Iterator[list[float]]:
    """The ratings after each game. Their sum never changes."""
    ratings = [START] * players
    for first, second, score in games:
        change = k * (score - expected(ratings[first], ratings[second]))
        ratings[first] += change
        ratings[second] -= change
        yield [*ratings]
