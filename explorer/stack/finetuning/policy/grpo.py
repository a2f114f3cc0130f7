"""GRPO: rewards standardised in their group, a ratio and a clip for each token, a mean over tokens, then answers.

    A_i = (r_i - mean) / (std + 1e-4)
    loss = 1/N sum over i of 1/n_i sum over t of  -min(A_i rho, A_i clip(rho)) + beta k3

As trl's loss_type="grpo". Its default is "dapo" (`dapo`), with beta 0. On fresh answers every ratio is 1 and the
advantages of a group add up to 0: the loss is 0, and its gradient is not.

Shao et al. 2024, DeepSeekMath (arXiv 2402.03300).

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> made = grpo(scored)
>>> made.value, [[round(w, 3) for w in row] for row in made.weight.tolist()]
(0.0, [[0.177, 0.177], [-0.354, 0.0]])
"""

from __future__ import annotations

from explorer.stack.finetuning.policy.advantages import Scale, standardised
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.estimate import KL, Estimate, at_tokens, surrogate
from explorer.stack.finetuning.policy.scored import Scored


def grpo(
    scored: Scored,
    clip: Clip | None = None,
    scale: Scale = "group",
    bessel: bool = True,
    eps: float = 1e-4,
    penalty: KL | None = None,
) -> Estimate:
    A = standardised(scored.rewards, scored.groups, scale, bessel, eps)
    return surrogate(
        "GRPO", scored, at_tokens(A, scored), level="token", clip=clip or Clip(), aggregate="sequence", penalty=penalty
    )
