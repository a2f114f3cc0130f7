"""KTO: answers that are good or bad, one by one, without pairs (Ethayarajh et al. 2024, arXiv 2402.01306).

    good  w_good (1 - sigma(beta (log-ratio - z)))          bad  w_bad (1 - sigma(beta (z - log-ratio)))

z is how far the policy is from its reference at all: the mean log-ratio of *mismatched* answers, each to another prompt
of the batch, not below 0. Nothing is learnt through z (it is detached). It needs two prompts: an answer that is
"mismatched" to its own prompt is none.

The loss is the mean over all answers of a batch, as trl has it. Where a book adds the mean over the good and the mean
over the bad, a balanced batch costs twice as much.

>>> ratios, good = torch.tensor([1.0, -1.0]), torch.tensor([True, False])
>>> found = kto(ratios, good, torch.tensor([-3.0, 1.0]), beta=0.1)
>>> found.kl.item(), [round(each, 6) for each in found.loss.tolist()]  # a mean of -1 counts as 0; 1 - sigma(0.1)
(0.0, [0.475021, 0.475021])
>>> rolled([3, 5, 8])
[5, 8, 3]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.finetuning.preferences.pairs import Compared, Terms

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Unpaired:
    """What KTO makes of a batch of answers."""

    log_ratio: Float[Tensor, " answer"]
    kl: Float[Tensor, ""]
    """z: detached, not below 0."""
    logits: Float[Tensor, " answer"]
    """beta (log-ratio - z) of a good answer, the opposite of a bad one."""
    loss: Float[Tensor, " answer"]
    weight: Float[Tensor, " answer"]
    """How hard a good answer is raised or a bad one lowered: |d loss / d log p|."""


def rolled(answers: Sequence[T]) -> list[T]:
    """To each prompt the answer of the next one, to the last that of the first. Raises BadRequestError for one."""
    if len(answers) < 2:
        raise BadRequestError("KTO’s reference needs answers to other prompts.", "Take a batch of two or more.")
    return [*answers[1:], answers[0]]


def kto(
    log_ratio: Float[Tensor, " answer"],
    good: Bool[Tensor, " answer"],
    mismatched: Float[Tensor, " mismatch"],
    beta: float = 0.1,
    good_weight: float = 1.0,
    bad_weight: float = 1.0,
) -> Unpaired:
    """mismatched: the log-ratios of answers to other prompts."""
    kl = mismatched.mean().detach().clamp_min(0.0)
    sign = torch.where(good, 1.0, -1.0).to(log_ratio.dtype)
    weight = torch.where(good, good_weight, bad_weight).to(log_ratio.dtype)
    logits = sign * beta * (log_ratio - kl)
    p = torch.sigmoid(logits)
    return Unpaired(log_ratio, kl, logits, weight * (1 - p), weight * beta * p * (1 - p))


def kto_pairs(pairs: Compared, mismatched: Float[Tensor, " mismatch"], beta: float = 0.1) -> Terms:
    """KTO on pairs taken apart: each pair's loss is the mean of its two answers'."""
    n = len(pairs.chosen)
    good = torch.arange(2 * n) < n
    found = kto(torch.cat([pairs.chosen_ratio, pairs.rejected_ratio]), good, mismatched, beta)
    (chosen, rejected), (raises, lowers) = found.loss.chunk(2), found.weight.chunk(2)
    return Terms(
        pairs.chosen_ratio, pairs.rejected_ratio, pairs.margin, beta * pairs.margin, (chosen + rejected) / 2,
        raises=raises / 2, lowers=lowers / 2,
    )  # fmt: skip
