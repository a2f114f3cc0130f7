"""The load of one text against that of a corpus, and against what chance alone would make of so few tokens.

The distance of two loads is half the sum of |difference|: the share of visits that would have to move. A short text is
never loaded like the corpus, even if its tokens were drawn from it blindly; how far such draws lie is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

#: Samples of the corpus' tokens, each as long as the text.
DRAWS = 400


def distance(a: Float[Tensor, "*rows expert"], b: Float[Tensor, "*rows expert"]) -> Float[Tensor, "*rows"]:
    """Total variation.

    >>> distance(torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.5, 0.25]))
    tensor(0.2500)
    """
    return (a - b).abs().sum(-1) / 2


@dataclass(frozen=True)
class Comparison:
    """Layer by layer."""

    distance: Float[Tensor, " layer"]
    """Between text and corpus."""
    chance: Float[Tensor, " layer"]
    """Between the corpus and as many of its own tokens, drawn blindly: the mean."""
    seldom: Float[Tensor, " layer"]
    """What 19 of 20 draws stay below."""


def compare(
    share: Float[Tensor, "layer expert"],
    tokens: int,
    corpus: Int[Tensor, "layer token slot"],
    generator: torch.Generator,
) -> Comparison:
    """A text's load (`share`, over `tokens` tokens) against a corpus, given as the experts of each of its tokens."""
    n = share.shape[-1]
    visits = torch.nn.functional.one_hot(corpus, n).sum(2).float()  # layer token expert
    whole = visits.sum(1) / visits.sum((1, 2))[:, None]  # layer expert
    picked = torch.randint(corpus.shape[1], (DRAWS, tokens), generator=generator)
    drawn = torch.stack([visits[:, rows].mean(1) for rows in picked])  # draw layer expert
    drawn = drawn / drawn.sum(-1, keepdim=True)
    apart = distance(drawn, whole.expand_as(drawn))  # draw layer
    return Comparison(distance(share, whole), apart.mean(0), apart.quantile(0.95, dim=0))
