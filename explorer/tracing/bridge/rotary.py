"""Rotary positions undone: the queries and keys as they were before they were turned.

RoPE (Su et al. 2021, arXiv 2104.09864) turns each pair of coordinates (i, i + d/2) by an angle that grows with the
position; in Hugging Face's layout ``rotated = x * cos + rotate_half(x) * sin`` with rotate_half([a, b]) = [-b, a].
Turning by the opposite angle gives x back; YaRN's attention factor, if the table carries one, is divided out.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Rotation:
    """One rotary table."""

    cos: Float[Tensor, "pos d_rotary"]
    sin: Float[Tensor, "pos d_rotary"]

    @classmethod
    def none(cls, positions: int) -> Rotation:
        return cls(torch.ones(positions, 0), torch.zeros(positions, 0))

    def apply(self, x: Float[Tensor, "pos heads d_head"]) -> Float[Tensor, "pos heads d_head"]:
        """The vectors after rotation; coordinates beyond the table's width are not turned.

        >>> angle = torch.tensor([[0.5, 0.5]])
        >>> x = Rotation(angle.cos(), angle.sin()).apply(torch.tensor([[[1.0, 0.0]]]))
        >>> [round(float(i), 4) for i in x.flatten()]
        [0.8776, 0.4794]
        """
        d_rotary = self.cos.shape[-1]
        if d_rotary == 0:
            return x
        turned, rest = x[..., :d_rotary], x[..., d_rotary:]
        a, b = turned.chunk(2, -1)
        turned = turned * self.cos[:, None] + torch.cat([-b, a], -1) * self.sin[:, None]  # pos heads d_rotary
        return torch.cat([turned, rest], -1)

    def undo(self, rotated: Float[Tensor, "pos heads d_head"]) -> Float[Tensor, "pos heads d_head"]:
        """The vectors before rotation. Coordinates beyond the table's width were never turned.

        >>> angle = torch.tensor([[0.5, 0.5]])
        >>> x = Rotation(angle.cos(), angle.sin()).undo(torch.tensor([[[0.8776, 0.4794]]]))
        >>> [round(abs(float(i)), 3) for i in x.flatten()]
        [1.0, 0.0]
        """
        d_rotary = self.cos.shape[-1]
        if d_rotary == 0:
            return rotated
        turned, rest = rotated[..., :d_rotary], rotated[..., d_rotary:]
        cos, sin = self.cos[:, None], self.sin[:, None]  # pos 1 d_rotary
        a, b = turned.chunk(2, -1)
        back = (turned * cos - torch.cat([-b, a], -1) * sin) / (cos**2 + sin**2)
        return torch.cat([back, rest], -1)
