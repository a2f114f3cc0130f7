"""DAPO: GRPO with a mean over all tokens, and a clip that is wider upward.

    loss = 1/(sum n_i) sum over all tokens of -min(A_i rho, A_i clip(rho, 1 - .2, 1 + .28))

A token counts the same in a long answer as in a short one. The wider clip lets a rare token of a good answer grow.
Groups whose rewards are all equal are sampled anew in the paper (`mixed`): they have no gradient.

Yu et al. 2025 (arXiv 2503.14476). trl's default loss_type, with both epsilons .2 unless told.

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> made = dapo(scored)
>>> [[round(w, 4) for w in row] for row in made.weight.tolist()], round(made.value, 4)
([[0.2357, 0.2357], [-0.2357, 0.0]], -0.2357)
"""

from __future__ import annotations

import torch
from jaxtyping import Bool
from torch import Tensor

from explorer.stack.finetuning.policy.advantages import Scale, standardised
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.estimate import KL, Estimate, at_tokens, surrogate
from explorer.stack.finetuning.policy.scored import Scored


def dapo(
    scored: Scored,
    clip: Clip | None = None,
    scale: Scale = "group",
    bessel: bool = True,
    eps: float = 1e-4,
    tokens: int | None = None,
    penalty: KL | None = None,
) -> Estimate:
    """tokens: of the whole accumulated batch, where these answers are a part of it."""
    A = standardised(scored.rewards, scored.groups, scale, bessel, eps)
    return surrogate(
        "DAPO",
        scored,
        at_tokens(A, scored),
        level="token",
        clip=clip or Clip(0.2, 0.28),
        aggregate="token",
        tokens=tokens,
        penalty=penalty,
    )


def mixed(scored: Scored) -> Bool[Tensor, " row"]:
    """Answers of groups whose rewards are not all equal: those that DAPO keeps."""
    return ~torch.isin(scored.groups, torch.tensor(scored.equal, dtype=scored.groups.dtype))
