"""Losses on the policy's margin over a reference: DPO, cDPO, robust DPO, IPO and hinge.

With d = log-ratio of the chosen answer - log-ratio of the rejected one, sigma the logistic function, beta > 0::

    DPO     -ln sigma(beta d)                                                     Rafailov 2023, arXiv 2305.18290
    cDPO    -(1 - e) ln sigma(beta d) - e ln sigma(-beta d)                       labels wrong with probability e
    robust  (-(1 - e) ln sigma(beta d) + e ln sigma(-beta d)) / (1 - 2 e)         Chowdhury 2024, arXiv 2403.00409
    hinge   max(0, 1 - beta d)                                                    Zhao 2023, arXiv 2305.10425
    IPO     (chosen / its tokens - rejected / its tokens - 1 / (2 beta))^2        Azar 2023, arXiv 2310.12036

cDPO is the loss that is expected if a share e of the labels is wrong; robust DPO is the one whose expectation under
such labels is DPO's on the right ones. IPO's authors mean averages over tokens; `by_token=False` takes sums.

DPO's gradient is beta sigma(-beta d) (grad log p(chosen) - grad log p(rejected)): it sees the margin alone. Nothing in
it asks that the chosen answer become likelier.

Worked example: the policy gives -10 and -12 nats, the reference -11 and -11, so d = 2.

>>> pair = Compared.of([-10.0], [-12.0], [-11.0], [-11.0], ([5], [4]))
>>> round(dpo(pair, beta=0.1).loss.item(), 6)  # ln(1 + e^-0.2)
0.598139
>>> round(ipo(pair, beta=0.1, by_token=False).loss.item(), 6), round(ipo(pair, beta=0.1).loss.item(), 6)
(9.0, 20.7025)
>>> [round(each, 6) for each in (dpo(pair, beta=0.1).raises.item(), dpo(pair, beta=0.1).lowers.item())]
[0.045017, 0.045017]
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from explorer.errors import BadRequestError
from explorer.stack.finetuning.preferences.pairs import Compared, Numbers, Terms


def dpo(pairs: Compared, beta: float = 0.1) -> Terms:
    """Both labels are taken as right."""
    logits = beta * pairs.margin
    weight = beta * torch.sigmoid(-logits)
    return _terms(pairs, logits, -F.logsigmoid(logits), weight)


def cdpo(pairs: Compared, beta: float = 0.1, wrong: float = 0.1) -> Terms:
    """wrong: which share of the labels is taken as wrong. The loss is least at sigma(logits) = 1 - wrong."""
    _check(wrong)
    logits = beta * pairs.margin
    loss = -(1 - wrong) * F.logsigmoid(logits) - wrong * F.logsigmoid(-logits)
    return _terms(pairs, logits, loss, beta * (1 - wrong - torch.sigmoid(logits)))


def robust(pairs: Compared, beta: float = 0.1, wrong: float = 0.1) -> Terms:
    """wrong: which share of the labels is known to be wrong."""
    _check(wrong)
    logits, whole = beta * pairs.margin, 1 - 2 * wrong
    loss = (-(1 - wrong) * F.logsigmoid(logits) + wrong * F.logsigmoid(-logits)) / whole
    weight = beta * ((1 - wrong) * torch.sigmoid(-logits) + wrong * torch.sigmoid(logits)) / whole
    return _terms(pairs, logits, loss, weight)


def hinge(pairs: Compared, beta: float = 0.1) -> Terms:
    """Nothing is asked of a pair whose margin is 1 / beta."""
    logits = beta * pairs.margin
    return _terms(pairs, logits, torch.relu(1 - logits), beta * (logits < 1).to(logits.dtype))


def ipo(pairs: Compared, beta: float = 0.1, *, by_token: bool = True) -> Terms:
    """A margin of 1 / (2 beta) is asked for, no less and no more: beyond it the chosen answer is lowered."""
    one = torch.ones_like(pairs.chosen)
    chosen_tokens = pairs.chosen_tokens.clamp_min(1).to(one.dtype) if by_token else one
    rejected_tokens = pairs.rejected_tokens.clamp_min(1).to(one.dtype) if by_token else one
    chosen, rejected = pairs.chosen_ratio / chosen_tokens, pairs.rejected_ratio / rejected_tokens
    logits = chosen - rejected - 1 / (2 * beta)
    return Terms(
        chosen, rejected, chosen - rejected, logits, logits.square(),
        raises=-2 * logits / chosen_tokens, lowers=-2 * logits / rejected_tokens,
    )  # fmt: skip


def _terms(pairs: Compared, logits: Numbers, loss: Numbers, weight: Numbers) -> Terms:
    return Terms(pairs.chosen_ratio, pairs.rejected_ratio, pairs.margin, logits, loss, raises=weight, lowers=weight)


def _check(wrong: float) -> None:
    if not 0 <= wrong < 0.5:
        raise BadRequestError(
            f"A share of {wrong:g} of wrong labels cannot be learnt from.", "Take one from 0 to below 0.5."
        )
