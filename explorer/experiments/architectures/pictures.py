"""A picture cut into patches, held against one convolution over the whole of it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.architectures.vision_transformer import VisionTransformer


def cutting_error(
    pixels: Float[Tensor, "channel height width"], model: VisionTransformer, first: Float[Tensor, "pos d_model"]
) -> float:
    """What enters the first block against a convolution of the whole picture with the patches' weights, its stride one
    patch, CLS in front and the positions added: the largest difference."""
    patch = model.config.patch
    kernel = model.embed.weight.unflatten(1, (-1, patch, patch))  # d_model channel patch patch
    squares = F.conv2d(pixels[None], kernel, model.embed.bias, stride=patch)[0]  # d_model row column
    rows, columns = squares.shape[1:]
    made = torch.cat([model.cls[None], squares.flatten(1).T]) + model.grid_positions(rows, columns)
    return float((made - first).abs().max())
