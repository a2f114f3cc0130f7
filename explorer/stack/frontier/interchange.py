"""Interchange interventions: a few directions of the stream that carry one variable, learned and held to controls.

A *base* run is given, along the k orthonormal columns of R alone, what the *source* run has at the same block and
position::

    h' = h + (h_source - h) R R^T

If R carries the variable that decides the answer, the base run now gives the source's answer (interchange accuracy).
Distributed alignment search (DAS, Geiger et al. 2023, arXiv 2303.02536) learns R by gradient descent on the
cross-entropy of the source's answer against the base's. It will also fit answers that mean nothing and models that
were never trained, so that its accuracy says something beside its controls alone: answers shuffled among the pairs,
weights drawn anew, and a random R of the same rank, all measured on pairs that were not learned from.

The worked example: along no direction nothing changes, along all of them the run becomes the source's from there on.

>>> h, source = torch.tensor([[1.0, 2.0]]), torch.tensor([[5.0, 7.0]])
>>> interchanged(h, source, torch.eye(2)).tolist(), interchanged(h, source, torch.eye(2)[:, :1]).tolist()
([[5.0, 7.0]], [[5.0, 2.0]])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.frontier.carried import carry, enter, recorded, say
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True, eq=False)
class Pairs:
    """Base and source runs of texts of one length, up to one block, and the two answers of each pair."""

    layer: int
    position: int
    base: Float[Tensor, "pair pos d_model"]
    """The stream into the block."""
    source: Float[Tensor, "pair d_model"]
    """The source's, at the position."""
    own: Int[Tensor, " pair"]
    """What the base run answers."""
    other: Int[Tensor, " pair"]
    """What the source run answers."""
    at: Pass

    def some(self, which: Int[Tensor, " some"] | slice) -> Pairs:
        return Pairs(self.layer, self.position, self.base[which], self.source[which], self.own[which],
                     self.other[which], self.at)  # fmt: skip

    def shuffled(self, generator: torch.Generator) -> Pairs:
        """The same pairs, of half of which the answers are exchanged: what remains to be learned means nothing."""
        flip = torch.rand(len(self.own), generator=generator) < 0.5
        own, other = torch.where(flip, self.other, self.own), torch.where(flip, self.own, self.other)
        return Pairs(self.layer, self.position, self.base, self.source, own, other, self.at)


@torch.no_grad()
def paired(
    decoder: Decoder, bases: Int[Tensor, "pair pos"], sources: Int[Tensor, "pair pos"], own: Int[Tensor, " pair"],
    other: Int[Tensor, " pair"], layer: int, position: int,
) -> Pairs:  # fmt: skip
    """Runs both texts of every pair. Raises BadRequestError for a block or position that is not there."""
    if not 0 <= layer < decoder.config.n_layers or not 0 <= position < bases.shape[1]:
        raise BadRequestError(f"There is no block {layer} and position {position} in these runs.")
    streams = [torch.stack([recorded(decoder, ids).resid[layer] for ids in some]) for some in (bases, sources)]
    return Pairs(layer, position, streams[0], streams[1][:, position], own, other, enter(decoder, bases[0])[1])


def interchanged(
    h: Float[Tensor, "row d_model"], source: Float[Tensor, "row d_model"], basis: Float[Tensor, "d_model k"]
) -> Float[Tensor, "row d_model"]:
    return h + (source - h) @ basis @ basis.T


def leads(decoder: Decoder, pairs: Pairs, basis: Float[Tensor, "d_model k"]) -> Float[Tensor, " pair"]:
    """By how much the source's answer leads the base's after the interchange."""
    x = pairs.base.clone()
    x[:, pairs.position] = interchanged(pairs.base[:, pairs.position], pairs.source, basis)
    logits = say(decoder, carry(decoder, x, pairs.at, pairs.layer))
    return (logits.gather(1, pairs.other[:, None]) - logits.gather(1, pairs.own[:, None]))[:, 0]


@torch.no_grad()
def carried_over(decoder: Decoder, pairs: Pairs, basis: Float[Tensor, "d_model k"]) -> Bool[Tensor, " pair"]:
    """Whether the run now prefers the source's answer: its mean is the interchange accuracy."""
    return leads(decoder, pairs, basis) > 0


def random_basis(d_model: int, rank: int, generator: torch.Generator) -> Float[Tensor, "d_model k"]:
    q, _ = torch.linalg.qr(torch.randn(d_model, rank, generator=generator))
    return q


def learned(
    decoder: Decoder,
    pairs: Pairs,
    rank: int,
    steps: int,
    generator: torch.Generator,
    lr: float = 0.02,
    batch: int = 16,
    told: Callable[[int, float], None] = lambda *_: None,
) -> Float[Tensor, "d_model k"]:
    """The directions that descend furthest; the decoder's weights stay. `told(step, loss)` after each step."""
    free = random_basis(pairs.base.shape[2], rank, generator).requires_grad_()
    optimizer = torch.optim.Adam([free], lr=lr)
    for step in range(steps):
        some = torch.randint(len(pairs.own), (min(batch, len(pairs.own)),), generator=generator)
        with torch.enable_grad():
            basis, _ = torch.linalg.qr(free)
            loss = torch.nn.functional.softplus(-leads(decoder, pairs.some(some), basis)).mean()
        (free.grad,) = torch.autograd.grad(loss, free)
        optimizer.step()
        told(step + 1, float(loss.detach()))
    return torch.linalg.qr(free.detach())[0]
