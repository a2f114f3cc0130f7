"""What experts specialise in: what the choice of an expert tells about a label of the token, against chance.

A label is anything that a token has: the kind of text it stands in, its class, which token it is. Of every token we
know the experts that it was sent to, and the table n(label, expert) gives the mutual information (see
`mutual_information`). Three ways to count a token's k experts, all of mass 1 a token: `pairs`, every choice 1/k;
`weight`, every choice by the router's weight; `first`, the first choice alone. No label can tell more than the routing
itself carries,

    I(expert; label)  <=  I(expert; occurrence)  =  H(expert) - mean over tokens of H(expert | this token)

Chance is measured, not assumed: the labels are shuffled many times, and the mean and the band that holds 95 % of the
shuffled values stand beside the measured one. A shuffle is fair if it leaves all else as it was:

- text kind: neighbours in a text are no independent draws, so whole passages change their kinds (`passages_shuffled`);
- token class, token: each passage's labels are turned round by a random number of places (`turned`). The passage keeps
  its tokens and the order of their labels; only the places no longer agree with the experts;
- text kind once the token is known, I(expert; kind | token) = I(expert; kind, token) - I(expert; token): kinds change
  places among occurrences of one token (`shuffled_within`).

Jiang et al. 2024, Mixtral (arXiv 2401.04088), section 5, look for topics and find syntax. What single experts take is
in `expert_shares`.

Four tokens, two experts; the first two are of kind 0 and go to expert 0:

>>> routed = mass(torch.tensor([[[0], [0], [1], [1]]]), torch.ones(1, 4, 1), n_experts=2, counting="first")
>>> table = tabulate(routed, torch.tensor([0, 0, 1, 1]), n_labels=2)
>>> table.tolist(), mutual_information(table).bits.tolist(), available(routed).tolist()
([[[2.0, 0.0], [0.0, 2.0]]], [1.0], [1.0])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.architectures.mutual_information import entropy, miller_madow, mutual_information
from explorer.stack.worst import worst

Counting = Literal["pairs", "weight", "first"]
Shuffle = Callable[[torch.Generator], Tensor]
"""Gives the labels of all tokens anew."""


def mass(
    indices: Int[Tensor, "layer token slot"],
    weights: Float[Tensor, "layer token slot"],
    n_experts: int,
    counting: Counting = "pairs",
) -> Float[Tensor, "token layer expert"]:
    """How much of each token an expert gets; sums to 1 over the experts."""
    n_layers, n_tokens, k = indices.shape
    if counting == "first":
        best = weights.argmax(-1, keepdim=True)
        share = torch.zeros_like(weights, dtype=torch.float64).scatter_(-1, best, 1.0)
    elif counting == "weight":
        share = weights.double() / weights.double().sum(-1, keepdim=True)
    else:
        share = torch.full(weights.shape, 1 / k, dtype=torch.float64)
    out = torch.zeros(n_layers, n_tokens, n_experts, dtype=torch.float64)
    return out.scatter_add_(-1, indices.long(), share).permute(1, 0, 2).contiguous()


def tabulate(
    routed: Float[Tensor, "token layer expert"], labels: Int[Tensor, " token"], n_labels: int
) -> Float[Tensor, "layer label expert"]:
    """The table n(label, expert) of each layer."""
    table = routed.new_zeros(n_labels, *routed.shape[1:])
    return table.index_add_(0, labels, routed).permute(1, 0, 2)


def available(routed: Float[Tensor, "token layer expert"]) -> Float[Tensor, " layer"]:
    """What the routing carries: I(expert; occurrence), in bits. The most that any label of a token can share."""
    return entropy(routed.sum(0)) - entropy(routed).mean(0)


def passages_shuffled(
    kind_of_passage: Int[Tensor, " passage"], passage: Int[Tensor, " token"], generator: torch.Generator
) -> Int[Tensor, " token"]:
    """Kinds of all tokens after whole passages have changed theirs."""
    return kind_of_passage[torch.randperm(len(kind_of_passage), generator=generator)][passage]


def turned(
    labels: Int[Tensor, " token"], passage: Int[Tensor, " token"], generator: torch.Generator
) -> Int[Tensor, " token"]:
    """Each passage's labels turned round by a random number of places, at least one where it has two.

    >>> turned(torch.tensor([1, 2, 3, 7]), torch.tensor([0, 0, 0, 1]), torch.Generator().manual_seed(1)).tolist()
    [3, 1, 2, 7]
    """
    length = torch.bincount(passage)
    start = length.cumsum(0) - length
    by = 1 + (torch.rand(len(length), generator=generator) * (length - 1).clamp_min(1)).long()
    at = torch.arange(len(labels)) - start[passage]
    return labels[start[passage] + (at + by[passage]) % length[passage]]


def shuffled_within(
    labels: Int[Tensor, " token"], groups: Int[Tensor, " token"], generator: torch.Generator
) -> Int[Tensor, " token"]:
    """Labels change places among tokens of one group; every group keeps its labels."""
    chance = torch.randperm(len(labels), generator=generator)
    source = chance[torch.argsort(groups[chance], stable=True)]  # group by group, in random order
    out = torch.empty_like(labels)
    out[torch.argsort(groups, stable=True)] = labels[source]
    return out


@dataclass(frozen=True)
class Measured:
    """What the expert tells about one label, layer by layer, in bits, with what shuffled labels give."""

    label: str
    bits: Float[Tensor, " layer"]
    shuffled: Float[Tensor, "shuffle layer"]
    label_entropy: float
    """Of a conditional measure, the entropy that is left: H(kind | token)."""
    available: Float[Tensor, " layer"]
    miller_madow: Float[Tensor, " layer"]
    identity_error: float

    @property
    def chance(self) -> Float[Tensor, " layer"]:
        return self.shuffled.mean(0)

    @property
    def low(self) -> Float[Tensor, " layer"]:
        return self.shuffled.quantile(0.025, 0)

    @property
    def high(self) -> Float[Tensor, " layer"]:
        return self.shuffled.quantile(0.975, 0)

    @property
    def excess(self) -> Float[Tensor, " layer"]:
        """Beyond chance: the measured value less the mean of the shuffled ones. It can be below 0.

        Cautious where a label settles much of the choice: shuffled labels then occupy more cells of the table than
        the measured ones, and their mean is more than the bias. The more data, the less it takes off.
        """
        return self.bits - self.chance

    @property
    def beyond(self) -> Bool[Tensor, " layer"]:
        """Whether it stands above the band of the shuffled values."""
        return self.bits > self.high

    @property
    def of_label(self) -> Float[Tensor, " layer"]:
        """The excess as a share of the label's entropy: how much of the label the expert gives away."""
        return self.excess / max(self.label_entropy, 1e-12)

    @property
    def of_routing(self) -> Float[Tensor, " layer"]:
        """The excess as a share of what the routing carries: how much of the choice the label accounts for."""
        return self.excess / self.available.clamp_min(1e-12)


