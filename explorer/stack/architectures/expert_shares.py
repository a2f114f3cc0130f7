"""What one expert takes: its share of each kind of text and of each token, against what it takes of all.

    share(e, label) = p(e | label)                      domain specialisation, where the label is a kind of text
    share(e, token) = p(e | token)                      vocabulary specialisation
    lift(e, token)  = p(e | token) / p(e)               1 where the token makes no difference

Muennighoff et al. 2024, OLMoE (arXiv 2409.02060), section 5. Rare tokens have large lifts by luck, and
tokens of one text have the lifts of that text: lifts are read from a least count upwards, and beside each stands what
the same token reaches when the tokens of every passage are turned round (`specialisation.turned`).

Token 0 goes to expert 0 three times of four, token 1 never; expert 0 takes 3 of 8:

>>> lifts(torch.tensor([[[3.0, 1.0], [0.0, 4.0]]])).lift[0, :, 0].tolist()
[2.0, 0.0]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.architectures.specialisation import Shuffle, tabulate


@dataclass(frozen=True)
class Shares:
    """p(expert | label), and the band that holds 95 % of what shuffled labels give."""

    share: Float[Tensor, "layer label expert"]
    """Sums to 1 over the experts."""
    low: Float[Tensor, "layer label expert"]
    high: Float[Tensor, "layer label expert"]

    @property
    def beyond(self) -> Bool[Tensor, "layer label expert"]:
        """Outside the band. By chance alone, one in twenty is."""
        return (self.share > self.high) | (self.share < self.low)

    @property
    def sum_error(self) -> float:
        return float((self.share.sum(-1) - 1).abs().max())


def shares(
    routed: Float[Tensor, "token layer expert"],
    labels: Int[Tensor, " token"],
    n_labels: int,
    shuffle: Shuffle,
    shuffles: int,
    generator: torch.Generator,
) -> Shares:
    """Every expert's share of every label, with the band of shuffled labels."""

    def of(these: Tensor) -> Float[Tensor, "layer label expert"]:
        table = tabulate(routed, these, n_labels)
        return table / table.sum(-1, keepdim=True).clamp_min(1e-30)

    chance = torch.stack([of(shuffle(generator)) for _ in range(shuffles)])
    return Shares(of(labels), chance.quantile(0.025, 0), chance.quantile(0.975, 0))


@dataclass(frozen=True)
class Lifts:
    """How much likelier an expert is for a token than for any: p(expert | token) / p(expert)."""

    lift: Float[Tensor, "layer label expert"]
    share: Float[Tensor, "layer label expert"]
    """p(expert | token)."""
    count: Float[Tensor, " label"]
    """Occurrences of each token."""

    @property
    def mean_error(self) -> float:
        """An expert's lifts, weighted by how common each token is, have the mean 1: the largest difference from it."""
        p = self.count / self.count.sum()
        mean = torch.einsum("t,lte->le", p, self.lift)
        used = mean > 0  # an expert that is never chosen has no lift
        return float((mean[used] - 1).abs().max()) if bool(used.any()) else 0.0


def lifts(table: Float[Tensor, "layer label expert"]) -> Lifts:
    """Of a table n(token, expert)."""
    count = table[0].sum(-1)
    share = table / count[:, None].clamp_min(1e-30)
    overall = table.sum(1, keepdim=True) / table[0].sum()
    return Lifts(share / overall.clamp_min(1e-30), share, count)


def shares_of(
    routed: Float[Tensor, "token layer expert"],
    labels: Int[Tensor, " token"],
    listed: Int[Tensor, "layer rank expert"],
    shuffle: Shuffle,
    shuffles: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, "layer rank expert"], Float[Tensor, "layer rank expert"]]:
    """The band of p(expert | label) for some labels of each expert: 95 % of what shuffled labels give."""
    n = int(labels.max()) + 1
    chance = [lifts(tabulate(routed, shuffle(generator), n)).share.gather(1, listed) for _ in range(shuffles)]
    stacked = torch.stack(chance)
    return stacked.quantile(0.025, 0), stacked.quantile(0.975, 0)
