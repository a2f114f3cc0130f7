"""Dr.GRPO: GRPO without its two divisions, by the spread of the group and by the answer's length.

    A_i = r_i - mean
    loss = 1/(N L) sum over all tokens of -min(A_i rho, A_i clip(rho))        L: the longest answer allowed

Dividing by the length makes long wrong answers cheap; dividing by the spread favours prompts that are nearly always
right or wrong. L is a constant, so that the loss shrinks where answers are short: compare gradients, not losses.

Liu et al. 2025 (arXiv 2503.20783).

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> made = dr_grpo(scored, longest=5)
>>> [[round(w, 4) for w in row] for row in made.weight.tolist()], round(made.value, 4)
([[0.05, 0.05], [-0.05, 0.0]], -0.05)
"""

from __future__ import annotations

from explorer.stack.finetuning.policy.advantages import centred
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.estimate import KL, Estimate, at_tokens, surrogate
from explorer.stack.finetuning.policy.scored import Scored


def dr_grpo(scored: Scored, longest: int, clip: Clip | None = None, penalty: KL | None = None) -> Estimate:
    """longest: trl's max_completion_length."""
    return surrogate(
        "Dr.GRPO",
        scored,
        at_tokens(centred(scored.rewards, scored.groups), scored),
        level="token",
        clip=clip or Clip(),
        aggregate="constant",
        longest=longest,
        penalty=penalty,
    )
