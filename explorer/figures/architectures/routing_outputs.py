"""One token before one router, as it is drawn: how it chose, and what the chosen experts wrote."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from explorer.experiments.architectures.routing_outputs import Outputs
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class RoutingDecision(Payload):
    """One token before one router."""

    layer: int
    position: int
    n_experts: int
    k: int
    renormalised: bool
    """Whether the weights of those kept are brought to a sum of 1, as this model does or does not."""
    logits: Float[Tensor, " expert"]
    shut: Bool[Tensor, " expert"]
    """Where an intervention shut an expert out."""
    probs: Float[Tensor, " expert"]
    weights: Float[Tensor, " expert"]
    """In use; zero where an expert is not used."""
    kept: float
    margin: float | None
    runner_up: int | None
    entropy: float
    d_model: int
    outputs: Outputs | None
    """None where the explorer's own decoder does not know the architecture."""
    cut: bool
    """An intervention takes away what the layer writes."""
