"""What a vision transformer's patches read, and which of them it takes for alike."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int8
from torch import Tensor

from explorer.stack.architectures.vision_transformer import patches_of


def alike(states: Float[Tensor, "pos d_model"]) -> Int8[Tensor, "pos pos"]:
    """127 times the cosine of each pair of states.

    >>> alike(torch.tensor([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.0]])).tolist()
    [[127, 0, -127], [0, 127, 0], [-127, 0, 127]]
    """
    unit = torch.nn.functional.normalize(states, dim=-1)
    return (unit @ unit.T * 127).round().clamp(-127, 127).to(torch.int8)


def put_together(
    squares: Float[Tensor, "patch pixel"], patch: int, grid: tuple[int, int]
) -> Float[Tensor, "channel height width"]:
    """The picture again from its patches: the inverse of `patches_of`."""
    rows, columns = grid
    parts = squares.unflatten(0, grid).unflatten(-1, (-1, patch, patch))  # row column channel patch patch
    return parts.permute(2, 0, 3, 1, 4).reshape(-1, rows * patch, columns * patch)


def cutting_error(pixels: Float[Tensor, "channel height width"], patch: int, grid: tuple[int, int]) -> float:
    """How far the patches, put together, are from the picture: nothing is lost by cutting."""
    return float((put_together(patches_of(pixels[None], patch)[0], patch, grid) - pixels).abs().max())


def peaks(wave: Float[Tensor, " sample"], bins: int) -> Float[Tensor, "bin end"]:
    """The lowest and highest sample of each bin: what a waveform shows.

    >>> peaks(torch.tensor([0.0, 1.0, -1.0, 0.5, 0.25]), 2).tolist()
    [[0.0, 1.0], [-1.0, 0.5]]
    """
    size = max(1, len(wave) // bins)
    cut = wave[: size * min(bins, len(wave))].view(-1, size)
    return torch.stack([cut.amin(1), cut.amax(1)], 1)
