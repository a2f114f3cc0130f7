"""PPO: a critic says what each state is worth, and a token's advantage is how much better things went than that.

    delta_t = reward_t + gamma V_{t+1} - V_t                    V after the last token is 0
    GAE_t   = delta_t + gamma lambda GAE_{t+1}
    returns = GAE + V
    A       = (GAE - mean) / sqrt(var + 1e-8)                   whitened over all tokens, Bessel's variance
    loss    = mean over tokens of -min(A rho, A clip(rho))
    value   = vf/2 mean over tokens of max((V - returns)², (clip(V, V_old ± .2) - returns)²)

The answer's reward stands at its last token. The KL to the reference goes into the reward of each token, by k1 or k3
of the policy that sampled (`beta`).

Whitening takes the mean away: where every answer is better than the critic expected, the less surprising ones are
pushed down.

Schulman et al. 2015, GAE (arXiv 1506.02438) and 2017, PPO (1707.06347); settings of trl's PPOTrainer.

>>> logp = torch.tensor([[-1.0, -1.0]])
>>> scored = Scored(logp, logp, torch.ones(1, 2, dtype=torch.bool), torch.tensor([1.0]), torch.tensor([0]))
>>> made = ppo(scored, torch.tensor([[0.5, 0.7]]), whiten=False)
>>> [round(x, 3) for x in made.advantage[0].tolist()], [round(x, 3) for x in made.returns[0].tolist()]
([0.485, 0.3], [0.985, 1.0])
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.finetuning.policy import kl
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.estimate import Estimate, surrogate
from explorer.stack.finetuning.policy.scored import Scored


@dataclass(frozen=True, kw_only=True)
class PPO(Estimate):
    """With the critic's terms."""

    values: Float[Tensor, "row token"]
    rewards: Float[Tensor, "row token"]
    """Of each token: the answer's at its last, less the KL."""
    delta: Float[Tensor, "row token"]
    gae: Float[Tensor, "row token"]
    """Before whitening."""
    returns: Float[Tensor, "row token"]
    value_loss: Float[Tensor, ""]
    """Without vf; carries the gradient of the values."""


def ppo(
    scored: Scored,
    values: Float[Tensor, "row token"],
    *,
    old_values: Float[Tensor, "row token"] | None = None,
    clip: Clip | None = None,
    gamma: float = 1.0,
    lam: float = 0.95,
    whiten: bool = True,
    beta: float = 0.0,
    kind: kl.Kind = "k1",
    value_clip: float = 0.2,
) -> PPO:
    """values: the critic's, at the state before each token. old_values: when the answers were sampled; they make the
    advantages. An answer without a reward has advantage 0."""
    old = (values if old_values is None else old_values).detach()
    rewards = at_the_end(scored, beta, kind)
    delta, gae = advantages(rewards, old, scored.mask, gamma, lam)
    there = scored.mask & ~scored.rewards.isnan()[:, None]
    returns = gae + old
    A = torch.where(there, whitened(gae, there) if whiten else gae, 0.0)
    made = surrogate("PPO", scored, A, level="token", clip=clip or Clip(), aggregate="token")
    off = torch.minimum(torch.maximum(values, old - value_clip), old + value_clip)
    errors = torch.maximum((values - returns).square(), (off - returns).square())
    value_loss = (torch.where(there, errors, 0.0).sum() / there.sum().clamp(min=1)) / 2
    return PPO(
        **vars(made),
        values=values.detach(),
        rewards=rewards,
        delta=delta,
        gae=torch.where(scored.mask, gae, 0.0),
        returns=torch.where(scored.mask, returns, 0.0),
        value_loss=value_loss,
    )


def at_the_end(scored: Scored, beta: float = 0.0, kind: kl.Kind = "k1") -> Float[Tensor, "row token"]:
    """The reward of each token."""
    found = torch.zeros_like(scored.sampler)
    if beta:
        if scored.reference is None:
            raise ValueError("a KL term needs the reference's log-probabilities")
        each = kl.estimate(scored.sampler, scored.reference, kind)
        found = torch.where(scored.mask, -beta * each, 0.0)
    rows = (scored.lengths > 0).nonzero().flatten()
    ends = scored.mask.long().cumsum(1).argmax(1)  # the first place where all of its tokens are counted
    found[rows, ends[rows]] += scored.rewards[rows].nan_to_num(0.0).to(found.dtype)
    return found


def advantages(
    rewards: Float[Tensor, "row token"],
    values: Float[Tensor, "row token"],
    mask: Bool[Tensor, "row token"],
    gamma: float = 1.0,
    lam: float = 0.95,
) -> tuple[Float[Tensor, "row token"], Float[Tensor, "row token"]]:
    """delta and GAE, from the last token to the first."""
    V = torch.where(mask, values, 0.0)
    after = torch.cat([V[:, 1:], torch.zeros_like(V[:, :1])], 1)
    delta = torch.where(mask, rewards + gamma * after - V, 0.0)
    found, last = torch.zeros_like(delta), torch.zeros_like(delta[:, 0])
    for t in range(delta.shape[1] - 1, -1, -1):
        last = delta[:, t] + gamma * lam * last
        found[:, t] = last
    return delta, found


def whitened(
    values: Float[Tensor, "row token"], mask: Bool[Tensor, "row token"], keep_mean: bool = False
) -> Float[Tensor, "row token"]:
    """Mean 0 and variance 1 over the tokens of the mask. keep_mean: as trl whitens rewards.

    >>> whitened(torch.tensor([[1.0, 3.0, 9.0]]), torch.tensor([[True, True, False]]))[0, :2].tolist()
    [-0.7071067690849304, 0.7071067690849304]
    """
    of = values[mask]
    if len(of) < 2:
        return values
    mean, variance = of.mean(), of.var()
    made = (values - mean) * torch.rsqrt(variance + 1e-8)
    return made + mean if keep_mean else made
