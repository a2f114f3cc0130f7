"""Pairs of answers, and what a loss makes of them.

A loss of preferences reads of each answer one number: how much likelier the policy finds it than the reference does
(`log_ratio`), or how likely a token of it is on average. Each function of `direct` and `without_reference` gives its
terms, in this order::

    chosen, rejected   what the loss reads of either answer
    margin             chosen - rejected
    logits             what stands in the loss's last function
    loss               of each pair
    raises, lowers     - d loss / d log p(chosen),  d loss / d log p(rejected)

`raises` and `lowers` say how hard a step pulls the one answer up and pushes the other down, for each nat of the whole
answer's log-probability: so losses that sum over tokens and losses that average can be compared. They are worked out by
hand; a test holds them against autograd.

>>> pair = Compared.of([-10.0], [-12.0], [-11.0], [-11.0])
>>> pair.chosen_ratio.item(), pair.rejected_ratio.item(), pair.margin.item()
(1.0, -1.0, 2.0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.finetuning.preferences.sequences import Answers

Numbers = Float[Tensor, " pair"]


@dataclass(frozen=True, eq=False)
class Compared:
    """Of each pair, the log-probabilities of both answers by policy and reference, and how many tokens they have."""

    chosen: Numbers
    rejected: Numbers
    reference_chosen: Numbers
    reference_rejected: Numbers
    chosen_tokens: Int[Tensor, " pair"]
    rejected_tokens: Int[Tensor, " pair"]

    @classmethod
    def of(
        cls,
        chosen: Sequence[float],
        rejected: Sequence[float],
        reference_chosen: Sequence[float],
        reference_rejected: Sequence[float],
        tokens: tuple[Sequence[int], Sequence[int]] | None = None,
    ) -> Compared:
        """From plain numbers, in float64. Without tokens every answer has one."""
        sums = (chosen, rejected, reference_chosen, reference_rejected)
        lengths = tokens or ([1] * len(chosen), [1] * len(chosen))
        return cls(
            *(torch.tensor(each, dtype=torch.float64) for each in sums), *(torch.tensor(each) for each in lengths)
        )

    @classmethod
    def scored(
        cls,
        policy: tuple[Answers, Answers],
        reference: tuple[Answers, Answers],
        *,
        unshifted: bool = False,
    ) -> Compared:
        """Chosen and rejected answers as both models score them. unshifted: lengths are those of the mask before the
        shift, as trl's IPO counts them."""
        (chosen, rejected), (once_chosen, once_rejected) = policy, reference
        lengths = [each.marked if unshifted else each.tokens for each in policy]
        return cls(chosen.total, rejected.total, once_chosen.total, once_rejected.total, *lengths)

    @property
    def chosen_ratio(self) -> Numbers:
        """log p(chosen) by the policy, less that by the reference."""
        return self.chosen - self.reference_chosen

    @property
    def rejected_ratio(self) -> Numbers:
        return self.rejected - self.reference_rejected

    @property
    def margin(self) -> Numbers:
        return self.chosen_ratio - self.rejected_ratio


@dataclass(frozen=True, eq=False)
class Terms:
    """What a loss makes of a batch of pairs."""

    chosen: Numbers
    rejected: Numbers
    margin: Numbers
    logits: Numbers
    loss: Numbers
    raises: Numbers
    lowers: Numbers
    beside: Float[Tensor, ""] | None = None
    """A loss of the whole batch that is added: ORPO's cross-entropy of the chosen texts."""

    @property
    def total(self) -> Float[Tensor, ""]:
        """What is trained."""
        mean = self.loss.mean()
        return mean if self.beside is None else mean + self.beside
