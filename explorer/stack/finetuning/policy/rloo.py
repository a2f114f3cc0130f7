"""RLOO: the reward less the mean of the group's other answers; the ratio is of the whole answer.

    R_i = exp(sum over t of log pi - log mu)
    loss = mean over i of -min(A_i R_i, A_i clip(R_i))        A_i = r_i - mean of the others

The KL to the reference goes into the reward, as the sum of k1 over the answer (`beta`). trl's RLOOTrainer: clip .2,
beta .05, no division by the spread.

Ahmadian et al. 2024 (arXiv 2402.14740).

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> made = rloo(scored)
>>> made.value, made.weight.tolist()
(0.0, [[0.5, 0.5], [-0.5, 0.0]])
"""

from __future__ import annotations

import torch

from explorer.stack.finetuning.policy import kl
from explorer.stack.finetuning.policy.advantages import left_out
from explorer.stack.finetuning.policy.aggregate import shares
from explorer.stack.finetuning.policy.clip import Clip, clipped
from explorer.stack.finetuning.policy.estimate import Estimate, assembled, at_tokens
from explorer.stack.finetuning.policy.ratios import pulled, ratio
from explorer.stack.finetuning.policy.scored import Scored


def rloo(scored: Scored, clip: Clip | None = None, beta: float = 0.0, normalised: bool = False) -> Estimate:
    """beta: of the KL in the reward, of the policy that sampled. normalised: advantages less their mean, by their std
    + 1e-4, over the batch (trl's `normalize_advantages`)."""
    rewards = scored.rewards if not beta else scored.rewards - beta * _far(scored)
    advantage = left_out(rewards, scored.groups)
    if normalised:
        there = ~rewards.isnan()
        off = advantage - advantage[there].mean()
        advantage = torch.where(there, off / (advantage[there].std() + 1e-4), 0.0)
    A = at_tokens(advantage, scored)
    rho = ratio(scored.logp, scored.sampler, scored.mask, "sum")
    made = clipped(A, rho, clip or Clip())
    # The answer's one term stands at each token, with an equal share of 1 / N.
    share = shares(scored.mask, "sequence").to(rho)
    weight = pulled(made.pull, share, scored.mask, "sum")
    return assembled("RLOO", scored, A, rho, made.off, made.term, share, weight, None)


def _far(scored: Scored) -> torch.Tensor:
    """k1 of the sampler to the reference, summed over each answer."""
    if scored.reference is None:
        raise ValueError("a KL term needs the reference's log-probabilities")
    each = kl.estimate(scored.sampler, scored.reference, "k1")
    return torch.where(scored.mask, each, 0.0).sum(1)
