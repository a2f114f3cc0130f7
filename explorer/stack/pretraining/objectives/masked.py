"""Masked language modelling (MLM): some tokens are hidden, and the model says what stood there.

BERT (Devlin et al. 2018, arXiv 1810.04805, section 3.1). Each token is chosen with probability .15, special ones never.
Of the chosen ones 80% become [MASK], 10% a random token of the vocabulary, 10% stay as they are; the loss is over the
chosen ones alone, and every position sees all:

    L = - 1/|C|  sum over t in C of  ln p(x_t | corrupted text)

A random token may be the right one by chance. The draws are taken in the order in which transformers'
`DataCollatorForLanguageModeling` takes them, so that one seed gives the same example in both.

Of the four chosen below, two are hidden, one is random and one stays:

>>> text = torch.arange(10, 20)
>>> made = masked(text, mask=99, d_vocab=50, rate=0.4, generator=torch.Generator().manual_seed(29))
>>> made.inputs.tolist()
[10, 11, 12, 13, 14, 26, 99, 17, 18, 99]
>>> made.targets[0].tolist()
[10, -100, -100, -100, -100, 15, 16, -100, -100, 19]
>>> torch.equal(unmasked(made), text)
True
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from explorer.stack.pretraining.objectives.example import IGNORED, NOWHERE, Example, full_mask

RATE = 0.15
#: Of the chosen tokens.
MASKED, RANDOM = 0.8, 0.1


def masked(
    text: Int[Tensor, " token"],
    mask: int,
    d_vocab: int,
    rate: float = RATE,
    generator: torch.Generator | None = None,
    special: Bool[Tensor, " token"] | None = None,
) -> Example:
    """`mask`: the id of [MASK]; `special`: tokens that are never chosen."""

    def drawn(chance: float) -> Bool[Tensor, " token"]:
        return torch.bernoulli(torch.full(text.shape, chance), generator=generator).bool()

    chances = torch.full(text.shape, rate)
    if special is not None:
        chances = chances.masked_fill(special, 0.0)
    chosen = torch.bernoulli(chances, generator=generator).bool()
    hidden = chosen & drawn(MASKED)
    random = chosen & ~hidden & drawn(RANDOM / (1 - MASKED))
    words = torch.randint(d_vocab, text.shape, generator=generator)
    places = torch.arange(len(text))
    return Example(
        inputs=text.masked_fill(hidden, mask).where(~random, words),
        targets=text.where(chosen, IGNORED)[None],
        places=places,
        wanted=places.where(chosen, NOWHERE)[None],
        attends=full_mask(len(text)),
    )


def unmasked(made: Example) -> Int[Tensor, " token"]:
    """The text again: targets where there are some, inputs elsewhere."""
    return made.targets[0].where(made.counted[0], made.inputs)
