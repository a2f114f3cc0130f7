"""CISPO: the ratio is cut and detached, and multiplies log pi: a clip never silences a token.

    loss = 1/(sum n_i) sum over all tokens of -min(rho, 5) A_i log pi        no gradient through rho

trl's loss_type "cispo": the ratio's upper bound is epsilon_high itself (not 1 + it), and there is no lower one.

MiniMax 2025, MiniMax-M1 (arXiv 2506.13585).

>>> from explorer.stack.finetuning.policy.scored import two
>>> scored = two()
>>> [[round(w, 4) for w in row] for row in cispo(scored).weight.tolist()]        # fresh: as DAPO
[[0.2357, 0.2357], [-0.2357, 0.0]]
"""

from __future__ import annotations

from explorer.stack.finetuning.policy.advantages import Scale, standardised
from explorer.stack.finetuning.policy.aggregate import shares
from explorer.stack.finetuning.policy.estimate import KL, Estimate, at_tokens, detached
from explorer.stack.finetuning.policy.ratios import ratio
from explorer.stack.finetuning.policy.scored import Scored


def cispo(
    scored: Scored,
    most: float = 5.0,
    scale: Scale = "group",
    bessel: bool = True,
    eps: float = 1e-4,
    tokens: int | None = None,
    penalty: KL | None = None,
) -> Estimate:
    """most: the ratio's upper bound. tokens: of the whole accumulated batch."""
    A = at_tokens(standardised(scored.rewards, scored.groups, scale, bessel, eps), scored)
    rho = ratio(scored.logp.detach(), scored.sampler, scored.mask, "token")
    share = shares(scored.mask, "token", tokens=tokens).to(rho)
    return detached("CISPO", scored, A, rho.clamp(max=most), rho > most, share, penalty)
