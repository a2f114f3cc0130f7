"""What a tile of scores may show: which keys each of its queries sees, and what is added to its scores.

Attention that never holds the [query key] square cannot be given one. `TileMask` says what belongs to any tile of it
from positions alone: causal order, a sliding window (Beltagy et al. 2020, arXiv 2004.05150), ALiBi's slopes (Press et
al. 2021, arXiv 2108.12409), a soft cap on scores (Gemma 2, arXiv 2408.00118). A mask or bias that exists as a tensor
is cut to the tile. FlexAttention calls the same two things mask_mod and score_mod (Dong et al. 2024, arXiv 2412.05496)
and, as here, asks of each tile whether it may be skipped::

    score = cap tanh(q k^T scale / cap) + bias[query, key],   -inf where the key may not be seen

`shift` is where query 0 stands among the keys. Queries are commonly the last of the positions: n_key - n_query. Where
keys are a part of all, of a split cache or another machine, it may be negative.

Worked example: six positions, causal, a window of 3, in tiles of 2. The tile of queries 4 and 5 with keys 0 and 1 is
too far back for both; with keys 2 and 3 it is seen in part.

>>> mask = TileMask(causal=True, window=3)
>>> [mask.seen(slice(4, 6), slice(at, at + 2), shift=0) for at in (0, 2, 4)]
['none', 'some', 'some']
>>> mask.visible(slice(4, 6), slice(2, 4), shift=0).tolist()
[[True, True], [False, True]]
>>> TileMask(causal=True).seen(slice(4, 6), slice(0, 2), shift=0)
'all'
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.embeddings import alibi

Seen = Literal["none", "some", "all"]


@dataclass(frozen=True, eq=False)
class TileMask:
    """Which keys are visible and what is added to their scores, for any tile."""

    causal: bool = False
    window: int | None = None
    """A query sees this many positions back, itself counted."""
    slopes: Float[Tensor, " head"] | None = None
    """ALiBi's penalty a position, for each query head."""
    cap: float | None = None
    mask: Bool[Tensor, "#batch #head query key"] | None = None
    """True where a key may be seen, beside what the others say."""
    bias: Float[Tensor, "#batch #head query key"] | None = None

    def seen(self, rows: slice, columns: slice, shift: int) -> Seen:
        """How much of a tile is visible: "none" may be skipped, "all" needs no mask."""
        if self.mask is not None:
            part = self.mask[..., rows, columns]
            if not bool(part.any()):
                return "none"
        first, last = rows.start + shift, rows.stop - 1 + shift  # the queries' positions
        if self.causal and columns.start > last:
            return "none"
        if self.window is not None and first - (columns.stop - 1) >= self.window:
            return "none"
        whole = not self.causal or columns.stop - 1 <= first
        whole = whole and (self.window is None or last - columns.start < self.window)
        return "all" if whole and (self.mask is None or bool(self.mask[..., rows, columns].all())) else "some"

    def visible(
        self, rows: slice, columns: slice, shift: int, device: torch.device | None = None
    ) -> Bool[Tensor, "*#batch_head row column"]:
        """True where the tile's query sees the tile's key. `device`: None means the CPU."""
        query = torch.arange(rows.start, rows.stop, device=device)[:, None] + shift
        key = torch.arange(columns.start, columns.stop, device=device)[None, :]
        seen = torch.ones(len(query), key.shape[1], dtype=torch.bool, device=device)  # row column
        if self.causal:
            seen &= key <= query
        if self.window is not None:
            seen &= query - key < self.window
        return seen if self.mask is None else seen & self.mask[..., rows, columns]

    def scores(
        self, products: Float[Tensor, "batch head row column"], rows: slice, columns: slice, shift: int
    ) -> Float[Tensor, "batch head row column"]:
        """Scaled products made into scores: bent, biased, and -inf where nothing may be seen."""
        scores = products if self.cap is None else self.cap * torch.tanh(products / self.cap)
        if self.slopes is not None:
            query = torch.arange(rows.start, rows.stop, device=scores.device) + shift
            slopes = self.slopes.to(alibi.at_least_single(scores.dtype))
            scores = scores + alibi.bias(slopes, query, torch.arange(columns.start, columns.stop, device=scores.device))
        if self.bias is not None:
            scores = scores + self.bias[..., rows, columns]
        if self.seen(rows, columns, shift) != "all":
            scores = scores.masked_fill(~self.visible(rows, columns, shift, scores.device), -math.inf)
        return scores

    def of_heads(self, batch: int, heads: slice) -> TileMask:
        """The same for one sequence of the batch and some of its query heads."""

        def part(held: Tensor | None) -> Tensor | None:
            if held is None:
                return None
            held = held[batch : batch + 1] if len(held) > 1 else held
            return held[:, heads] if held.shape[1] > 1 else held

        slopes = None if self.slopes is None else self.slopes[heads]
        return replace(self, slopes=slopes, mask=part(self.mask), bias=part(self.bias))

    def bent(
        self, products: Float[Tensor, "batch head row column"], gradient: Float[Tensor, "batch head row column"]
    ) -> Float[Tensor, "batch head row column"]:
        """The gradient with respect to the scaled products, from that with respect to the scores: the cap's slope."""
        return gradient if self.cap is None else gradient * (1 - torch.tanh(products / self.cap).square())


def blocks(length: int, size: int) -> list[slice]:
    """0 .. length in blocks of `size`, the last one as short as it must be.

    >>> blocks(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    if size < 1:
        raise ValueError(f"a block of {size} holds nothing")
    return [slice(at, min(at + size, length)) for at in range(0, length, size)]
