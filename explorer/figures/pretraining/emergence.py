"""Emergence: what each run of the sweep answers, by several metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.corpora import drills
from explorer.experiments.pretraining.emergence import likelihood, sharpest
from explorer.experiments.pretraining.sweep import Run
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class EmergenceRun:
    """A run and its answers to one kind of drill."""

    name: str
    parameters: int
    tokens: int
    compute: float
    loss: float
    """On held-out text, nats a token."""
    likelihood: float
    """Of a token of the answers: the geometric mean."""
    right: float
    """Share of tokens that are the likeliest."""
    exact: tuple[float, ...]
    """Share of answers whose first 1, 2, ... tokens are all the likeliest."""


@dataclass(frozen=True, kw_only=True)
class EmergenceDrill:
    """One kind of drill."""

    kind: str
    question: str
    answer: str
    """An example."""
    asked: int
    runs: tuple[EmergenceRun, ...]
    """The worst loss on text first."""
    sharpest_exact: float
    """Of the whole way of exact match, the largest step from one run to the next."""
    sharpest_likelihood: float


@dataclass(frozen=True, kw_only=True)
class EmergenceDrills(Payload):
    drills: tuple[EmergenceDrill, ...]


def all_drills(runs: Sequence[Run], asked: int, seed: int) -> EmergenceDrills:
    return EmergenceDrills(drills=tuple(_drill(kind, runs, asked, seed) for kind in drills.KINDS))


def _drill(kind: str, runs: Sequence[Run], asked: int, seed: int) -> EmergenceDrill:
    example = drills.asked(kind, 1, seed)[0]
    made = tuple(_run(each, kind) for each in runs)
    return EmergenceDrill(
        kind=kind,
        question=example.question,
        answer=example.answer,
        asked=asked,
        runs=made,
        sharpest_exact=sharpest([each.exact[-1] for each in made]),
        sharpest_likelihood=sharpest([each.likelihood for each in made]),
    )


def _run(run: Run, kind: str) -> EmergenceRun:
    answers = run.drills[kind]
    return EmergenceRun(
        name=run.name,
        parameters=run.parameters,
        tokens=run.tokens,
        compute=run.compute,
        loss=run.loss,
        likelihood=likelihood(answers),
        right=answers.right,
        exact=answers.exact,
    )
