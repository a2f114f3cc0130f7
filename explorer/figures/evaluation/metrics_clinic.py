"""Metrics clinic: the same numbers by a formula that was in use and by the right one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.evaluation import free_answers, judge
from explorer.stack.evaluation.bradley_terry import bradley_terry
from explorer.stack.evaluation.elo import Game, course
from explorer.stack.evaluation.explained_variance import explained_variance

Reconstruction = Literal["mean", "half", "same"]
Order = Literal["wins", "losses", "turns", "drawn"]
#: Vectors of the first view, and their dimensions.
TOKENS, WIDTH = 2048, 64
#: Tokens of a batch, and batches before the last; a token of the last costs so much more, in nats.
WON = 10
#: Texts with what is right: real forms of answers, made up here.
ANSWERS = (
    ("6 * 7 = 42, so the answer is 42.\n#### 42", "42"),
    ("The answer is 5. Hmm...", "5"),
    ("She pays $1,234.50 in total.", "1234.50"),
    ("There are 12 eggs. She sells 7, so 5 are left", "5"),
    ("It is 18 (3 boxes of 6).", "18"),
)
JUDGEMENTS = (
    ("[[A]] looks better at first. But its sum is wrong, so my verdict: [[B]]", "B"),
    ("Both are short. [[A]]", "A"),
)


@dataclass(frozen=True, kw_only=True)
class ClinicVariance(Payload):
    """One reconstruction by three formulas."""

    tokens: int
    width: int
    true: float
    ratio_averaged: float
    squared_squares: float
    coded_variance: float
    variance: float
    """The real one, summed over the dimensions."""


@dataclass(frozen=True, kw_only=True)
class ClinicCut:
    """What one filter takes of a text."""

    filter: str
    found: str | None
    right: bool


@dataclass(frozen=True, kw_only=True)
class ClinicText:
    """A text, what is right, and what each filter takes."""

    text: str
    right: str
    own: bool
    cuts: tuple[ClinicCut, ...]


@dataclass(frozen=True, kw_only=True)
class ClinicFilters(Payload):
    texts: tuple[ClinicText, ...]
    judgements: tuple[ClinicText, ...]


@dataclass(frozen=True, kw_only=True)
class ClinicBatch:
    """Some tokens read together."""

    tokens: int
    mean: float
    """Of their losses, in nats."""


@dataclass(frozen=True, kw_only=True)
class ClinicDenominators(Payload):
    batches: tuple[ClinicBatch, ...]
    of_means: float
    """The mean of the batches' means."""
    of_tokens: float
    items: int
    """The texts of the view above."""
    answered: int
    """Those in which the strict filter finds an answer."""
    right: int


@dataclass(frozen=True, kw_only=True)
class ClinicOrder(Payload):
    """One order of the games."""

    scores: tuple[float, ...]
    """Of the first player, game by game."""
    elo: tuple[float, ...]
    """Its rating after each game."""
    bradley_terry: float
    others: dict[str, float]
    """Its last Elo rating in each order."""


def vectors(
    shift: float, scales: str, kind: Reconstruction
) -> tuple[Float[Tensor, "token d"], Float[Tensor, "token d"]]:
    """Drawn ones around the shift, and what stands in for them."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.ones(TOKENS, 1, dtype=torch.float64)
    if scales == "two":
        spread[::2] = 0.01
    x = spread * torch.randn(TOKENS, WIDTH, generator=generator, dtype=torch.float64) + shift
    if kind == "mean":
        return x, x.mean(0).expand_as(x)
    noise = torch.randn(TOKENS, WIDTH, generator=generator, dtype=torch.float64)
    return x, x + (0.5 * float(x.std(0).mean()) * noise if kind == "half" else 0.0)


def variance(x: Float[Tensor, "token d"], y: Float[Tensor, "token d"]) -> ClinicVariance:
    made = explained_variance(x, y)
    return ClinicVariance(
        tokens=len(x),
        width=x.shape[1],
        true=made.true,
        ratio_averaged=made.ratio_averaged,
        squared_squares=made.squared_squares,
        coded_variance=made.coded_variance,
        variance=float(x.var(0, correction=0).sum()),
    )


def filters(own: str, right: str) -> ClinicFilters:
    said = [(text, answer, False) for text, answer in ANSWERS]
    if own:
        said.append((own, right, True))
    return ClinicFilters(
        texts=tuple(_text(*each) for each in said),
        judgements=tuple(_judgement(*each) for each in JUDGEMENTS),
    )


def _text(text: str, right: str, own: bool) -> ClinicText:
    by = {"strict": free_answers.strict, "flexible": free_answers.flexible, "digit first": free_answers.number}
    cuts = (
        ClinicCut(filter=name, found=(found := cut(text)), right=free_answers.same(found, right))
        for name, cut in by.items()
    )
    return ClinicText(text=text, right=right, own=own, cuts=tuple(cuts))


def _judgement(text: str, right: str) -> ClinicText:
    by = {"first mark": judge.first_mark(text), "last mark": judge.last_mark(text)}
    cuts = (ClinicCut(filter=name, found=found, right=found == right) for name, found in by.items())
    return ClinicText(text=text, right=right, own=False, cuts=tuple(cuts))


def denominators(batches: list[Tensor]) -> ClinicDenominators:
    means = torch.stack([batch.mean() for batch in batches])
    sizes = torch.tensor([len(batch) for batch in batches], dtype=torch.float64)
    found = [free_answers.strict(text) for text, _ in ANSWERS]
    return ClinicDenominators(
        batches=tuple(ClinicBatch(tokens=len(batch), mean=float(batch.mean())) for batch in batches),
        of_means=float(means.mean()),
        of_tokens=float((means * sizes).sum() / sizes.sum()),
        items=len(ANSWERS),
        answered=sum(each is not None for each in found),
        right=sum(free_answers.same(each, right) for each, (_, right) in zip(found, ANSWERS, strict=True)),
    )


def scores(order: Order, seed: int) -> list[float]:
    """Ten wins and ten losses of the first player."""
    wins, lost = [1.0] * WON, [0.0] * WON
    if order == "turns":
        return [each for both in zip(wins, lost, strict=True) for each in both]
    if order == "drawn":
        drawn = torch.randperm(2 * WON, generator=torch.Generator().manual_seed(seed)).tolist()
        return [float(at < WON) for at in drawn]
    return wins + lost if order == "wins" else lost + wins


def order(chosen: Order, seed: int) -> ClinicOrder:
    every: tuple[Order, ...] = ("wins", "losses", "turns", "drawn")
    played = {name: [Game(0, 1, score) for score in scores(name, seed)] for name in every}
    ratings = {name: [after[0] for after in course(games, 2)] for name, games in played.items()}
    return ClinicOrder(
        scores=tuple(score for *_, score in played[chosen]),
        elo=tuple(ratings[chosen]),
        bradley_terry=bradley_terry(played[chosen], 2).ratings[0],
        others={name: each[-1] for name, each in ratings.items()},
    )


def closed_form(made: ClinicOrder) -> float:
    """Two players' Bradley-Terry rating from the counts of wins and losses."""
    won = sum(made.scores)
    return 1000 + 200 / math.log(10) * math.log(won / (len(made.scores) - won))
