"""An arena: answers to vote on, what the page's own ratings are held against, and simulated votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.experiments.evaluation.arena import TITLES, Answer
from explorer.experiments.evaluation.board_rows import Entry
from explorer.experiments.evaluation.simulated_votes import FEW, Controlled, Simulated, mean_lengths
from explorer.figures.payload import Payload
from explorer.stack.evaluation.bradley_terry import Strengths, bradley_terry
from explorer.stack.evaluation.bradley_terry import style as length_feature
from explorer.stack.evaluation.elo import Game, elo
from explorer.stack.evaluation.standard_errors import SURE, quantile

#: Adds RIDGE / 2 * theta^2: who has only won has a finite strength, and few votes move it little.
RIDGE = 0.1
#: Games of which page and module both compute ratings.
PROVED = (
    Game(0, 1, 1.0), Game(1, 2, 0.0), Game(2, 3, 0.5), Game(3, 0, 0.0), Game(0, 2, 1.0), Game(1, 3, 1.0),
    Game(2, 1, 1.0), Game(0, 3, 0.0), Game(1, 0, 0.5), Game(2, 0, 0.0), Game(3, 1, 0.0), Game(3, 2, 1.0),
)  # fmt: skip
#: Tokens of both answers of these games.
LENGTHS = (
    (12, 20),
    (24, 9),
    (18, 18),
    (7, 31),
    (22, 15),
    (11, 13),
    (30, 8),
    (16, 25),
    (9, 14),
    (21, 28),
    (17, 6),
    (10, 24),
)


@dataclass(frozen=True, kw_only=True)
class ArenaAnswer:
    """What one contestant wrote."""

    contestant: str
    text: str
    tokens: int


@dataclass(frozen=True, kw_only=True)
class ArenaProof:
    """Ratings of given games by the module."""

    games: tuple[tuple[int, int, float], ...]
    players: int
    elo: tuple[float, ...]
    ratings: tuple[float, ...]
    errors: tuple[float, ...]
    lengths: tuple[tuple[int, int], ...]
    """Tokens of both answers, game by game."""
    controlled: tuple[float, ...]
    """The ratings with length controlled."""
    controlled_errors: tuple[float, ...]
    pull: float
    """Log odds for a standard deviation more of length."""


@dataclass(frozen=True, kw_only=True)
class ArenaOffer:
    """What can take part."""

    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ArenaVote(Payload):
    """Answers to one prompt, and what the page computes ratings with."""

    prompt: str
    answers: tuple[ArenaAnswer, ...]
    whole: bool
    wrong: str
    """Why a model cannot take part."""
    models: tuple[ArenaOffer, ...]
    """Beside the page's."""
    settings: tuple[ArenaOffer, ...]
    ridge: float
    proof: ArenaProof


@dataclass(frozen=True, kw_only=True)
class SimulatedVotes:
    """Ratings after so many votes, with half the width of their interval of 95 %."""

    votes: int
    ratings: tuple[float, ...]
    half: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ArenaVoters(Payload):
    """Simulated voters with a known taste."""

    true: tuple[float, ...]
    gap: float
    fitted: tuple[SimulatedVotes, ...]
    needed: int | None
    """Votes on one neighbouring pair."""
    covered: int | None
    arenas: int
    votes: int


@dataclass(frozen=True, kw_only=True)
class StyleRatings:
    """Ratings of one fit, with half the width of their interval of 95 %."""

    ratings: tuple[float, ...]
    half: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ArenaStyle(Payload):
    """Simulated voters who like long answers, fitted without and with the lengths."""

    true: tuple[float, ...]
    gap: float
    lengths: tuple[float, ...]
    """Mean tokens of an answer."""
    votes: int
    longer: float
    """The part of votes for the longer answer."""
    pull: float
    """The voters' own: log odds for a standard deviation more of length."""
    found: float
    """The fit's."""
    plain: StyleRatings
    controlled: StyleRatings
    covered: tuple[int, int] | None
    """Of further arenas: in how many the interval of the first and the last's difference holds the true one, without
    and with the lengths."""
    arenas: int


def style(
    made: Controlled, true: Sequence[float], gap: float, pull: float, covered: tuple[int, int] | None
) -> ArenaStyle:
    return ArenaStyle(
        true=tuple(true),
        gap=gap,
        lengths=tuple(mean_lengths(len(true))),
        votes=made.votes,
        longer=made.longer,
        pull=pull,
        found=float(made.controlled.style[0]),
        plain=_ratings(made.plain),
        controlled=_ratings(made.controlled),
        covered=covered,
        arenas=FEW,
    )


def _ratings(fit: Strengths) -> StyleRatings:
    return StyleRatings(ratings=tuple(fit.ratings), half=tuple(quantile(SURE) * error for error in fit.errors))


def proof() -> ArenaProof:
    made = bradley_terry(PROVED, 4, ridge=RIDGE)
    first, second = torch.tensor(LENGTHS, dtype=torch.float64).T[:, :, None]
    controlled = bradley_terry(PROVED, 4, features=length_feature(first, second), ridge=RIDGE)
    return ArenaProof(
        games=tuple((first, second, score) for first, second, score in PROVED),
        players=4,
        elo=tuple(elo(PROVED, 4)),
        ratings=tuple(made.ratings),
        errors=tuple(made.errors),
        lengths=LENGTHS,
        controlled=tuple(controlled.ratings),
        controlled_errors=tuple(controlled.errors),
        pull=float(controlled.style[0]),
    )


def vote(
    prompt: str, answers: Sequence[Answer], offered: Sequence[Entry], whole: bool = False, wrong: str = ""
) -> ArenaVote:
    return ArenaVote(
        prompt=prompt,
        answers=tuple(
            ArenaAnswer(
                contestant=f"{each.model}, {TITLES[each.setting]}",
                text=each.text,
                tokens=len(each.ids),
            )
            for each in answers
        ),
        whole=whole,
        wrong=wrong,
        models=tuple(ArenaOffer(key=each.key, name=each.name) for each in offered),
        settings=tuple(ArenaOffer(key=key, name=name) for key, name in TITLES.items()),
        ridge=RIDGE,
        proof=proof(),
    )


def fitted(made: Simulated) -> SimulatedVotes:
    z = quantile(SURE)
    return SimulatedVotes(
        votes=made.votes, ratings=tuple(made.fit.ratings), half=tuple(z * error for error in made.fit.errors)
    )
