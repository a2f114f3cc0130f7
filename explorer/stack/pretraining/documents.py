"""Rows that hold documents: which targets give a loss, and which keys a query may read.

Each document begins with `BEGIN`; the next document's is the end of the one before it. What is left of a row is padded
with it:

    d(i)         = how often BEGIN stands at or before i          the document of position i
    i reads j    where j <= i                                     without a mask
                 where j <= i and d(j) = d(i)                     with one
    i's target   counts unless it and the token before it are BEGIN: that is padding

Krell et al. 2021 (arXiv 2107.02027) call what a missing mask lets through cross-contamination. A rotation by position
(RoPE) sees differences of positions alone, so that with the mask a document costs what it costs in a row of its own.

Two documents of two tokens and their marks; the last place is padding:

>>> row = torch.tensor([[BEGIN, 5, 6, BEGIN, 7, 8, BEGIN, BEGIN]])
>>> document_of(row).tolist()
[[0, 0, 0, 1, 1, 1, 2, 3]]
>>> counts(row).tolist()  # of the targets: the second to the last token
[[True, True, True, True, True, True, False]]
>>> reads(row[:, :6])[0, 0].int().sum(1).tolist(), over_borders(row[:, :6])
([1, 2, 3, 1, 2, 3], 9)
"""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from explorer.stack.transformer.attention import Attended, Bias, Hook, Kernel, Visibility, eager, sdpa, unchanged

#: The id that stands before each document.
BEGIN = 0


def document_of(ids: Int[Tensor, "row pos"]) -> Int[Tensor, "row pos"]:
    """The number of each position's document in its row."""
    return (ids == BEGIN).cumsum(-1) - 1


def counts(windows: Int[Tensor, "row pos"]) -> Bool[Tensor, "row target"]:
    """Whether the tokens from the second on are targets, or padding."""
    return ~((windows[:, 1:] == BEGIN) & (windows[:, :-1] == BEGIN))


def reads(ids: Int[Tensor, "row pos"]) -> Bool[Tensor, "row 1 query key"]:
    """The mask between documents, in causal order."""
    of = document_of(ids)
    place = torch.arange(ids.shape[1], device=ids.device)
    return ((of[:, :, None] == of[:, None]) & (place[:, None] >= place))[:, None]


def over_borders(ids: Int[Tensor, "row pos"]) -> int:
    """Pairs of query and key of two documents that causal order alone lets through."""
    places = ids.shape[1]
    return ids.shape[0] * places * (places + 1) // 2 - int(reads(ids).sum())


def within(ids: Int[Tensor, "row pos"]) -> Kernel:
    """An attention kernel that reads nothing over a border of these rows."""
    return _Within(reads(ids))


class _Within:
    def __init__(self, mask: Bool[Tensor, "row 1 query key"]) -> None:
        self.mask = mask

    def __call__(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        visible: Visibility,
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,
        on_pattern: Hook = unchanged,
    ) -> Attended:
        seen = visible.dense(q.shape[2], k.shape[2], q.device)
        mask = self.mask if seen is None else self.mask & seen
        kept = replace(visible, mask=mask, causal=False, window=None)
        kernel = sdpa if on_scores is unchanged and on_pattern is unchanged else eager
        return kernel(q, k, v, kept, scale, bias, cap, on_scores, on_pattern)
