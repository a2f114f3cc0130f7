"""A sparse autoencoder trained live on a model's stream, and its placebo beside it, in turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.architectures.balancing import one_thread
from explorer.experiments.inside import activations
from explorer.experiments.inside.activations import Source
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.sparse_autoencoders.autoencoder import SparseAutoencoder
from explorer.stack.frontier.sparse_autoencoders.losses import loss_terms
from explorer.stack.frontier.sparse_autoencoders.training import Run, Settings, training
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Windows of each kind of text: to train on, and held out.
WINDOWS, HELD = 24, 4
#: Points of the curves.
POINTS = 24


@dataclass(frozen=True, eq=False)
class Streams:
    """What is trained on, and what is measured on."""

    x: Float[Tensor, "token d_model"]
    held: Float[Tensor, "held d_model"]


@dataclass(frozen=True, eq=False)
class Pair:
    """Both as far as they have come."""

    streams: Streams
    trained: Run
    placebo: Run

    @property
    def done(self) -> bool:
        return self.trained.done and self.placebo.done


def streams(model: Model, block: int, source: Source, progress: Progress = silent) -> Streams:
    """From the disk where they are kept. Raises NotApplicableError for a model that the explorer's own decoder does not
    know, and where texts cannot be had."""
    sides = [
        activations.corpus(model, source, held, windows, progress) for held, windows in ((False, WINDOWS), (True, HELD))
    ]
    x, held = (activations.harvested(model, each, [block], progress)[block].vectors for each in sides)
    return Streams(x, held)


def trainings(read: Streams, asked: Settings, progress: Progress = silent) -> Iterator[Pair]:
    """Some steps of one, as many of the other, until both have ended."""
    every = max(1, asked.steps // POINTS)
    placebo = replace(asked, frozen=True, seed=asked.seed + 1)
    both = [training(read.x, read.held, each, every) for each in (asked, placebo)]
    while True:
        with one_thread():
            made = [next(each, None) for each in both]
        if made[0] is None or made[1] is None:
            return
        progress("Training steps", made[0].step + made[1].step, 2 * asked.steps)
        yield Pair(read, made[0], made[1])


# ---- what is claimed -------------------------------------------------------------------------------------------------


def repeat_error(run: Run, read: Streams, steps: int) -> float:
    """The first steps trained again against the same steps of the first time: the largest difference of a term."""
    again = training(read.x, read.held, run.settings, every=steps)
    with one_thread():
        losses = next(again).losses
    return worst(
        abs(value - first[name])
        for each, first in zip(losses, run.losses, strict=False)
        for name, value in each.items()
    )


def gradient_error(run: Run, read: Streams, tokens: int = 64) -> float:
    """Autograd's slope of the reconstruction in W_dec against 2/n f^T (y - x), f made dense, in float64: relative."""
    sae = _doubled(run.sae)
    x = (read.held[:tokens] * run.scale).double()
    terms = loss_terms(sae, x, run.settings.weights)
    (found,) = torch.autograd.grad(terms.named["reconstruction"], sae.W_dec)
    formula = (2 / len(x) * terms.encoded.acts.T @ (terms.y - x)).detach()
    return float((found - formula).abs().max() / formula.abs().max())


def sum_error(run: Run, read: Streams, tokens: int = 64) -> float:
    """A reconstruction as the trained decoder makes it against its features added one by one in float64: relative."""
    x = read.held[:tokens] * run.scale
    with torch.no_grad():
        encoded = run.sae.encode(x)
        made, acts = run.sae.decode(encoded), encoded.acts.double()
        added = run.sae.b_dec.double().expand(len(x), -1).clone()
        for feature in acts.any(0).nonzero()[:, 0].tolist():
            added += acts[:, feature, None] * run.sae.W_dec[feature].double()
    return float((made - added).abs().max() / added.abs().max())


def _doubled(sae: SparseAutoencoder) -> SparseAutoencoder:
    made = SparseAutoencoder(sae.W_dec.shape[1], len(sae.W_dec), sae.kind, sae.k).double()
    made.load_state_dict(sae.state_dict())
    return made.eval()
