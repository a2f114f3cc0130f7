"""Induction is born: a two-layer attention-only transformer trained until a head continues what repeats.

Three trainings read the same texts: two layers, one layer, and two layers whose weights start wider. A head has become
an induction head at the first measured step at which its score passes `BORN`. What was trained with several seeds is
kept (`induction_kept`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.experiments.architectures.balancing import one_thread
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.induction import (
    AttentionOnly,
    AttentionOnlyConfig,
    Looked,
    behind,
    earlier,
    induction_score,
    k_composition,
    key_terms,
    known,
    previous_score,
    repeating,
    second_copy,
)
from explorer.stack.worst import worst

D_MODEL, HEADS, D_VOCAB, N_CTX, PERIODS = 64, 4, 64, 40, (8, 20)
#: Of the starts: GPT-2's, and 1 / sqrt(d_model).
NARROW, WIDE = 0.02, 0.125
#: Texts of a step and of a measurement, points of a curve, and steps until the learning rate is whole.
ROWS, HELD, POINTS, WARMUP = 32, 32, 24, 50
RATE, BETAS, DECAY = 3e-3, (0.9, 0.99), 0.01
#: The induction score from which a head counts as an induction head.
BORN = 0.3
SEEDS, STEPS = (0, 1, 2, 3, 4), 600
#: The seed of the held texts: no training's.
HELD_SEED = 10_000
#: Names of the trainings.
TWO, ONE, OTHER = "two layers", "one layer", "wider start"


@dataclass(frozen=True)
class Asked:
    """What is trained."""

    steps: int = STEPS
    seed: int = 0
    std: float = WIDE
    """Of the training whose weights start otherwise."""


@dataclass(frozen=True, eq=False)
class Point:
    """A training, measured at a step on the held texts."""

    step: int
    accuracy: float
    """Of the tokens that can be known."""
    previous: Float[Tensor, "layer head"]
    induction: Float[Tensor, "layer head"]
    composition: Float[Tensor, "below head"]
    """Empty of one layer."""
    patterns: UInt8[Tensor, "layer head query key"]
    """Of the first held text, 255 being all of the weight."""


@dataclass(frozen=True, eq=False)
class Cause:
    """What the last layer's best induction head lives on, at the end."""

    accuracy: float
    score: float
    without: list[tuple[float, float]]
    """(accuracy, that head's score) without each head of the first layer."""
    terms: list[float]
    """By how much the score of the places to look at exceeds the mean of all, for the token, the position and each head
    of the first layer in the key."""
    pair: list[int]
    """The two heads of the first layer with the largest terms: one often stands in for the other."""
    without_pair: tuple[float, float]
    without_others: tuple[float, float]


@dataclass(eq=False)
class Arm:
    """One training so far."""

    name: str
    model: AttentionOnly
    optimizer: torch.optim.Optimizer
    texts: torch.Generator
    losses: list[float] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    cause: Cause | None = None

    @property
    def best(self) -> tuple[int, int]:
        """The head of the last layer with the highest induction score, and the head of the first that looks most at the
        token before."""
        last = self.points[-1]
        return int(last.previous[0].argmax()), int(last.induction[-1].argmax())


def config(layers: int, std: float) -> AttentionOnlyConfig:
    return AttentionOnlyConfig(layers, D_MODEL, HEADS, D_VOCAB, N_CTX, std)


@cache
def held() -> tuple[Int[Tensor, "row pos"], Int[Tensor, " row"]]:
    """The texts that all are measured on."""
    return repeating(HELD, N_CTX, D_VOCAB, PERIODS, torch.Generator().manual_seed(HELD_SEED))


