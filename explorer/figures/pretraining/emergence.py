"""Emergence: what models of several sizes answer on their way, by several metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.corpora import drills
from explorer.experiments.pretraining.emergence import Asked, likelihood, sharpest
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class EmergencePoint:
    """A model on its way, and its answers to one kind of drill."""

    tokens: int
    """Read so far."""
    compute: float
    """6 N D so far."""
    likelihood: float
    """Of a token of the answers: the geometric mean."""
    right: float
    """Share of tokens that are the likeliest."""
    exact: tuple[float, ...]
    """Share of answers whose first 1, 2, ... tokens are all the likeliest."""


@dataclass(frozen=True, kw_only=True)
class EmergenceModel:
    """One size."""

    name: str
    parameters: int
    points: tuple[EmergencePoint, ...]
    sharpest_exact: float
    """Of the whole way of exact match, the largest step from one point to the next."""
    sharpest_likelihood: float


@dataclass(frozen=True, kw_only=True)
class EmergenceDrill:
    """One kind of drill."""

    kind: str
    question: str
    answer: str
    """An example."""
    models: tuple[EmergenceModel, ...]
    """The smallest first."""


@dataclass(frozen=True, kw_only=True)
class EmergenceDrills(Payload):
    drills: tuple[EmergenceDrill, ...]
    asked: int
    """Drills of each kind, each time."""
    share: float
    """Of the windows that are drills."""


def all_drills(made: Sequence[Asked], asked: int, seed: int, share: float) -> EmergenceDrills:
    return EmergenceDrills(
        drills=tuple(_drill(kind, made, seed) for kind in drills.KINDS), asked=asked, share=share
    )  # fmt: skip


def _drill(kind: str, made: Sequence[Asked], seed: int) -> EmergenceDrill:
    example = drills.asked(kind, 1, seed)[0]
    names = dict.fromkeys(each.run.name for each in made)
    return EmergenceDrill(
        kind=kind,
        question=example.question,
        answer=example.answer,
        models=tuple(_model(name, [each for each in made if each.run.name == name], kind) for name in names),
    )


def _model(name: str, made: Sequence[Asked], kind: str) -> EmergenceModel:
    points = tuple(_point(each, kind) for each in made)
    return EmergenceModel(
        name=name,
        parameters=made[0].run.parameters,
        points=points,
        sharpest_exact=sharpest([point.exact[-1] for point in points]),
        sharpest_likelihood=sharpest([point.likelihood for point in points]),
    )


def _point(each: Asked, kind: str) -> EmergencePoint:
    answers = each.drills[kind]
    return EmergencePoint(
        tokens=each.tokens,
        compute=each.compute,
        likelihood=likelihood(answers),
        right=answers.right,
        exact=answers.exact,
    )
