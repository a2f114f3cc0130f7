"""What a change costs a language model: llama.cpp's scoreboard, from the logits before and after and the true tokens.

At every position the unchanged model says p, the changed one q, and the next token t is known. Of n positions::

    perplexity        exp(mean of -ln q(t))        its standard error: perplexity * SE of that mean
    loss added        mean of ln p(t) - ln q(t)    SE of these differences: both models read the same text
    KL divergence     sum over v of p(v) ln(p(v) / q(v)):    mean, 99th percentile, greatest
    change of p       q(t) - p(t): root mean square
    same top token    share of positions where both find the same token likeliest

These are the definitions of llama.cpp's `llama-perplexity --kl-divergence` (Kawrakow 2024, pull request 5076). SE is
sqrt(variance / (n - 1)) and takes positions as independent, as llama.cpp does. Only numbers of a position are kept,
never the logits of more positions than are given at once.

Worked example: p = (1/2, 1/4, 1/4) becomes q = (1/4, 1/4, 1/2), and the next token is the last one.

>>> p, q = torch.tensor([[0.5, 0.25, 0.25]]), torch.tensor([[0.25, 0.25, 0.5]])
>>> made = compare(p.log(), q.log(), torch.tensor([2]))
>>> [round(float(each), 4) for each in (made.kl, made.loss, made.added, made.dp)]  # ln 2 / 4, ln 2, -ln 2, 1/4
[0.1733, 0.6931, -0.6931, 0.25]
>>> round(made.perplexity, 6), bool(made.same)
(2.0, False)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

#: Positions whose divergence is summed at a time.
ROWS = 4


@dataclass(frozen=True, eq=False)
class Scores:
    """What is known of each position; float64."""

    base_loss: Float[Tensor, " n"]
    """-ln p(t) of the unchanged model, in nats."""
    loss: Float[Tensor, " n"]
    kl: Float[Tensor, " n"]
    """From the unchanged model's distribution to the changed one's, in nats."""
    same: Bool[Tensor, " n"]
    """Both find the same token likeliest."""

    @classmethod
    def joined(cls, parts: Sequence[Scores]) -> Scores:
        """Those of several texts as one."""
        return cls(*(torch.cat([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    @property
    def n(self) -> int:
        return len(self.loss)

    @property
    def added(self) -> Float[Tensor, " n"]:
        """Loss added at each position."""
        return self.loss - self.base_loss

    @property
    def dp(self) -> Float[Tensor, " n"]:
        """Change of the true token's probability."""
        return (-self.loss).exp() - (-self.base_loss).exp()

    @property
    def perplexity(self) -> float:
        return math.exp(float(self.loss.mean()))

    @property
    def perplexity_error(self) -> float:
        """Its standard error."""
        return self.perplexity * standard_error(self.loss)

    @property
    def rms_dp(self) -> float:
        return float(self.dp.square().mean().sqrt())

    def kl_at(self, share: float) -> float:
        """KL that this share of all positions does not pass, between two of them in proportion."""
        return float(self.kl.quantile(share))


def compare(before: Float[Tensor, "n d_vocab"], after: Float[Tensor, "n d_vocab"], true: Int[Tensor, " n"]) -> Scores:
    """before, after: logits at n positions, or log-probabilities. true: the token that follows each."""
    p, q = before.log_softmax(-1), after.log_softmax(-1)
    base_loss, loss = (-each.gather(-1, true[:, None])[:, 0].double() for each in (p, q))
    return Scores(base_loss, loss, kl(p, q), before.argmax(-1) == after.argmax(-1))


def kl(p: Float[Tensor, "n d_vocab"], q: Float[Tensor, "n d_vocab"]) -> Float[Tensor, " n"]:
    """KL divergence from log-probabilities.

    As sum p (q/p - 1 - ln(q/p)): the added parts cancel, since p and q both sum to 1, and no term is negative, so that
    float32 tells a millionth of a nat from nought. A few rows at a time, which stay in the processor's cache.
    """
    return torch.cat([_kl(*rows) for rows in zip(p.split(ROWS), q.split(ROWS), strict=True)])


def _kl(p: Float[Tensor, "n d_vocab"], q: Float[Tensor, "n d_vocab"]) -> Float[Tensor, " n"]:
    ratio = q - p
    return (ratio.expm1().sub_(ratio) * p.exp()).sum(-1, dtype=torch.float64)


def standard_error(x: Float[Tensor, " n"]) -> float:
    """Of the mean; NaN for a single number."""
    return math.sqrt(float(x.var(correction=0)) / (len(x) - 1)) if len(x) > 1 else math.nan
