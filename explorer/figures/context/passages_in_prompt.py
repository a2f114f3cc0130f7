"""Means over questions with intervals: passages moved, joined from kept keys and values, and cut."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.article_questions import Asked
from explorer.experiments.context.passages_in_prompt import JOINS, SHARES, Cut, Moved, Reused
from explorer.figures.payload import Payload
from explorer.stack.context.dropped_tokens import WAYS
from explorer.stack.evaluation.standard_errors import interval


@dataclass(frozen=True, kw_only=True)
class MeanRow:
    """A mean over questions; the bounds are NaN with one question."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PromptQuestion:
    question: str
    title: str
    """The answer."""
    values: list[float]
    """Log-probability of the answer: at each place, in each join, or with each share (surprising tokens kept)."""


@dataclass(frozen=True, kw_only=True)
class MovedPassage(Payload):
    """Nats of the whole answer."""

    questions: list[PromptQuestion]
    asked: int
    """That are to be asked."""
    without: float
    """A mean, with the other passages alone."""
    places: list[MeanRow]
    """Gain over that, at each place."""
    middle: MeanRow
    """The places between the ends minus the mean of both ends, a question at a time."""


@dataclass(frozen=True, kw_only=True)
class ReusedJoin:
    name: str
    turned_round: bool
    """Whether the passages stand in the other order."""
    kl: MeanRow
    same: float
    change: MeanRow
    """Of the answer's log-probability, against the whole run."""


@dataclass(frozen=True, kw_only=True)
class ReusedPassages(Payload):
    questions: list[PromptQuestion]
    asked: int
    joins: list[ReusedJoin]
    tokens: int
    """Of passages, kept for all questions so far."""
    nbytes: int


@dataclass(frozen=True, kw_only=True)
class CutWay:
    name: str
    points: list[MeanRow]
    """Gain over no passage, by share."""


@dataclass(frozen=True, kw_only=True)
class CutPassages(Payload):
    questions: list[PromptQuestion]
    asked: int
    shares: list[float]
    ways: list[CutWay]
    better: MeanRow
    """Surprising tokens against random ones, over the shares below 1, a question at a time."""
    ids: list[int]
    """The first question's right passage."""
    surprisal: Float[Tensor, " token"]
    tokens: int


def moved(made: Moved, count: int) -> MovedPassage:
    gains = made.places - made.without[:, None]  # question place
    inner = made.places[:, 1:-1].mean(1) if made.places.shape[1] > 2 else made.places.mean(1)
    ends = (made.places[:, 0] + made.places[:, -1]) / 2
    return MovedPassage(
        questions=_questions(made.asked, made.places),
        asked=count,
        without=float(made.without.mean()),
        places=[_mean(column) for column in gains.T],
        middle=_mean(inner - ends),
    )


def reused(made: Reused, count: int) -> ReusedPassages:
    return ReusedPassages(
        questions=_questions(made.asked, made.logp[:, 0]),
        asked=count,
        joins=[
            ReusedJoin(
                name=name,
                turned_round=bool(order),
                kl=_mean(made.kl[:, order, at]),
                same=float(made.same[:, order, at].mean()),
                change=_mean(made.logp[:, order, at] - made.whole[:, order]),
            )
            for order in (0, 1)
            for at, name in enumerate(JOINS)
        ],
        tokens=made.tokens,
        nbytes=made.nbytes,
    )


def cut(made: Cut, count: int) -> CutPassages:
    gains = made.logp - made.without[:, None, None]  # question way share
    surprising, random = (made.logp[:, WAYS.index(way), :-1].mean(1) for way in ("surprising", "random"))
    return CutPassages(
        questions=_questions(made.asked, made.logp[:, 0]),
        asked=count,
        shares=list(SHARES),
        ways=[CutWay(name=way, points=[_mean(each) for each in gains[:, at].T]) for at, way in enumerate(WAYS)],
        better=_mean(surprising - random),
        ids=list(made.asked[0].parts.passages[0]),
        surprisal=made.surprisal[0],
        tokens=made.tokens,
    )


def _questions(asked: tuple[Asked, ...], values: Float[Tensor, "question value"]) -> list[PromptQuestion]:
    return [
        PromptQuestion(question=each.question, title=each.title, values=row.tolist())
        for each, row in zip(asked, values, strict=True)
    ]


def _mean(values: Float[Tensor, " question"]) -> MeanRow:
    found = interval(values.double())
    return MeanRow(mean=found.mean, low=found.low, high=found.high)
