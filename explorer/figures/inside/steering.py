"""A text under a direction and under its placebos, share by share: what each makes likelier and how fluent it stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.inside.steering import NAMES, Continued, Steered
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class SteeringRow:
    """One continuation."""

    name: str
    """"direction", "random-1", "random-2", "mixture"."""
    share: float
    """Of the stream's length; 0: nothing is added."""
    ids: Int[Tensor, " new"]
    surprise: float
    divergence: float
    watched: float
    """Log-probability of the watched token as the first new one, nats."""
    change: str | None
    """The same on the intervention stack; None for what has no name there."""


@dataclass(frozen=True, kw_only=True)
class Steering(Payload):
    layer: int
    source: str
    """What the direction is, in words."""
    on_stack: bool
    """Whether it is one of the interventions of this page."""
    length: float
    """Of the stream behind the block."""
    watched: int
    rows: list[SteeringRow]
    """The unchanged one first."""


def steering(
    made: Steered,
    source: str,
    on_stack: bool,
    watched: int,
    change: Callable[[str, float], str | None],
) -> Steering:
    """`change`: the intervention that adds so much of what has that name."""
    rows = [_row("unchanged", 0.0, made.plain, watched, None)]
    for share, each in made.by_share.items():
        rows += [
            _row(name, share, one, watched, change(name, share * made.length))
            for name, one in zip(NAMES, each, strict=True)
        ]
    return Steering(
        layer=made.block, source=source, on_stack=on_stack, length=made.length, watched=watched,
        rows=rows,
    )  # fmt: skip


def _row(name: str, share: float, made: Continued, watched: int, change: str | None) -> SteeringRow:
    return SteeringRow(
        name=name, share=share, ids=torch.tensor(made.ids), surprise=made.surprise, divergence=made.divergence,
        watched=float(made.first[watched]), change=change,
    )  # fmt: skip
