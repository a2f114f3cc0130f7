"""The witness of a long run: what was read of its attention and logits while it ran.

Such a run keeps neither (see long_run.py). What is made again of them must agree with this, which was made of the real
ones as they passed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.worst import worst

#: Tokens a side of the squares whose largest weights are kept.
SQUARE = 16


@dataclass(frozen=True, eq=False)
class Witness:
    """What was read of a long run while it ran: what is made again must agree with it."""

    maxima: Float[Tensor, "layer head cell cell"]
    """The largest weight of each square of `SQUARE` tokens a side."""
    sums: Float[Tensor, "layer head pos"]
    entropy_bits: Float[Tensor, "layer head pos"]
    first: Float[Tensor, "layer head pos"]
    """Each row's weight on the first token."""
    previous: Float[Tensor, "layer head pos"]
    """Each row's weight on the token before; 0 for the first row."""
    ids: Int[Tensor, "pos k"]
    logits: Float[Tensor, "pos k"]
    probabilities: Float[Tensor, "pos k"]
    pre: Float[Tensor, "layer pos"] | None = None
    """The largest pre-activation of each MLP; None where they are kept whole, or there are none."""

    def pattern_error(self, layer: int, head: int, pattern: Float[Tensor, "query key"]) -> float:
        """The largest difference between a map made again and what was read of the real one."""
        made = row_facts(pattern[None])
        own = (self.sums, self.entropy_bits, self.first, self.previous)
        rows = worst(float((a[0] - b[layer, head]).abs().max()) for a, b in zip(made, own, strict=True))
        squares = square_maxima(pattern[None])[0] - self.maxima[layer, head]
        return worst(rows, float(squares.abs().max()))

    def weights_error(
        self, layers: list[int], heads: list[int], queries: list[int], made: Float[Tensor, "layer head row key"]
    ) -> float:
        """The largest difference of these rows' weights on the first and the previous token: cheap, and telling, as
        each depends on all scores of its row."""
        at = torch.tensor(layers)[:, None, None], torch.tensor(heads)[:, None], torch.tensor(queries)
        before = (at[2] - 1).clamp_min(0)
        previous = made.gather(-1, before.expand(made.shape[:-1])[..., None])[..., 0] * (at[2] > 0)
        return worst(_far(made[..., 0], self.first[at]), _far(previous, self.previous[at]))

    def logits_error(self, positions: list[int], made: Float[Tensor, "row d_vocab"]) -> float:
        """The largest difference of a logit of the likeliest tokens."""
        return _far(made.gather(-1, self.ids[positions]), self.logits[positions])

    def pre_error(self, layers: list[int], positions: list[int], made: Float[Tensor, "layer row d_mlp"]) -> float:
        """The largest difference of a position's largest pre-activation."""
        assert self.pre is not None
        return _far(made.amax(-1), self.pre[layers][:, positions])


def _far(made: Tensor, read: Tensor) -> float:
    return float((made - read).abs().max()) if made.numel() else 0.0


def row_facts(rows: Float[Tensor, "head query key"], start: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of each row: sum, entropy in bits, weight on the first token, weight on the one before. `start`: first query."""
    previous = torch.zeros(rows.shape[:2])
    at = torch.arange(max(1, start), start + rows.shape[1])
    previous[:, at - start] = rows[:, at - start, at - 1]
    entropy = torch.special.entr(rows).sum(-1) / math.log(2)
    return rows.double().sum(-1).float(), entropy, rows[..., 0].clone(), previous


def square_maxima(rows: Float[Tensor, "head query key"]) -> Float[Tensor, "head cell key_cell"]:
    """The largest weight in each square of `SQUARE` a side."""
    return F.max_pool2d(rows[None], SQUARE, ceil_mode=True)[0]
