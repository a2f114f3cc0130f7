"""Span corruption as an encoder-decoder is trained on it; `span_corruption` cuts the text.

T5 (Raffel et al. 2019, arXiv 1910.10683). The encoder reads the source both ways. The decoder reads the target, moved
one position to the right behind a start token, and says the target:

    L = - 1/|target|  sum over t of  ln p(target_t | source, target_1 .. target_{t-1})

Both stand here in one row, the source first. The mask between them is that of a prefix LM: source positions see the
source, target positions see the source (by cross-attention) and the target up to themselves.

>>> text = torch.arange(10, 21)
>>> noise = torch.tensor([0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]).bool()
>>> made = spans(text, noise, sentinels=(99, 98, 97), start=0, end=1)
>>> made.inputs.tolist()
[10, 11, 99, 14, 15, 16, 17, 98, 19, 20, 1, 0, 99, 12, 13, 98, 18]
>>> made.targets[0, 11:].tolist()
[99, 12, 13, 98, 18, 1]
>>> torch.equal(put_together(made, (99, 98, 97)), text)
True
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from explorer.stack.pretraining.objectives.example import IGNORED, NOWHERE, Example, prefix_mask
from explorer.stack.pretraining.span_corruption import corrupted, restored


def spans(
    text: Int[Tensor, " token"], noise: Bool[Tensor, " token"], sentinels: Sequence[int], start: int, end: int
) -> Example:
    """`noise`: the tokens that are cut out; `start`: what the decoder reads first; `end`: what closes both parts."""
    cut = corrupted(text, noise, sentinels)
    # Places are cut as the text is; no sentinel is a place.
    where = corrupted(torch.arange(len(text)), noise, tuple(-1 - each for each in range(len(sentinels))))
    source, target = (part.clamp(min=NOWHERE) for part in (where.source, where.target))
    one, none = text.new_tensor, torch.tensor([NOWHERE])
    n = len(source) + 1
    return Example(
        inputs=torch.cat([cut.source, one([end, start]), cut.target]),
        targets=torch.cat([text.new_full((n,), IGNORED), cut.target, one([end])])[None],
        places=torch.cat([source, none, none, target]),
        wanted=torch.cat([torch.full((n,), NOWHERE), target, none])[None],
        attends=prefix_mask(n + len(target) + 1, n),
    )


def put_together(made: Example, sentinels: Sequence[int]) -> Int[Tensor, " token"]:
    """The text again, by the sentinels in inputs and targets alone."""
    n = int((~made.counted[0]).sum())
    return restored(made.inputs[: n - 1], made.targets[0, n:-1], sentinels)
