"""Both answers at every depth of two runs, by the logit lens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.overview.two_places import Place
from explorer.figures.overview.two_runs import NAMES
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class DepthSide:
    """The targets through one run's depth."""

    name: str
    probs: Float[Tensor, "target depth"]
    ranks: Int[Tensor, "target depth"]
    best: list[str]
    """The likeliest token of each depth."""


@dataclass(frozen=True, kw_only=True)
class TwoDepths(Payload):
    """Both targets at every depth of both runs; nothing while no second is chosen."""

    targets: list[str]
    sides: list[DepthSide]


def depths(place: Place) -> TwoDepths:
    """The stream of both read early, by the logit lens."""
    made = []
    for side, (name, (run, at)) in enumerate(zip(NAMES, place.runs, strict=True)):
        ids = [target[side] for target in place.targets]
        probs = torch.stack([run.trace.probability(at, token) for token in ids])
        ranks = torch.stack([run.trace.rank(at, token) for token in ids]).to(torch.int32)
        best = [run.label(token) for token in run.trace.lens_logits(at).argmax(-1).tolist()]
        made.append(DepthSide(name=name, probs=probs, ranks=ranks, best=best))
    return TwoDepths(targets=place.labels(), sides=made)
