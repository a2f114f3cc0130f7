"""REINFORCE: a token's gradient is weighted by its answer's reward, less a baseline.

    loss = -1/N sum over i of (r_i - b) sum over t of log pi(t)

No ratio and no clip: it is for answers that the policy itself has just sampled. Without a baseline every answer of
reward 1 is pushed up, and one of reward 0 is left as it is.

Williams 1992 (10.1007/BF00992696).

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> made = reinforce(scored)
>>> made.value, made.weight.tolist()
(1.0, [[0.5, 0.5], [0.0, 0.0]])
>>> reinforce(scored, baseline="mean").weight.tolist()
[[0.25, 0.25], [-0.25, 0.0]]
"""

from __future__ import annotations

from typing import Literal

import torch

from explorer.stack.finetuning.policy.advantages import centred
from explorer.stack.finetuning.policy.aggregate import shares
from explorer.stack.finetuning.policy.estimate import KL, Estimate, at_tokens, detached
from explorer.stack.finetuning.policy.scored import Scored


def reinforce(scored: Scored, baseline: Literal["none", "mean"] = "none", penalty: KL | None = None) -> Estimate:
    """baseline "mean": of the answers of the same prompt."""
    reward = centred(scored.rewards, scored.groups) if baseline == "mean" else scored.rewards.nan_to_num(0.0)
    one = torch.ones_like(scored.logp.detach())
    share = shares(scored.mask, "sum").to(one)
    return detached("REINFORCE", scored, at_tokens(reward, scored), one, torch.zeros_like(scored.mask), share, penalty)
