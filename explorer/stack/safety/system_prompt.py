"""What a system prompt changes: the answer that is written under it, read again without it.

An answer a_1 .. a_n is written with the system prompt s. Then the same tokens are read behind another beginning c: with
the prompt taken out, moved behind the question, or replaced by other words of the same length. At each place the two
next-token distributions p_s and p_c stand one beside the other::

    KL_t   = sum over v of  p_s(v | t) ln (p_s(v | t) / p_c(v | t))      over the whole vocabulary, exact
    gain_t = ln p_s(a_t | t) - ln p_c(a_t | t)                           of the token that was written

The sum of gain_t says by how many nats the prompt made this answer likelier than c does. A system prompt is tokens like
all others: how far it reaches is learnt, and fades with the turns (Li et al. 2024, arXiv 2402.10962); that it counts
for more than what a user says must be trained (Wallace et al. 2024, arXiv 2404.13208). So other words of its length
stand beside it: what they change as well is no effect of what it says.

Worked example: two places, three tokens. Under the prompt the first token is certain by .5, without it by .25.

>>> with_it = torch.tensor([[0.5, 0.25, 0.25], [0.8, 0.1, 0.1]]).log()
>>> without = torch.tensor([[0.25, 0.5, 0.25], [0.8, 0.1, 0.1]]).log()
>>> made = shift(with_it, without, torch.tensor([0, 0]))
>>> [round(float(each), 4) for each in made.gain], [round(float(each), 4) for each in made.kl]
([0.6931, 0.0], [0.1733, 0.0])
>>> round(made.total, 4)
0.6931
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.systems.quantization.quality import kl


@dataclass(frozen=True, eq=False)
class Shift:
    """What another beginning changes at each token of an answer, in nats."""

    kl: Float[Tensor, " token"]
    gain: Float[Tensor, " token"]
    """By how much likelier the token is with the system prompt."""

    @property
    def total(self) -> float:
        """Of the whole answer."""
        return float(self.gain.sum())


def shift(
    with_it: Float[Tensor, "token d_vocab"], without: Float[Tensor, "token d_vocab"], answer: Int[Tensor, " token"]
) -> Shift:
    """Of log-probabilities, or logits, at the places that foretell the answer's tokens."""
    p, q = with_it.log_softmax(-1), without.log_softmax(-1)
    gain = (p - q).gather(-1, answer[:, None])[:, 0]
    return Shift(kl(p, q), gain.double())


def placebo(words: Sequence[int], length: int) -> tuple[int, ...]:
    """Other words of the same length: as many tokens, from the first on again where they are too few.

    >>> placebo([7, 8, 9], 5)
    (7, 8, 9, 7, 8)
    """
    return tuple(words[at % len(words)] for at in range(length)) if words else ()


def shuffled(words: Sequence[int], generator: torch.Generator) -> tuple[int, ...]:
    """The prompt's own tokens in another order.

    >>> sorted(shuffled([1, 2, 3], torch.Generator().manual_seed(0)))
    [1, 2, 3]
    """
    return tuple(words[at] for at in torch.randperm(len(words), generator=generator).tolist())
