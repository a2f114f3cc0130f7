"""Pixel shuffle: k x k patches become one token of k^2 times the width, so that a picture takes fewer positions.

    [row, column, d] -> [row/k, column/k, k k d]

Within a token the patches lie row by row, each with all of its numbers. The name is that of super-resolution (Shi et
al. 2016, arXiv 1609.05158), whose `PixelUnshuffle` lays channels outermost instead; weights trained for one order mean
nothing in the other. Idefics3 (Laurençon et al. 2024, arXiv 2408.12637) and SmolVLM (Marafioti et al. 2025,
2504.05299) use this order.

Worked example: 2 x 4 patches of one number each, k = 2.

>>> import torch
>>> patches = torch.arange(8.0).view(1, 2, 4, 1)
>>> pixel_shuffle(patches, 2).tolist()
[[[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]]
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError


def pixel_shuffle(patches: Float[Tensor, "batch row column d"], k: int) -> Float[Tensor, "batch token k_k_d"]:
    """Raises BadRequestError where the grid has no k x k squares."""
    rows, columns = patches.shape[1:3]
    if k < 1 or rows % k or columns % k:
        raise BadRequestError(f"A grid of {rows} x {columns} patches has no squares of {k} x {k}.")
    squares = patches.unflatten(2, (-1, k)).unflatten(1, (-1, k))  # batch row k column k d
    return squares.transpose(2, 3).flatten(3).flatten(1, 2)


def pixel_unshuffle(
    tokens: Float[Tensor, "batch token k_k_d"], k: int, columns: int
) -> Float[Tensor, "batch row column d"]:
    """Back to the grid of so many columns.

    >>> import torch
    >>> patches = torch.randn(1, 4, 6, 3, generator=torch.Generator().manual_seed(0))
    >>> torch.equal(pixel_unshuffle(pixel_shuffle(patches, 2), 2, 6), patches)
    True
    """
    squares = tokens.unflatten(2, (k, k, -1)).unflatten(1, (-1, columns // k))  # batch row column k k d
    return squares.transpose(2, 3).flatten(3, 4).flatten(1, 2)
