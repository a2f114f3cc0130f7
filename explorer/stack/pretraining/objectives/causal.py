"""Causal language modelling (CLM): each token is predicted from those before it.

    L = - 1/(T-1)  sum over t = 2..T of  ln p(x_t | x_1 .. x_{t-1})

(Radford et al. 2018, GPT.) All positions but the last give a loss, in one pass: the mask keeps the future out of sight.

A trap: transformers' causal models shift the labels themselves. Who passes labels that are shifted already trains the
model to say the token after the next one (`shifted_twice`), and no error is raised.

>>> text = torch.tensor([5, 6, 7, 8])
>>> made = causal(text)
>>> made.inputs.tolist(), made.targets.tolist(), made.share
([5, 6, 7, 8], [[6, 7, 8, -100]], 0.75)
>>> shifted_twice(text).tolist()
[7, 8, -100, -100]
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.pretraining.objectives.example import IGNORED, NOWHERE, Example, causal_mask, next_tokens


def causal(text: Int[Tensor, " token"]) -> Example:
    """The text, and beside each token the next one."""
    places = torch.arange(len(text))
    return Example(
        inputs=text,
        targets=next_tokens(text)[None],
        places=places,
        wanted=next_tokens(places, fill=NOWHERE)[None],
        attends=causal_mask(len(text)),
    )


def shifted_twice(text: Int[Tensor, " token"]) -> Int[Tensor, " token"]:
    """The targets where labels that are shifted already are shifted once more."""
    return next_tokens(next_tokens(text), fill=IGNORED)
