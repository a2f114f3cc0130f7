"""An estimator's result, term by term, and how its terms become the loss and the weights.

The gradient of every estimator here is a weighted sum of the tokens' gradients of log-probability::

    -grad loss = sum over answers i and tokens t of  weight[i, t] grad log pi(token | before)

`weight` is worked out by hand, without autograd; a test holds it against autograd of `loss`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.finetuning.policy import kl
from explorer.stack.finetuning.policy.aggregate import Aggregate, shares
from explorer.stack.finetuning.policy.clip import Clip, clipped
from explorer.stack.finetuning.policy.ratios import Level, pulled, ratio
from explorer.stack.finetuning.policy.scored import Scored


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """All of an estimator's terms."""

    name: str
    advantage: Float[Tensor, "row token"]
    ratio: Float[Tensor, "row token"]
    clipped: Bool[Tensor, "row token"]
    """The clip holds: the token has no gradient. CISPO's: the ratio is cut, the gradient stays."""
    term: Float[Tensor, "row token"]
    """Of the loss, before the share."""
    share: Float[Tensor, "row token"]
    kl: Float[Tensor, "row token"] | None
    """Estimate of KL to the reference at each token, where it is a term of the loss."""
    weight: Float[Tensor, "row token"]
    """Of each token's gradient of log-probability; detached."""
    loss: Float[Tensor, ""]
    """To be minimised; carries the gradient of `logp`."""

    @property
    def value(self) -> float:
        return float(self.loss.detach())


@dataclass(frozen=True)
class KL:
    """The KL term of a loss. trl's GRPO takes k3, corrected."""

    beta: float
    kind: kl.Kind = "k3"
    corrected: bool = False
    """Multiplied by the ratio, through which a gradient goes: the gradient is then KL(pi || ref)'s for every unbiased
    estimator, on stale answers too (DeepSeek-AI 2025, DeepSeek-V3.2, arXiv 2512.02556)."""


def surrogate(
    name: str,
    scored: Scored,
    advantage: Float[Tensor, "row token"],
    *,
    level: Level,
    clip: Clip,
    aggregate: Aggregate,
    longest: int | None = None,
    tokens: int | None = None,
    penalty: KL | None = None,
) -> Estimate:
    """The clipped surrogate over ratios of a level, averaged in one of the ways. With "sum" the ratio of a whole
    answer is one term, which stands at each token with the same share."""
    rho = ratio(scored.logp, scored.sampler, scored.mask, level)
    share = shares(scored.mask, aggregate, longest, tokens).to(rho)
    made = clipped(advantage, rho, clip)
    weight = pulled(made.pull, share, scored.mask, level)
    return assembled(name, scored, advantage, rho, made.off, made.term, share, weight, penalty, level)


def detached(
    name: str,
    scored: Scored,
    advantage: Float[Tensor, "row token"],
    rho: Float[Tensor, "row token"],
    off: Bool[Tensor, "row token"],
    share: Float[Tensor, "row token"],
    penalty: KL | None = None,
) -> Estimate:
    """-rho A log pi, where no gradient goes through rho: the weight is rho A."""
    pull = (rho * advantage).detach()
    return assembled(name, scored, advantage, rho, off, -pull * scored.logp, share, pull * share, penalty)


def assembled(
    name: str,
    scored: Scored,
    advantage: Float[Tensor, "row token"],
    rho: Float[Tensor, "row token"],
    off: Bool[Tensor, "row token"],
    term: Float[Tensor, "row token"],
    share: Float[Tensor, "row token"],
    weight: Float[Tensor, "row token"],
    penalty: KL | None,
    level: Level = "token",
) -> Estimate:
    """The loss from its terms; the KL term goes into it with the same shares. level: of the ratio that corrects it."""
    far = None
    if penalty is not None and penalty.beta:
        if scored.reference is None:
            raise ValueError("a KL term needs the reference's log-probabilities")
        # Outside the answers log-probabilities may be anything.
        pair = (torch.where(scored.mask, each, 0.0) for each in (scored.logp, scored.reference))
        logp, reference = pair
        far = kl.estimate(logp, reference, penalty.kind)
        slope = kl.slope(logp.detach(), reference, penalty.kind) * share
        if penalty.corrected:
            live = ratio(scored.logp, scored.sampler, scored.mask, level)
            slope = slope * live.detach() + pulled((far * live).detach(), share, scored.mask, level)
            far = far * live
        term, weight = term + penalty.beta * far, weight - penalty.beta * slope
    term = torch.where(scored.mask, term, 0.0)
    return Estimate(
        name=name,
        advantage=torch.where(scored.mask, advantage, 0.0).detach(),
        ratio=rho.detach(),
        clipped=off & scored.mask,
        term=term.detach(),
        share=share,
        kl=None if far is None else far.detach(),
        weight=torch.where(scored.mask, weight, 0.0).detach(),
        loss=(term * share).sum(),
    )


def at_tokens(advantage: Float[Tensor, " row"], scored: Scored) -> Float[Tensor, "row token"]:
    """An answer's advantage at each of its tokens."""
    return advantage.to(scored.logp.dtype)[:, None].expand_as(scored.logp)
