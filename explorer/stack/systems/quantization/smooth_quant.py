"""SmoothQuant: weights and activations in eight bits, the activations' outliers moved into the weights.

A token's row is rounded with one scale, which its largest channel sets: where a few channels are a hundred times the
others, these come out as nought. Weights have no such channels, and can take some of it::

    s_j = max|x_j|^alpha / max|w_j|^(1 - alpha)        x / s and W diag(s): the product is unchanged
    y   = (X8 W8^T) * step_x * step_w                  X8 W8^T in whole numbers, sums in 32 bits

alpha = 0.5 shares the difficulty evenly; 1 moves all of it. A scale for each token and one for each row of W can leave
the sum, which is then over integers alone (Xiao et al. 2022, arXiv 2211.10438; the product as in LLM.int8(), Dettmers
et al. 2022, arXiv 2208.07339).

Worked example: one token, two channels. 127 steps for 2 make 1 the 64th; 63.5 is even at 64.

>>> x = torch.tensor([[2.0, 1.0]])
>>> codes, step = by_token(x)
>>> codes.tolist(), round(step.item(), 5)
([[127, 64]], 0.01575)
>>> made = product(x, eight_bits(torch.tensor([[1.0, -1.0]])))
>>> made.sums.tolist(), made.sums[0, 0].item() == 127 * 127 + 64 * -127, round(made.y.item(), 3)
([[8001]], True, 0.992)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int8, Int32
from torch import Tensor, nn

from explorer.compat.torch import byte_product

#: The largest code: as far up as down.
LARGEST = 127


@dataclass(frozen=True, eq=False)
class Eight:
    """A weight matrix in eight bits, a scale a row."""

    codes: Int8[Tensor, "out in"]
    step: Float[Tensor, " out"]


@dataclass(frozen=True, eq=False)
class Product:
    """x W^T in whole numbers, and all that it is made of."""

    codes: Int8[Tensor, "token in"]
    step: Float[Tensor, " token"]
    sums: Int32[Tensor, "token out"]
    """X8 W8^T."""
    y: Float[Tensor, "token out"]
    """The sums times both scales."""


def scale_of(
    largest: Float[Tensor, " in"], weights: Sequence[Float[Tensor, "_ in"]], alpha: float
) -> Float[Tensor, " in"]:
    """s from the activations' and the weights' largest numbers of each channel; both count as 1e-5 at least."""
    x = largest.double().clamp_min(1e-5)
    w = torch.stack([weight.abs().amax(0) for weight in weights]).amax(0).double().clamp_min(1e-5)
    return (x.pow(alpha) / w.pow(1 - alpha)).float()


def by_token(x: Float[Tensor, "token in"]) -> tuple[Int8[Tensor, "token in"], Float[Tensor, " token"]]:
    """Codes -127 to 127 and each row's step; a row of noughts has step 1."""
    step = x.abs().amax(-1) / LARGEST
    step = torch.where(step == 0, 1.0, step)
    return (x / step[:, None]).round().clamp(-LARGEST, LARGEST).to(torch.int8), step


def eight_bits(weight: Float[Tensor, "out in"]) -> Eight:
    """Each row of W by its own largest."""
    return Eight(*by_token(weight.detach().float()))


def product(x: Float[Tensor, "token in"], weight: Eight) -> Product:
    """The rows rounded, multiplied in 8-bit integers with 32-bit sums, and scaled."""
    codes, step = by_token(x.float())
    left, right = codes, weight.codes
    if codes.shape[1] == 1:  # torch 2.13 leaves the sums of a single channel unwritten
        left, right = F.pad(left, (0, 1)), F.pad(right, (0, 1))
    sums = byte_product(left, right.T.contiguous())
    return Product(codes, step, sums, sums * step[:, None] * weight.step)


class IntegerLinear(nn.Module):
    """A linear layer whose product is of 8-bit integers."""

    def __init__(self, weight: Float[Tensor, "out in"], bias: Tensor | None = None) -> None:
        super().__init__()
        self.eight, self.bias = eight_bits(weight), bias

    def forward(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        y = product(x.flatten(0, -2), self.eight).y.unflatten(0, x.shape[:-1]).to(x.dtype)
        return y if self.bias is None else y + self.bias
