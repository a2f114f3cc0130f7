"""GSPO: one ratio for a whole answer, the geometric mean of its tokens', and a clip some hundred times narrower.

    s_i = exp(mean over t of log pi - log mu)
    loss = 1/N sum over i of -min(A_i s_i, A_i clip(s_i, 1 - 3e-4, 1 + 4e-4))

Zheng et al. 2025 (arXiv 2507.18071). trl: loss_type "grpo", importance_sampling_level "sequence", beta 0.

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> [[round(w, 3) for w in row] for row in gspo(scored).weight.tolist()]        # fresh: as GRPO
[[0.177, 0.177], [-0.354, 0.0]]
"""

from __future__ import annotations

from explorer.stack.finetuning.policy.advantages import Scale, standardised
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.estimate import KL, Estimate, at_tokens, surrogate
from explorer.stack.finetuning.policy.scored import Scored


def gspo(
    scored: Scored,
    clip: Clip | None = None,
    scale: Scale = "group",
    bessel: bool = True,
    eps: float = 1e-4,
    penalty: KL | None = None,
) -> Estimate:
    A = standardised(scored.rewards, scored.groups, scale, bessel, eps)
    return surrogate(
        "GSPO",
        scored,
        at_tokens(A, scored),
        level="mean",
        clip=clip or Clip(3e-4, 4e-4),
        aggregate="sequence",
        penalty=penalty,
    )
