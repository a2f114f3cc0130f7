"""Answers with their log-probabilities and rewards: all that an estimator of the policy gradient reads.

A row is one answer. `logp` is the trainer's log-probability of each of its tokens, `sampler` the one under which the
token was drawn (another program, or the same policy some updates ago), `reference` that of the policy which the KL
term holds on to. Rows with one number in `groups` answer one prompt.

A reward that is NaN is no reward: its answer has advantage 0, and the statistics of its group leave it out, as trl
has it. An answer without a token counts in its group, and nothing of it can be moved.

>>> made = two()
>>> made.lengths.tolist(), made.tokens
([2, 1], 3)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Scored:
    """Raises ValueError where a reward is infinite, or a token that counts has no finite log-probability."""

    logp: Float[Tensor, "row token"]
    """Of the trainer; may require a gradient."""
    sampler: Float[Tensor, "row token"]
    mask: Bool[Tensor, "row token"]
    """The answer's own tokens, its last one included."""
    rewards: Float[Tensor, " row"]
    groups: Int[Tensor, " row"]
    reference: Float[Tensor, "row token"] | None = None

    def __post_init__(self) -> None:
        if torch.isinf(self.rewards).any():
            raise ValueError(f"the reward of answer {int(torch.isinf(self.rewards).nonzero()[0])} is infinite")
        for each in (self.logp, self.sampler, self.reference):
            if each is not None and not torch.isfinite(each[self.mask]).all():
                raise ValueError("a token of an answer has no finite log-probability")

    @property
    def lengths(self) -> Int[Tensor, " row"]:
        return self.mask.sum(1)

    @property
    def tokens(self) -> int:
        return int(self.mask.sum())

    @property
    def empty(self) -> list[int]:
        """Answers without a token."""
        return (self.lengths == 0).nonzero().flatten().tolist()

    @property
    def unscored(self) -> list[int]:
        """Answers without a reward."""
        return self.rewards.isnan().nonzero().flatten().tolist()

    @property
    def equal(self) -> list[int]:
        """Groups in which all rewards are equal."""
        found = list[int]()
        for group in self.groups.unique().tolist():
            of = self.rewards[(self.groups == group) & ~self.rewards.isnan()]
            if len(of) and bool((of == of[0]).all()):
                found.append(group)
        return found

    def only(self, rows: Bool[Tensor, " row"]) -> Scored:
        """Some of the answers."""
        reference = None if self.reference is None else self.reference[rows]
        return Scored(
            self.logp[rows], self.sampler[rows], self.mask[rows], self.rewards[rows], self.groups[rows], reference
        )


def two() -> Scored:
    """Two fresh answers to one prompt, of two tokens and of one; the first is right. The modules' example."""
    logp = torch.tensor([[-1.0, -1.0], [-2.0, 0.0]])
    mask = torch.tensor([[True, True], [True, False]])
    return Scored(logp, logp, mask, torch.tensor([1.0, 0.0]), torch.tensor([0, 0]))
