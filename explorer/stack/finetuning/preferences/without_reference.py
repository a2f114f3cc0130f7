"""ORPO and SimPO: losses of preferences that need no reference; both read the average log-probability of a token.

With c, r = log p(chosen), log p(rejected), each divided by its tokens::

    ORPO    cross-entropy - beta ln sigma(odds),   odds = (c - r) - (ln(1 - e^c) - ln(1 - e^r))
    SimPO   -ln sigma(beta (c - r) - gamma)

(Hong et al. 2024, arXiv 2403.07691; Meng et al. 2024, arXiv 2405.14734.) ORPO's cross-entropy is that of the chosen
*text*, prompt and answer, and is handed in. SimPO has none: trl's `CPOTrainer` adds one where `cpo_alpha` is not 0, and
it is 1 there unless it is set.

Worked example: averages of -1 and -1.5.

>>> pair = Compared.of([-2.0], [-4.5], [0.0], [0.0], ([2], [3]))
>>> found = orpo(pair, torch.tensor(0.0, dtype=torch.float64), beta=0.1)
>>> round(found.logits.item(), 6), round(found.loss.item() / -0.1, 6)
(0.706193, -0.401135)
>>> round(simpo(pair, beta=2.5, gamma=0.5).loss.item(), 6)
0.386871
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.finetuning.preferences.pairs import Compared, Numbers, Terms


def orpo(pairs: Compared, cross_entropy: Float[Tensor, ""], beta: float = 0.1) -> Terms:
    """cross_entropy: of all tokens of the chosen texts. `raises` and `lowers` are those of the odds alone."""
    chosen, rejected, chosen_tokens, rejected_tokens = _averages(pairs)
    odds = (chosen - rejected) - (log1mexp(chosen) - log1mexp(rejected))
    weight = beta * torch.sigmoid(-odds)
    return Terms(
        chosen, rejected, chosen - rejected, odds, -beta * F.logsigmoid(odds),
        raises=weight / (-torch.expm1(chosen)) / chosen_tokens,
        lowers=weight / (-torch.expm1(rejected)) / rejected_tokens,
        beside=cross_entropy,
    )  # fmt: skip


def simpo(pairs: Compared, beta: float = 2.5, gamma: float = 0.5) -> Terms:
    """gamma: the margin that is asked for, in the logits' unit."""
    chosen, rejected, chosen_tokens, rejected_tokens = _averages(pairs)
    logits = beta * (chosen - rejected) - gamma
    weight = beta * torch.sigmoid(-logits)
    return Terms(
        chosen, rejected, chosen - rejected, logits, -F.logsigmoid(logits),
        raises=weight / chosen_tokens, lowers=weight / rejected_tokens,
    )  # fmt: skip


def log1mexp(x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """ln(1 - e^x) for x < 0, exact at both ends.

    >>> [round(each, 9) for each in log1mexp(torch.tensor([-1e-9, -50.0], dtype=torch.float64)).tolist()]
    [-20.723265837, -0.0]
    """
    near = x > -math.log(2)
    # Each branch is handed a number that it can take, so that no gradient of the other one is NaN.
    close = torch.log(-torch.expm1(torch.where(near, x, -torch.ones_like(x))))
    return torch.where(near, close, torch.log1p(-torch.exp(torch.where(near, -torch.ones_like(x), x))))


def _averages(pairs: Compared) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    tokens = [each.clamp_min(1).to(pairs.chosen.dtype) for each in (pairs.chosen_tokens, pairs.rejected_tokens)]
    return pairs.chosen / tokens[0], pairs.rejected / tokens[1], tokens[0], tokens[1]
