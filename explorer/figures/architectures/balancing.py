"""Load balancing as pictures: two trainings step by step, what balance costs, and stored trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.architectures.balancing import Pair
from explorer.figures.payload import Payload
from explorer.stack.architectures.router_training import Run, Settings, Steps

#: Capacity factors whose drops are counted.
FACTORS = (1.0, 1.25, 2.0)
#: The last steps, over which the end is averaged.
END = 20


@dataclass(frozen=True, kw_only=True)
class BalancingEnd:
    """The last steps on average."""

    steps: int
    share: Float[Tensor, " expert"]
    P: Float[Tensor, " expert"]
    idle: int
    """Experts that got less than a tenth of an even share."""
    effective: float
    """How many even experts the load is worth."""
    busiest: float
    """Times an even share."""
    loss: float
    balance: float
    held_out: float | None
    """None until the training has ended."""
    dropped: list[float]
    """Share of the pairs, for each of `FACTORS`."""
    unserved: float


def ending(run: Steps) -> BalancingEnd:
    share, P = run.share[-END:].mean(0), run.P[-END:].double().mean(0)
    even = 1 / len(share)
    return BalancingEnd(
        steps=min(END, len(run.share)),
        share=share,
        P=P,
        idle=int((share < even / 10).sum()),
        effective=effective(share),
        busiest=float(share.max()) / even,
        loss=float(run.loss[-END:].mean()),
        balance=float(run.balance[-END:].mean()),
        held_out=run.held_out if isinstance(run, Run) else None,
        dropped=[float(run.dropped(factor)[-END:].mean()) for factor in FACTORS],
        unserved=float(run.unserved[-END:].mean()),
    )


def effective(share: Float[Tensor, " expert"]) -> float:
    """e to the entropy of the load: 8 even experts are 8, one that takes all is 1.

    >>> round(effective(torch.tensor([0.5, 0.5, 0.0]).double()), 6)
    2.0
    """
    return math.exp(float(torch.special.entr(share).sum()))


@dataclass(frozen=True, kw_only=True)
class BalancingTask(Payload):
    """What is learnt, and how."""

    layer: int
    tokens: int
    held: int
    d_model: int
    method: str
    alpha: float
    z: float
    rate: float
    experts: int
    k: int
    steps: int
    """That there will be; the arrays hold those that there have been."""
    batch: int
    d_expert: int
    seed: int


def task_shown(pair: Pair, asked: Settings, layer: int, seed: int) -> BalancingTask:
    """`asked`: the settings as they were chosen, those too that the method does not use."""
    s, task = asked, pair.task
    return BalancingTask(
        layer=layer,
        tokens=len(task.x),
        held=len(task.x_held),
        d_model=task.x.shape[1],
        method=s.method,
        alpha=s.alpha,
        z=s.z,
        rate=s.rate,
        experts=s.n_experts,
        k=s.k,
        steps=s.steps,
        batch=s.batch,
        d_expert=s.d_expert,
        seed=seed,
    )


@dataclass(frozen=True, kw_only=True)
class TrainingBands:
    """Every step of one training so far."""

    method: str
    share: Float[Tensor, "step expert"]
    f: Float[Tensor, "step expert"]
    P: Float[Tensor, "step expert"]
    loss: Float[Tensor, " step"]
    balance: Float[Tensor, " step"]
    end: BalancingEnd


def bands(run: Steps) -> TrainingBands:
    return TrainingBands(
        method=run.settings.method,
        share=run.share.float(),
        f=run.f.float(),
        P=run.P,
        loss=run.loss.float(),
        balance=run.balance.float(),
        end=ending(run),
    )


@dataclass(frozen=True, kw_only=True)
class BalancingTraining(BalancingTask):
    plain: TrainingBands
    chosen: TrainingBands


@dataclass(frozen=True, kw_only=True)
class BalancingCost:
    """What one training's balance costs."""

    loss: Float[Tensor, " step"]
    end: BalancingEnd
    limits: list[tuple[float, float]] | None
    """For each of `FACTORS`: the share of held-out pairs dropped, and the loss with them dropped. None before the end,
    and where nothing can be dropped."""


@dataclass(frozen=True, kw_only=True)
class BalancingPrice(BalancingTask):
    factors: list[float]
    plain: BalancingCost
    chosen: BalancingCost


@dataclass(frozen=True, kw_only=True)
class StoredTraining:
    """The curves of a whole training, evenly thinned by means."""

    name: str
    step: list[float]
    lm: list[float]
    balance: list[float]
    """Mean of the layers."""
    busiest: list[float]
    """Of any layer, share of the pairs."""
    idlest: list[float]


@dataclass(frozen=True, kw_only=True)
class StoredTrainings(Payload):
    models: list[StoredTraining]
    missing: int


def stored(name: str, rows: Sequence[dict[str, float]], points: int = 400) -> StoredTraining:
    """From a training's rows, one a step."""

    def curve(column: str) -> list[float]:
        return thinned([row[column] for row in rows], points)

    return StoredTraining(
        name=name,
        step=curve("step"),
        lm=curve("lm"),
        balance=curve("balance"),
        busiest=curve("busiest"),
        idlest=curve("idlest"),
    )


def thinned(values: Sequence[float], points: int) -> list[float]:
    """Means of equal stretches; the last stretch may be shorter.

    >>> thinned([1.0, 3.0, 5.0, 7.0, 9.0], 3)
    [2.0, 6.0, 9.0]
    """
    each = max(1, math.ceil(len(values) / points))
    pieces = [values[i : i + each] for i in range(0, len(values), each)]
    return [sum(piece) / len(piece) for piece in pieces]
