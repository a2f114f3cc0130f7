"""The refusal direction: what the residual streams of refused and of answered requests differ in, on average.

    r[l, i] = mean over forbidden of x[l, i]  -  mean over harmless of x[l, i]          summed in float64

x[l, i] is the stream before block l (l = L: after the last one) at token i of the template that follows the request,
where the model has read all of it and said nothing yet. One of these L x I candidates is selected:

    refusal score     ln(P + 1e-8) - ln(1 - P + 1e-8),  P the probability that the answer begins with a refusal's tokens
    discarded         blocks of the last fifth; a KL on harmless requests under ablation above 0.1;
                      a refusal score on harmless requests below 0 when it is added
    selected          of the rest, the one whose ablation leaves forbidden requests the lowest refusal score

Arditi et al. 2024, Refusal in Language Models Is Mediated by a Single Direction (arXiv 2406.11717). Their code computes
the KL as sum p (ln(p + 1e-6) - ln(q + 1e-6)). Over a vocabulary of 49,152 tokens that is not negligible, and may fall
below zero; here the KL is exact, from log-softmax, and the other one is kept beside it to be shown.

>>> forbidden = torch.tensor([[[[2.0, 1.0]]], [[[4.0, 1.0]]]])  # two texts, one layer, one position, two numbers
>>> harmless = torch.tensor([[[[1.0, 1.0]]], [[[1.0, 3.0]]]])
>>> differences(forbidden, harmless).tolist()
[[[2.0, -1.0]]]
>>> round(float(refusal_score(torch.tensor([[0.9, 0.1]]).log(), [0])), 4)  # ln 9
2.1972
>>> p, q = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
>>> round(float(exact_kl(p, q)), 4)  # (ln(.5 / .9) + ln(.5 / .1)) / 2
0.5108
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

#: As published.
LAST, MOST_KL, LEAST_INDUCED, EPS, SMOOTHING = 0.2, 0.1, 0.0, 1e-8, 1e-6

Streams = Float[Tensor, "text layer position d_model"]


def differences(forbidden: Streams, harmless: Float[Tensor, "other layer position d_model"]) -> Tensor:
    """Forbidden minus harmless, [layer position d_model] in float64. Raises ValueError without a text of both kinds."""
    if not (len(forbidden) and len(harmless)):
        raise ValueError("a difference in means needs a text of each kind")
    return forbidden.double().mean(0) - harmless.double().mean(0)


def refusal_score(logits: Float[Tensor, "text d_vocab"], first: Sequence[int]) -> Float[Tensor, " text"]:
    """Log-odds, in nats, that the next token is one of `first`; within +-18.4 by the epsilon."""
    p = torch.softmax(logits.double(), -1)[:, list(first)].sum(-1)
    return (p + EPS).log() - (1 - p + EPS).log()


def exact_kl(p: Float[Tensor, "text d_vocab"], q: Float[Tensor, "text d_vocab"]) -> Float[Tensor, " text"]:
    """KL(p || q) of each text from logits, nats; never below zero but for rounding."""
    one, other = torch.log_softmax(p.double(), -1), torch.log_softmax(q.double(), -1)
    return (one.exp() * (one - other)).sum(-1)


def smoothed_kl(p: Float[Tensor, "text d_vocab"], q: Float[Tensor, "text d_vocab"]) -> Float[Tensor, " text"]:
    """As the published code has it, 1e-6 added to each probability.

    >>> uniform, peaked = torch.zeros(1, 49152), torch.zeros(1, 49152).index_fill(1, torch.tensor([0]), 30.0)
    >>> round(float(exact_kl(uniform, peaked)), 1), round(float(smoothed_kl(uniform, peaked)), 1)
    (19.2, 3.1)
    """
    one, other = torch.softmax(p.double(), -1), torch.softmax(q.double(), -1)
    return (one * ((one + SMOOTHING).log() - (other + SMOOTHING).log())).sum(-1)


@dataclass(frozen=True)
class Candidate:
    """One direction of the grid, and what it does."""

    layer: int
    position: int
    """Counted from the prompt's end: -1 is its last token."""
    ablated: float
    """Refusal score of forbidden requests with the direction ablated."""
    induced: float
    """Refusal score of harmless requests with it added before its block."""
    kl: float
    """Of the next token on harmless requests, ablated against unchanged; nats."""

    def discarded(self, n_layers: int) -> str | None:
        """Why it is not selected; None where it may be.

        >>> Candidate(29, -1, ablated=-9.0, induced=4.0, kl=0.01).discarded(30)
        'of the last fifth of the blocks'
        >>> Candidate(12, -1, ablated=-9.0, induced=4.0, kl=0.3).discarded(30)
        'KL above 0.1'
        >>> Candidate(12, -1, ablated=-9.0, induced=-2.0, kl=0.01).discarded(30)
        'added, it makes no refusal'
        """
        if self.layer >= int(n_layers * (1 - LAST)):
            return "of the last fifth of the blocks"
        if not self.kl <= MOST_KL:
            return f"KL above {MOST_KL}"
        return None if self.induced >= LEAST_INDUCED else "added, it makes no refusal"


def selected(candidates: Sequence[Candidate], n_layers: int) -> Candidate | None:
    """The one with the lowest refusal score under ablation; None where all are discarded."""
    left = [each for each in candidates if each.discarded(n_layers) is None]
    return min(left, key=lambda each: each.ablated, default=None)


def nearest(candidates: Sequence[Candidate], n_layers: int) -> Candidate | None:
    """Where all are discarded: the one that would be selected were its KL not asked for; None where that is none.

    What destroys the model leaves no refusal either, so that the lowest score alone would choose the most damage.

    >>> wrecks = Candidate(4, -1, ablated=-6.0, induced=-2.0, kl=11.0)
    >>> nearest([wrecks, Candidate(17, -1, ablated=-2.0, induced=0.4, kl=0.6)], 30).layer
    17
    """
    left = [each for each in candidates if replace(each, kl=0.0).discarded(n_layers) is None]
    return min(left, key=lambda each: each.ablated, default=None)