def begun(name: str, layers: int, std: float, seed: int) -> Arm:
    """Before its first step."""
    model = AttentionOnly(config(layers, std), torch.Generator().manual_seed(seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=BETAS, weight_decay=DECAY)
    return Arm(name, model, optimizer, torch.Generator().manual_seed(1000 + seed))


def arms(asked: Asked) -> list[Arm]:
    return [
        begun(TWO, 2, NARROW, asked.seed), begun(ONE, 1, NARROW, asked.seed), begun(OTHER, 2, asked.std, asked.seed)
    ]  # fmt: skip


def step(arm: Arm) -> None:
    ids, _ = repeating(ROWS, N_CTX, D_VOCAB, PERIODS, arm.texts)
    for group in arm.optimizer.param_groups:
        group["lr"] = RATE * min(len(arm.losses) + 1, WARMUP) / WARMUP
    loss = arm.model.loss(ids)
    arm.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    arm.optimizer.step()
    arm.losses.append(float(loss.detach()))


@torch.no_grad()
def measured(arm: Arm) -> Point:
    ids, period = held()
    run = arm.model.looked(ids)
    two = arm.model.config.n_layers > 1
    return Point(
        len(arm.losses),
        second_copy(run.logits, ids, period),
        torch.stack([previous_score(each) for each in run.patterns]),
        torch.stack([induction_score(each, period) for each in run.patterns]),
        k_composition(arm.model) if two else torch.empty(0, HEADS),
        torch.stack([(each[0] * 255).round().byte() for each in run.patterns]),
    )


def trainings(asked: Asked, progress: Progress = silent) -> Iterator[list[Arm]]:
    """All of them, as far as they have come; at the end with what the induction heads live on."""
    made = arms(asked)
    every = max(1, asked.steps // POINTS)
    with one_thread():
        for arm in made:
            arm.points.append(measured(arm))
    while len(made[0].losses) < asked.steps:
        with one_thread():
            for arm in made:
                for _ in range(min(every, asked.steps - len(arm.losses))):
                    step(arm)
                progress("Training steps", sum(len(each.losses) for each in made), asked.steps * len(made))
                arm.points.append(measured(arm))
        if len(made[0].losses) < asked.steps:
            yield made
    with one_thread():
        for arm in made:
            arm.cause = cause(arm) if arm.model.config.n_layers > 1 else None
    yield made


@torch.no_grad()
def cause(arm: Arm) -> Cause:
    """By leaving each head of the first layer out, and by what wrote the keys."""
    ids, period = held()
    _, head = arm.best

    def outcome(run: Looked) -> tuple[float, float]:
        return second_copy(run.logits, ids, period), float(induction_score(run.patterns[1], period)[head])

    whole = arm.model.looked(ids)
    accuracy, score = outcome(whole)
    without = [outcome(arm.model.looked(ids, {(0, below)})) for below in range(HEADS)]
    terms = _terms(arm.model, whole, head).tolist()
    order = sorted(range(HEADS), key=lambda below: -terms[2 + below])
    pair, others = ({(0, below) for below in some} for some in (order[:2], order[2:]))
    both, rest = (outcome(arm.model.looked(ids, some)) for some in (pair, others))
    return Cause(accuracy, score, without, terms, order[:2], both, rest)


def _terms(model: AttentionOnly, run: Looked, head: int) -> Float[Tensor, " term"]:
    """Means over the queries that can know."""
    ids, period = held()
    found = key_terms(model, run, ids, 1, head)  # row term query key
    where, seen = behind(period, N_CTX)[:, None].double(), earlier(N_CTX).double()
    asked = known(period, N_CTX)[:, None]
    ahead = (found * where).sum(-1) / where.sum(-1).masked_fill(~asked, 1.0)
    by_query = (ahead - (found * seen).sum(-1) / seen.sum(-1)) * asked
    return by_query.sum((0, 2)) / asked.sum()


def born(steps: Sequence[int], best: Sequence[float]) -> float:
    """The first measured step at which the best induction score is over `BORN`; NaN: none.

    >>> born([0, 25, 50], [0.1, 0.4, 0.6]), born([0, 25], [0.1, 0.2])
    (25.0, nan)
    """
    return next((float(at) for at, score in zip(steps, best, strict=True) if score > BORN), math.nan)


# ---- what is claimed -------------------------------------------------------------------------------------------------


@torch.no_grad()
def score_error(arm: Arm) -> float:
    """Scores of the induction head as the sum of what wrote its keys, made a pattern, against the run's own pattern."""
    ids, _ = held()
    run, (_, head) = arm.model.looked(ids), arm.best
    scores = key_terms(arm.model, run, ids, 1, head).sum(1).masked_fill(~earlier(N_CTX), -math.inf)
    return float((scores.softmax(-1) - run.patterns[1][:, head]).abs().max())


@torch.no_grad()
def left_out_error(arm: Arm) -> float:
    """Logits of the run that leaves the previous-token head out against a model in which its W_O is 0: relative."""
    ids, _ = held()
    below, _ = arm.best
    other = AttentionOnly(arm.model.config, torch.Generator())
    other.load_state_dict(arm.model.state_dict())
    other.W_O[0, below] = 0.0
    whole = other(ids)
    return float((arm.model.looked(ids, {(0, below)}).logits - whole).abs().max() / whole.abs().max())


def repeat_error(made: Sequence[Arm], asked: Asked, steps: int) -> float:
    """The first steps trained again with the same seed: the largest difference of a loss."""
    again = arms(asked)
    with one_thread():
        for arm in again:
            for _ in range(min(steps, asked.steps)):
                step(arm)
    return worst(
        abs(now - first)
        for new, arm in zip(again, made, strict=True)
        for now, first in zip(new.losses, arm.losses, strict=False)
    )
