"""A batch of an encoder-decoder: rows of a source and a target each, filled up to one length.

>>> pairs = padded([[5, 6, 1], [7, 1]], [[8, 1], [9, 9, 1]])
>>> pairs.source.tolist(), pairs.positions.tolist(), pairs.targets
([[5, 6, 1], [7, 1, 0]], [[0, 1, 2], [0, 1, -1]], 5)
>>> pairs.read().tolist()  # what the decoder is given: the target, a place later, behind the start token
[[0, 8, 1], [0, 9, 9]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

PAD = 0
"""Fills the rows; T5 also starts the decoder with it."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows filled up with `PAD`. Every source and target ends with the end token."""

    source: Int[Tensor, "row source"]
    target: Int[Tensor, "row target"]

    def __len__(self) -> int:
        return len(self.source)

    @property
    def positions(self) -> Int[Tensor, "row source"]:
        """0, 1, .. and -1 at padding."""
        return torch.arange(self.source.shape[1]).expand(self.source.shape).where(self.source != PAD, -1)

    @property
    def targets(self) -> int:
        """Tokens to be written."""
        return int((self.target != PAD).sum())

    def read(self) -> Int[Tensor, "row target"]:
        """What the decoder reads while it writes the target."""
        return torch.cat([torch.full_like(self.target[:, :1], PAD), self.target[:, :-1]], 1)

    def split(self, rows: int) -> list[Pairs]:
        """In batches of so many rows, without the columns that are padding in all of them."""
        parts = zip(self.source.split(rows), self.target.split(rows), strict=True)
        return [Pairs(_trimmed(source), _trimmed(target)) for source, target in parts]


def _trimmed(ids: Int[Tensor, "row pos"]) -> Int[Tensor, "row shorter"]:
    return ids[:, : int((ids != PAD).sum(1).max())]


def padded(sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> Pairs:
    """Pairs of lists as one batch."""
    rows = [[torch.tensor(row) for row in side] for side in (sources, targets)]
    return Pairs(*(pad_sequence(side, batch_first=True, padding_value=PAD) for side in rows))
