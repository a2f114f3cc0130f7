"""A sparse autoencoder as it is trained, and its placebo: curves of what it is worth, and of every term of its loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.live_autoencoder import Pair
from explorer.figures.payload import Payload
from explorer.stack.frontier.sparse_autoencoders.training import Run

#: Points of a loss curve at most: a point is the mean of its steps.
POINTS = 120


@dataclass(frozen=True, kw_only=True)
class AutoencoderCurves:
    """One training so far."""

    step: Int[Tensor, " point"]
    """At which the next three were measured, on held-out tokens."""
    explained: Float[Tensor, " point"]
    l0: Float[Tensor, " point"]
    dead: Int[Tensor, " point"]
    loss_step: Float[Tensor, " smooth"]
    losses: dict[str, Float[Tensor, " smooth"]]
    """Every term with its weight; one that is off is 0."""


@dataclass(frozen=True, kw_only=True)
class TrainingSae(Payload):
    """Both, and what they are trained on."""

    layer: int
    kind: str
    width: int
    k: int
    steps: int
    """That there will be."""
    batch: int
    tokens: int
    """Different ones; the training reads them again and again."""
    held: int
    d_model: int
    dead_after: int
    trained: AutoencoderCurves
    placebo: AutoencoderCurves


def training_sae(pair: Pair, layer: int) -> TrainingSae:
    s = pair.trained.settings
    return TrainingSae(
        layer=layer,
        kind=s.kind,
        width=s.width,
        k=s.k,
        steps=s.steps,
        batch=s.batch,
        tokens=len(pair.streams.x),
        held=len(pair.streams.held),
        d_model=pair.streams.x.shape[1],
        dead_after=s.dead_after,
        trained=curves(pair.trained),
        placebo=curves(pair.placebo),
    )


def curves(run: Run) -> AutoencoderCurves:
    names = list(dict.fromkeys(name for each in run.losses for name in each))
    every = max(1, -(-run.settings.steps // POINTS))
    losses = {name: torch.tensor([each.get(name, 0.0) for each in run.losses]) for name in names}
    return AutoencoderCurves(
        step=torch.tensor([each.step for each in run.measured]),
        explained=torch.tensor([each.explained for each in run.measured]),
        l0=torch.tensor([each.l0 for each in run.measured]),
        dead=torch.tensor([each.dead for each in run.measured]),
        loss_step=smoothed(torch.arange(1.0, run.step + 1), every),
        losses={name: smoothed(values, every) for name, values in losses.items()},
    )


def smoothed(values: Float[Tensor, " step"], every: int) -> Float[Tensor, " smooth"]:
    """The mean of each `every`.

    >>> smoothed(torch.tensor([1.0, 3.0, 5.0, 7.0, 9.0]), 2).tolist()
    [2.0, 6.0, 9.0]
    """
    return torch.stack([part.mean() for part in values.split(every)])
