"""Attribution patching: what every patch would do, estimated from one gradient.

Nanda 2023; Syed et al. 2023 (arXiv 2310.10348). A patch replaces an activation a of the target run by the source run's
a'. To first order the score moves by::

    (a' - a) . d score / d a        in the target run

so that one forward of each text and one backward give every block, position and head. Where the way from a to a' is
long or bent, it is wrong: the gradient at the start does not know what lies ahead. The mean of gradients at several
points between both texts' embeddings (as in EAP-IG, Hanna et al. 2024, arXiv 2403.17806) mends part of that.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> slope = gradients(decoder, corrupt, clean, Contrast(5, 6))
>>> tuple(slope.estimate("mlp", corrupt, clean).shape), tuple(slope.heads(corrupt, clean).shape)
((2, 3), (2, 2))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.frontier.carried import (
    HOOKS,
    Contrast,
    Metric,
    Recorded,
    Site,
    enter,
    gathered,
    kept,
    recorded,
    say,
)
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.decoder import Decoder

__all__ = ["Contrast", "Slopes", "gradients", "recorded", "sloped"]


@dataclass(frozen=True, eq=False)
class Slopes:
    """The gradient of the score at every site of a run, the mean over the steps where there are several."""

    by_site: Mapping[Site, Float[Tensor, "layer pos *rest"]]
    score: float
    """Of the target run itself."""
    steps: int

    def estimate(self, site: Site, target: Recorded, source: Recorded) -> Float[Tensor, "layer pos"]:
        """What putting each position's value would move; of heads, all of a position's at once."""
        return ((source.of(site) - target.of(site)) * self.by_site[site]).flatten(2).sum(-1)

    def heads(self, target: Recorded, source: Recorded) -> Float[Tensor, "layer head"]:
        """What putting each head's output at all positions would move."""
        return ((source.z - target.z) * self.by_site["z"]).sum((1, 3))


def gradients(
    decoder: Decoder,
    target: Recorded,
    source: Recorded,
    metric: Metric,
    steps: int = 1,
    told: Callable[[int, int], None] | None = None,
) -> Slopes:
    """At `steps` points of the way from the target text's embeddings to the source's, the first being the target."""
    begin, end = target.resid[0], source.resid[0]
    sums: dict[Site, Tensor] = {}
    score = 0.0
    for step in range(steps):
        if told:
            told(step, steps)
        _, found, value = _slopes(decoder, begin + step / steps * (end - begin), target.ids, target.at, metric)
        score = score if step else value
        for site, slope in found.items():
            sums[site] = slope / steps if site not in sums else sums[site] + slope / steps
    return Slopes(sums, score, steps)


def sloped(decoder: Decoder, ids: Int[Tensor, " pos"], metric: Metric) -> tuple[Recorded, Slopes]:
    """A run and the gradient at each of its sites, of one forward and one backward."""
    x, at = enter(decoder, ids)
    run, found, score = _slopes(decoder, x, ids, at, metric)
    return run, Slopes(found, score, 1)


def _slopes(
    decoder: Decoder, x: Float[Tensor, "pos d_model"], ids: Int[Tensor, " pos"], at: Pass, metric: Metric
) -> tuple[Recorded, dict[Site, Tensor], float]:
    layers = decoder.config.n_layers
    with torch.enable_grad():
        seen, last = kept(decoder, x.detach().clone().requires_grad_(), at, detached=False)
        logits = say(decoder, last)
        value = metric(logits)[0]
        places: list[tuple[Site, int]] = [(site, layer) for site in HOOKS for layer in range(layers)]
        found = dict(zip(places, torch.autograd.grad(value, [seen[place] for place in places]), strict=True))
    stacked: dict[Site, Tensor] = {
        site: torch.stack([found[site, layer][0] for layer in range(layers)]) for site in HOOKS
    }
    return gathered(ids, seen, last, logits, at), stacked, float(value.detach())
