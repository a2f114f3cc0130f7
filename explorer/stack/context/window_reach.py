"""The reach of sliding windows: how far back the last of many blocks can know, though each looks a window back only.

A query of a sliding-window layer reads itself and the W - 1 keys before it (Beltagy et al. 2020, arXiv 2004.05150).
What those keys know came from W - 1 further back, one block earlier: after L blocks a token can be told of

    L (W - 1)     positions back, commonly rounded to L W    (Jiang et al. 2023, Mistral 7B, arXiv 2310.06825)

A block without a window (Gemma's every sixth) reads everything. It is a bound, and says nothing of how much arrives.

The same from the masks themselves: with M_l the [query key] mask of block l, a token is reached at depth l if a path
leads to it, ``R_l = (M_l or I) R_(l-1)``, where the I is the stream that is passed on.

Worked example: two blocks of window 3 reach four back, a third without one reaches all.

>>> reach((3, 3)), reach((3, 3, None))
((0, 2, 4), (0, 2, 4, inf))
>>> [int(row[0]) for row in reached(masks((3, 3), 7))[-1]]
[1, 1, 1, 1, 1, 0, 0]
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool
from torch import Tensor

from explorer.stack.transformer.attention import Visibility


def reach(windows: Sequence[int | None]) -> tuple[int | float, ...]:
    """How many positions back a token can know of, at each depth: 0 is the embedding, l + 1 after block l."""
    found: list[int | float] = [0]
    for window in windows:
        found.append(math.inf if window is None else found[-1] + window - 1)
    return tuple(found)


def masks(windows: Sequence[int | None], n: int) -> list[Bool[Tensor, "query key"]]:
    """Each block's mask, as the decoder makes it of positions."""
    at = torch.arange(n)[None]
    seen = {window: Visibility.of(at, at, window).dense(n, n) for window in set(windows)}
    every = torch.ones(n, n, dtype=torch.bool)
    return [every if (mask := seen[window]) is None else mask[0, 0] for window in windows]


def reached(masks: Sequence[Bool[Tensor, "query key"]]) -> list[Bool[Tensor, "query key"]]:
    """At each depth, which keys' tokens each query can have been told of: the masks' product."""
    now = torch.eye(len(masks[0]), dtype=torch.bool)
    found = [now]
    for mask in masks:
        now = ((mask | torch.eye(len(mask), dtype=torch.bool)).float() @ now.float()) > 0
        found.append(now)
    return found
