"""An arena: answers to vote on, what the page's own ratings are held against, and simulated votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.evaluation.arena import Answer, Simulated
from explorer.figures.payload import Payload
from explorer.stack.evaluation.bradley_terry import bradley_terry
from explorer.stack.evaluation.elo import Game, elo
from explorer.stack.evaluation.standard_errors import SURE, quantile

#: Adds RIDGE / 2 * theta^2: who has only won has a finite strength, and few votes move it little.
RIDGE = 0.1
#: Games of which page and module both compute ratings.
PROVED = (
    Game(0, 1, 1.0), Game(1, 2, 0.0), Game(2, 3, 0.5), Game(3, 0, 0.0), Game(0, 2, 1.0), Game(1, 3, 1.0),
    Game(2, 1, 1.0), Game(0, 3, 0.0), Game(1, 0, 0.5), Game(2, 0, 0.0), Game(3, 1, 0.0), Game(3, 2, 1.0),
)  # fmt: skip


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


@dataclass(frozen=True, kw_only=True)
class ArenaVote(Payload):
    """Answers to one prompt, and what the page computes ratings with."""

    prompt: str
    answers: tuple[ArenaAnswer, ...]
    whole: bool
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


def proof() -> ArenaProof:
    made = bradley_terry(PROVED, 4, ridge=RIDGE)
    return ArenaProof(
        games=tuple((first, second, score) for first, second, score in PROVED),
        players=4,
        elo=tuple(elo(PROVED, 4)),
        ratings=tuple(made.ratings),
        errors=tuple(made.errors),
    )


def vote(prompt: str, answers: Sequence[Answer], whole: bool) -> ArenaVote:
    models = {answer.model for answer in answers}
    return ArenaVote(
        prompt=prompt,
        answers=tuple(
            ArenaAnswer(
                contestant=f"{each.model}, {each.setting}" if len(models) > 1 else each.setting,
                text=each.text,
                tokens=len(each.ids),
            )
            for each in answers
        ),
        whole=whole,
        ridge=RIDGE,
        proof=proof(),
    )


def fitted(made: Simulated) -> SimulatedVotes:
    z = quantile(SURE)
    return SimulatedVotes(
        votes=made.votes, ratings=tuple(made.fit.ratings), half=tuple(z * error for error in made.fit.errors)
    )
