"""Eight estimators of the policy gradient over the same answers, each with its paper's settings and no KL term.

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> {name: round(float(each.weight[0, 0]), 3) for name, each in all_of(scored, 0 * scored.logp, longest=5).items()}
{'REINFORCE': 0.5, 'RLOO': 0.5, 'PPO': 0.177, 'GRPO': 0.177, 'Dr.GRPO': 0.05, 'DAPO': 0.236, 'GSPO': 0.177,
 'CISPO': 0.236}
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from explorer.stack.finetuning.policy.cispo import cispo
from explorer.stack.finetuning.policy.dapo import dapo
from explorer.stack.finetuning.policy.dr_grpo import dr_grpo
from explorer.stack.finetuning.policy.estimate import Estimate
from explorer.stack.finetuning.policy.grpo import grpo
from explorer.stack.finetuning.policy.gspo import gspo
from explorer.stack.finetuning.policy.ppo import ppo
from explorer.stack.finetuning.policy.reinforce import reinforce
from explorer.stack.finetuning.policy.rloo import rloo
from explorer.stack.finetuning.policy.scored import Scored

NAMES = ("REINFORCE", "RLOO", "PPO", "GRPO", "Dr.GRPO", "DAPO", "GSPO", "CISPO")


def all_of(scored: Scored, values: Float[Tensor, "row token"], longest: int) -> dict[str, Estimate]:
    """values: the critic's. longest: tokens that an answer may have."""
    made = (
        reinforce(scored),
        rloo(scored),
        ppo(scored, values),
        grpo(scored),
        dr_grpo(scored, longest),
        dapo(scored),
        gspo(scored),
        cispo(scored),
    )
    return {each.name: each for each in made}
