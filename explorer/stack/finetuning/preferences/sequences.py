"""The log-probability of an answer, token by token.

    log p(answer | prompt) = sum over the answer's tokens of  log p(token | those before it)

The logits at position t predict the token at t + 1: logits and tokens are shifted by one before they meet, and the mask
of the answer's tokens is shifted with the tokens. The row's first token has no prediction and never counts.

How many tokens an answer has is a convention where a prompt is empty. `tokens` counts those that are predicted.
trl's IPO divides by the number of the mask as it stands before the shift (`marked`), which counts a row's first token
too (`trl.trainer.dpo_trainer`, 1.16).

>>> logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [1.0, 1.0, 1.0]]]))
>>> ids, learnt = torch.tensor([[0, 1, 2]]), torch.tensor([[False, True, True]])
>>> found = answers(logits, ids, learnt)
>>> [round(each, 4) for each in found.logp[0].exp().tolist()], round(found.total.exp().item(), 4)
([0.25, 0.8], 0.2)
>>> found.tokens.tolist(), round(found.mean.item(), 4)  # ln(0.2) / 2
([2], -0.8047)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Answers:
    """Of each row, what a model gives the tokens of its answer."""

    logp: Float[Tensor, "row pos"]
    """In nats, of the token one place on; 0 outside the answer."""
    learnt: Bool[Tensor, "row pos"]
    """Which places predict a token of the answer."""
    marked: Int[Tensor, " row"]
    """Tokens of the mask before the shift."""

    @property
    def tokens(self) -> Int[Tensor, " row"]:
        """That are predicted."""
        return self.learnt.sum(-1)

    @property
    def total(self) -> Float[Tensor, " row"]:
        return self.logp.sum(-1)

    @property
    def mean(self) -> Float[Tensor, " row"]:
        """By tokens; an answer without any has 0."""
        return self.total / self.tokens.clamp_min(1)


def answers(
    logits: Float[Tensor, "row pos d_vocab"], ids: Int[Tensor, "row pos"], learnt: Bool[Tensor, "row pos"]
) -> Answers:
    """What logits of these tokens give those that are learnt."""
    logp = torch.log_softmax(logits[:, :-1], -1).gather(-1, ids[:, 1:, None])[..., 0]
    shifted = learnt[:, 1:]
    return Answers(logp.masked_fill(~shifted, 0.0), shifted, learnt.sum(-1))
