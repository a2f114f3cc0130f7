"""Vectors kept as bytes: 384 numbers in 384 bytes, a quarter of float32.

Each vector is divided by its largest amount and rounded to whole numbers from -127 to 127 (symmetric scalar
quantization, as vector stores offer it)::

    scale = max |v| / 127           numbers = round(v / scale)          v ≈ numbers · scale

A number is off by at most half a scale. For vectors of length 1 the product of two is then off by about 10^-3.

>>> kept = stored(torch.tensor([[0.6, -0.8], [1.0, 0.0]]))
>>> kept.numbers.tolist()
[[95, -127], [127, 0]]
>>> [round(each, 4) for each in kept.vectors()[0].tolist()]
[0.5984, -0.8]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int8
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Stored:
    """Vectors as bytes."""

    numbers: Int8[Tensor, "text d_model"]
    scale: Float[Tensor, " text"]

    def vectors(self) -> Float[Tensor, "text d_model"]:
        """What is left of the vectors."""
        return self.numbers.float() * self.scale[:, None]


def stored(vectors: Float[Tensor, "text d_model"]) -> Stored:
    """The vectors as bytes. A vector of zeros stays one."""
    scale = vectors.abs().amax(1).clamp(min=torch.finfo(torch.float32).tiny) / 127  # text
    return Stored((vectors / scale[:, None]).round().to(torch.int8), scale)
