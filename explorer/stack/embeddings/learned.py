"""Learned positions: a table with one trained vector for each position, added to the token's embedding.

``x_m = W_E[token] + W_pos[m]`` (Gehring et al. 2017, arXiv 1705.03122; GPT-2, Radford et al. 2019). Nothing ties one
row to the next but training, and there is no row past the last: a longer text cannot be read at all.

Worked example: a table of three positions of two coordinates.

>>> table = LearnedPositions(3, 2)
>>> _ = table.weight.data.copy_(torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
>>> table(torch.tensor([2, 0])).tolist()
[[4.0, 5.0], [0.0, 1.0]]
>>> table(torch.tensor([3]))
Traceback (most recent call last):
explorer.errors.PromptTooLongError: Position 3 is past the 3 that this model has learned. Shorten the text.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import PromptTooLongError


class LearnedPositions(nn.Module):
    """The table. `offset` rows at its start belong to no position (OPT has two)."""

    def __init__(self, n_ctx: int, d_model: int, offset: int = 0, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.offset = offset
        self.weight = nn.Parameter(torch.randn(n_ctx + offset, d_model, generator=generator) * 0.02)

    @property
    def n_ctx(self) -> int:
        """Positions that have a row."""
        return self.weight.shape[0] - self.offset

    def forward(self, positions: Int[Tensor, "*batch pos"]) -> Float[Tensor, "*batch pos d_model"]:
        """Rows of these positions; a negative position (padding) gets the first row, which nobody reads.

        Raises PromptTooLongError for a position past the table.
        """
        if positions.numel() and (last := int(positions.max())) >= self.n_ctx:
            raise PromptTooLongError(
                f"Position {last} is past the {self.n_ctx} that this model has learned.",
                "Shorten the text.",
                tokens=last + 1,
                limit=self.n_ctx,
            )
        return nn.functional.embedding(positions.clamp(min=0) + self.offset, self.weight)
