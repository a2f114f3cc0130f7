"""What a run on the page may take: bytes while it trains, and operations of one step, counted before the first.

Bytes are those of the tensors that autograd keeps for one window, times the windows of a step, and 16 a weight: weight,
gradient and two moments in float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.stack.pretraining.compute import trained

#: Bytes of a run, and floating-point operations of a step.
MOST_BYTES, MOST_FLOPS = 1_500_000_000, 10**11
#: Of a weight: itself, its gradient, two moments.
A_WEIGHT = 16


@dataclass(frozen=True)
class Takes:
    """What a run takes."""

    nbytes: int
    flops: int
    """Of one step."""


def takes(run: LiveRun) -> Takes:
    """Counted on one window of its first step."""
    described = run.described
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    weights = {each.untyped_storage().data_ptr() for each in run.model.parameters()}
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        held = run.model.loss(run.batch(0)[:1])
    activations = sum(nbytes for place, nbytes in kept.items() if place not in weights)
    del held
    flops = described.rows * trained(run.model.config, described.context)
    return Takes(described.rows * activations + A_WEIGHT * run.parameters, flops)


def check(run: LiveRun) -> None:
    """Raises NotApplicableError, with the numbers, for a run that takes more."""
    found = takes(run)
    if found.nbytes > MOST_BYTES:
        raise NotApplicableError(
            f"This run would take about {found.nbytes / 1e9:.1f} GB; a run here may take {MOST_BYTES / 1e9:g} GB.",
            "Choose fewer or shorter windows, fewer layers, or a smaller width.",
        )
    if found.flops > MOST_FLOPS:
        raise NotApplicableError(
            f"One step of this run takes {found.flops / 1e9:,.0f} GFLOP; a step here may take {MOST_FLOPS / 1e9:g}.",
            "Choose fewer or shorter windows, fewer layers, or a smaller width.",
        )
