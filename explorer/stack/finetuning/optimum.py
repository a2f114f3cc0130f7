"""The policy that is best under a reward and a KL term, where all answers can be counted.

Among all policies pi the objective  E_pi[r] - beta KL(pi || ref)  is largest at

    pi*(y) = ref(y) exp(r(y) / beta) / Z,        Z = sum over y of  ref(y) exp(r(y) / beta)

and is beta ln Z there: for any pi it is beta ln Z - beta KL(pi || pi*), and a KL is at least 0. As beta goes from
infinity to 0, pi* goes from ref to ref restricted to the answers of the highest reward. Reward over KL along that path
is a frontier: no policy has more reward for as little KL. Between two answers of equal reward pi* keeps ref's odds.

Rafailov et al. 2023, DPO (arXiv 2305.18290), equation 4; Korbak et al. 2022 (2205.11275). Everything is float64.

Worked by hand: two answers of 1/4 and 3/4, the first is right. With beta = 1 / ln 3 its weight is 3 x 1/4: both have
weight 3/4, so pi* = (1/2, 1/2), Z = 3/2, and KL = ln(2) / 2 + ln(2/3) / 2 = ln(4/3) / 2 = 0.1438.

>>> ref = torch.tensor([0.25, 0.75], dtype=torch.float64).log()
>>> made = optimum(ref, torch.tensor([1.0, 0.0], dtype=torch.float64), beta=1 / math.log(3))
>>> [round(each, 4) for each in made.logp.exp().tolist()], round(math.exp(made.log_z), 4)
([0.5, 0.5], 1.5)
>>> round(made.reward, 4), round(made.kl, 4), round(made.value, 4)  # 0.5 - 0.1438 / ln 3
(0.5, 0.1438, 0.3691)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Optimum:
    """At one beta; with several rows reward, KL and ln Z are means over them."""

    beta: float
    logp: Float[Tensor, "*row answer"]
    log_z: float
    reward: float
    kl: float
    """From the reference, nats."""

    @property
    def value(self) -> float:
        """reward - beta KL, the most that any policy has."""
        return self.reward - self.beta * self.kl


def optimum(reference: Float[Tensor, "*row answer"], reward: Float[Tensor, "*row answer"], beta: float) -> Optimum:
    """reference: log-probabilities, each row's adding up to 1. Raises ValueError unless beta is above 0."""
    if not 0 < beta < math.inf:
        raise ValueError(f"beta is above 0 and finite, not {beta}")
    raised = reference.double() + reward.double() / beta
    log_z = raised.logsumexp(-1, keepdim=True)
    logp = raised - log_z
    return Optimum(
        beta, logp, float(log_z.mean()), float(expected(logp, reward).mean()), float(kl(logp, reference).mean())
    )


def frontier(
    reference: Float[Tensor, "*row answer"], reward: Float[Tensor, "*row answer"], betas: Sequence[float]
) -> list[Optimum]:
    return [optimum(reference, reward, beta) for beta in betas]


def expected(logp: Float[Tensor, "*row answer"], reward: Float[Tensor, "*row answer"]) -> Float[Tensor, "*row"]:
    """The mean reward of a policy, exact."""
    return (logp.double().exp() * reward.double()).sum(-1)


def kl(logp: Float[Tensor, "*row answer"], reference: Float[Tensor, "*row answer"]) -> Float[Tensor, "*row"]:
    """KL(policy || reference) in nats, exact. Where the last answer stands for several texts, it is at most that of
    the texts."""
    p, far = logp.double().exp(), logp.double() - reference.double()
    return torch.where(p > 0, p * far, 0.0).sum(-1)


def above(best: Optimum, reward: float, distance: float) -> float:
    """How far a policy of that reward and KL lies above the optimum at its beta: never more than 0 but for rounding."""
    return reward - best.beta * distance - best.value
