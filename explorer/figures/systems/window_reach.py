"""The cone of a token's influence: how far windows let it come, and how much of it arrives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.experiments.systems.window_reach import Reached
from explorer.figures.payload import Payload
from explorer.stack.context.window_reach import masks, reach, reached

#: A change of the stream by less than this share counts as little.
LITTLE = 0.01


@dataclass(frozen=True, kw_only=True)
class WindowReach(Payload):
    """One token's influence on all that follow, at every depth."""

    source: int
    replaced_by: list[int]
    windows: list[int | None]
    """One a block; None sees everything."""
    own: bool
    """Whether they are the model's own."""
    has_own: bool
    """Whether the model's own windows are shorter than this text."""
    bound: list[int]
    """How far the formula lets it come at each depth, at most to the last position."""
    change: Float[Tensor, "depth pos"]
    """|x' - x| / |x| from the token's own position on."""
    farthest: list[int]
    """How far any number has changed, at each depth."""
    felt: list[int]
    """How far the change is at least `little`, at each depth."""
    little: float
    kl: Float[Tensor, " pos"]
    whole: Float[Tensor, " pos"] | None
    """The last depth's change without any window."""
    whole_kl: Float[Tensor, " pos"] | None


def bites(windows: Sequence[int | None], n: int) -> bool:
    """Whether a block does not see a whole text of so many tokens."""
    return any(window is not None and window < n for window in windows)


def window_reach(made: Reached, own: bool, of_model: Sequence[int | None]) -> WindowReach:
    found = made.windowed
    n = found.change.shape[1]
    return WindowReach(
        source=found.source,
        replaced_by=found.replaced_by,
        windows=list(made.windows),
        own=own,
        has_own=bites(of_model, n),
        bound=[int(min(far, n - 1)) for far in reach(made.windows)],
        change=found.change,
        farthest=[_last(row) for row in found.touched],
        felt=[_last(row >= LITTLE) for row in found.change],
        little=LITTLE,
        kl=found.kl,
        whole=made.whole.change[-1] if made.whole else None,
        whole_kl=made.whole.kl if made.whole else None,
    )


def beyond(made: Reached) -> float:
    """The largest change beyond what the formula lets through, over all depths: nothing may be there."""
    found = made.windowed
    distance = torch.arange(found.change.shape[1])
    outside = torch.stack([distance > far for far in reach(made.windows)])  # depth pos
    return float(found.change.masked_fill(~outside, 0).max())


def mask_differences(windows: Sequence[int | None], n: int) -> int:
    """Pairs of positions at which the product of the real masks and the formula disagree, over all depths."""
    back = torch.arange(n)[:, None] - torch.arange(n)
    told = zip(reach(windows), reached(masks(windows, n)), strict=True)
    return sum(int((found != ((back >= 0) & (back <= far))).sum()) for far, found in told)


def likely_window(n: int, n_layers: int, windows: Sequence[int]) -> int:
    """Of some windows one whose reach about fills the text: with it the whole cone is in the picture.

    >>> known = (2, 4, 8, 16, 32)
    >>> likely_window(26, 30, known), likely_window(400, 30, known)
    (2, 16)
    """
    wanted = n / n_layers + 1
    return min(windows, key=lambda window: abs(math.log(window / wanted)))


def _last(row: Bool[Tensor, " pos"]) -> int:
    """The last place that is true; 0 where none is."""
    at = row.nonzero()
    return int(at[-1]) if len(at) else 0
