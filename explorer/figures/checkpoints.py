"""Checkpoints of a training on the page, which any panel can open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.checkpoints import Kept


@dataclass(frozen=True, kw_only=True)
class TrainedCheckpoint:
    """One that is kept."""

    arm: str
    step: int
    model: str
    """Its name."""


def checkpoints_of(kept: Sequence[Kept]) -> list[TrainedCheckpoint]:
    return [TrainedCheckpoint(arm=each.arm, step=each.step, model=each.model) for each in kept]