def measure(
    label: str,
    routed: Float[Tensor, "token layer expert"],
    labels: Int[Tensor, " token"],
    n_labels: int,
    shuffle: Shuffle,
    shuffles: int,
    generator: torch.Generator,
) -> Measured:
    """I(expert; label) of every layer, against labels shuffled `shuffles` times."""
    table = tabulate(routed, labels, n_labels)
    found = mutual_information(table)
    chance = []
    for _ in range(shuffles):
        again = tabulate(routed, shuffle(generator), n_labels)
        # A table's own row sums, for whole passages differ in length; the experts' sums never change.
        rows = entropy(again.sum(-1))
        chance.append(rows + found.column_entropy - entropy(again.flatten(1)))
    return Measured(
        label,
        found.bits,
        torch.stack(chance),
        float(found.row_entropy[0]),
        available(routed),
        miller_madow(table, len(labels)),
        found.identity_error,
    )


def measure_given(
    label: str,
    routed: Float[Tensor, "token layer expert"],
    labels: Int[Tensor, " token"],
    known: Int[Tensor, " token"],
    shuffles: int,
    generator: torch.Generator,
) -> Measured:
    """I(expert; label | known) of every layer; the control shuffles labels among tokens that agree in what is known."""
    both, n_both, n_labels = _pairs(known, labels)
    first = tabulate(routed, known, int(known.max()) + 1)
    base, whole = mutual_information(first), tabulate(routed, both, n_both)
    joint = mutual_information(whole)
    chance = []
    for _ in range(shuffles):
        # Every (known, label) keeps its number of tokens, so that the same rows stay occupied.
        again = tabulate(routed, shuffled_within(both, known, generator), n_both)
        chance.append(joint.row_entropy + joint.column_entropy - entropy(again.flatten(1)) - base.bits)
    return Measured(
        label,
        joint.bits - base.bits,
        torch.stack(chance),
        float((joint.row_entropy - base.row_entropy)[0]) if n_labels > 1 else 0.0,
        available(routed),
        miller_madow(whole, len(labels)) - miller_madow(first, len(labels)),
        worst(joint.identity_error, base.identity_error),
    )


def _pairs(known: Int[Tensor, " token"], labels: Int[Tensor, " token"]) -> tuple[Int[Tensor, " token"], int, int]:
    """Each (known, label) that occurs, numbered; how many there are, and how many labels."""
    n_labels = int(labels.max()) + 1
    occurring, numbered = torch.unique(known * n_labels + labels, return_inverse=True)
    return numbered, len(occurring), n_labels
