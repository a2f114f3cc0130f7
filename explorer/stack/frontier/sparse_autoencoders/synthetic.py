"""Vectors made of known features, so that what a dictionary finds can be held against the truth.

    x = sum over features of a_i d_i,     d_i random directions of length 1, more of them than dimensions

Feature i is on with a probability that falls as 1 / i^s, and then a_i = 1 + |noise|. A *child* is on only where its
parent is. A direction counts as recovered where the dictionary has one of a cosine above 0.9 ("Sanity Checks for
Sparse Autoencoders", 2026, arXiv 2602.14111: 9% of the true features at an explained variance of 71%).

**Absorption** (Chanin et al. 2024, arXiv 2409.14507): the parent is there, the feature that found it is silent, and
another feature that fires carries the direction of the parent. Here: the share of the tokens with the parent on.

A dictionary that has the true directions recovers all of them and absorbs none:

>>> made = synthetic(Truth(d_model=16, features=24, children=4), 400, torch.Generator().manual_seed(0))
>>> recovery(made.directions, made.directions).share
1.0
>>> absorption(made, made.directions, made.acts).tolist()
[0.0, 0.0, 0.0, 0.0]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.sparse_autoencoders.matching import matched

#: The cosine above which a true direction counts as recovered; the share of the parent's direction that another feature
#: must carry.
RECOVERED, CARRIED = 0.9, 0.4


@dataclass(frozen=True)
class Truth:
    """What the vectors are made of."""

    d_model: int = 64
    features: int = 256
    on: float = 6.0
    """Features of a vector on average, before children are taken off."""
    slope: float = 0.5
    """s: 0 has all features equally often."""
    children: int = 16
    """The last features, each with one of the first as its parent."""
    spread: float = 0.5
    """Of the noise in an activation."""


@dataclass(frozen=True, eq=False)
class Synthetic:
    """Vectors, and what they were made of."""

    truth: Truth
    directions: Float[Tensor, "feature d_model"]
    acts: Float[Tensor, "token feature"]

    @property
    def x(self) -> Float[Tensor, "token d_model"]:
        return self.acts @ self.directions


def synthetic(truth: Truth, tokens: int, generator: torch.Generator) -> Synthetic:
    """Raises ValueError where there are more children than other features."""
    t = truth
    if 2 * t.children > t.features:
        raise ValueError(f"{t.children} children need as many parents: there are {t.features} features")
    directions = F.normalize(torch.randn(t.features, t.d_model, generator=generator), dim=-1)
    often = torch.arange(1, t.features + 1).float().pow(-t.slope)
    often = (often * (t.on / often.sum())).clamp(max=0.9)
    fires = torch.rand(tokens, t.features, generator=generator) < often
    if t.children:
        half = torch.rand(tokens, t.children, generator=generator) < 0.5
        fires[:, -t.children :] = fires[:, : t.children] & half
    sizes = 1 + t.spread * torch.randn(tokens, t.features, generator=generator).abs()
    return Synthetic(t, directions, fires * sizes)


@dataclass(frozen=True, eq=False)
class Recovery:
    """The true directions in a dictionary."""

    best: Float[Tensor, " feature"]
    """Of each true direction: the greatest cosine with any of the dictionary's."""

    @property
    def share(self) -> float:
        """Of those recovered."""
        return float((self.best > RECOVERED).double().mean())

    @property
    def mean(self) -> float:
        """The mean greatest cosine."""
        return float(self.best.double().mean())


def recovery(directions: Float[Tensor, "feature d_model"], dictionary: Float[Tensor, "found d_model"]) -> Recovery:
    cosines = F.normalize(directions, dim=-1) @ F.normalize(dictionary, dim=-1).T
    return Recovery(cosines.max(-1).values)


def absorption(
    made: Synthetic, dictionary: Float[Tensor, "found d_model"], found: Float[Tensor, "token found"]
) -> Float[Tensor, " parent"]:
    """Of each parent: the share of its tokens on which another feature has absorbed it. `found`: the dictionary's
    activations. Raises ValueError where the dictionary is smaller than the truth."""
    parents = made.truth.children
    partner = matched(made.directions, dictionary).partner[:parents]
    along = dictionary @ made.directions[:parents].T  # found parent
    shares = []
    for parent, own in enumerate(partner.tolist()):
        here = found[made.acts[:, parent] > 0]  # token found
        carried = here * along[:, parent]
        others = torch.cat([carried[:, :own], carried[:, own + 1 :]], 1).max(-1).values
        there = made.acts[made.acts[:, parent] > 0, parent]
        shares.append(((here[:, own] == 0) & (others > CARRIED * there)).double().mean())
    return torch.stack(shares).float()
