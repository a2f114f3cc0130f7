"""Prefix language modelling: a prefix is read both ways, and the rest is written after it.

(Liu et al. 2018, arXiv 1801.10198; T5's figure 4, Raffel et al. 2019.) The text is cut at a random place P:

    L = - 1/(T-P)  sum over t = P+1..T of  ln p(x_t | x_1 .. x_{t-1}),   x_1 .. x_P see one another

Half of the text gives a loss on average. A causal model that reads the same row loses the same per token as under CLM:
only which tokens are counted differs.

>>> made = prefix_lm(torch.tensor([5, 6, 7, 8]), 2)
>>> made.targets.tolist(), made.attends.sum(1).tolist()
([[-100, 7, 8, -100]], [2, 2, 3, 4])
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.pretraining.objectives.example import IGNORED, NOWHERE, Example, next_tokens, prefix_mask


def prefix_lm(text: Int[Tensor, " token"], prefix: int) -> Example:
    """`prefix`: tokens that are read and not written. Raises ValueError where it is not in the text."""
    if not 0 < prefix <= len(text):
        raise ValueError(f"a text of {len(text)} tokens has no prefix of {prefix}")
    places = torch.arange(len(text))
    counts = places >= prefix - 1  # the prefix's last token predicts the first of the rest
    return Example(
        inputs=text,
        targets=next_tokens(text).where(counts, IGNORED)[None],
        places=places,
        wanted=next_tokens(places, fill=NOWHERE).where(counts, NOWHERE)[None],
        attends=prefix_mask(len(text), prefix),
    )


def drawn_prefix(tokens: int, generator: torch.Generator | None = None) -> int:
    """A length from 1 to one less than the text, each as likely; 1 for a text of one token."""
    return int(torch.randint(1, max(tokens, 2), (), generator=generator))
