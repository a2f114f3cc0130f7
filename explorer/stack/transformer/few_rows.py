"""The product of a few rows with a matrix, cut so that both cores read it.

    y = x W^T + b        x: row in, W: out in

Decoding multiplies one row, or a handful, with every matrix of the model. The time is that of reading W, but a product
of whole matrices is arranged for many rows: it first copies W into tiles, which costs more than the product. The same
product as a batch of small ones, a block of W's rows each, reads W once and in order (`torch.bmm`). For SmolLM2's
blocks, two threads, 1, 2, 8 and 64 rows took here 24, 40, 39 and 110 ms in one product each, and 8.5, 10, 24 and 83 ms
in blocks.

Worked example: four rows of W in blocks of two.

>>> W, x = torch.arange(8.0).view(4, 2), torch.tensor([[1.0, 10.0]])
>>> [(block @ x.T).flatten().tolist() for block in W.split(2)]
[[10.0, 32.0], [54.0, 76.0]]
>>> (x @ W.T).tolist()
[[10.0, 32.0, 54.0, 76.0]]
"""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

#: Rows of W in a block, at most.
BLOCK = 96
#: Up to so many rows W stands on the left, so that a block of it is read where it lies.
FEW = 6
#: The same of 16-bit numbers, whose products are in no blocks.
SOME = 64
#: From here on one product is as fast.
MANY = 256


class Linear(nn.Linear):
    """torch's linear layer, with the product of few rows in blocks. The product is made in the type of its rows."""

    def forward(self, input: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:  # noqa: A002  # torch's name
        weight, bias = self.weight, self.bias
        if weight.dtype != input.dtype:
            weight, bias = weight.to(input.dtype), None if bias is None else bias.to(input.dtype)
        y = product(input, weight)
        return y if bias is None else y + bias


def as_read(x: Float[Tensor, "*batch in"], *layers: nn.Module) -> Float[Tensor, "*batch in"]:
    """x in the type to which these layers round it, if all to one: it is rounded once for all of them."""
    reads = {getattr(layer, "reads", None) for layer in layers}
    return x if len(reads) > 1 or None in reads else x.to(reads.pop())


def product(x: Float[Tensor, "*batch in"], weight: Float[Tensor, "out in"]) -> Float[Tensor, "*batch out"]:
    """x W^T, by whichever way is fast for so many rows. Equal but for the order of sums."""
    rows, (d_out, d_in) = x.numel() // x.shape[-1], weight.shape
    size = block_of(d_out)
    if not 0 < rows < MANY or size < 16 or weight.dtype != torch.float32 or weight.device.type != "cpu":
        return F.linear(x, weight)
    blocks, flat = weight.view(d_out // size, size, d_in), x.reshape(rows, d_in)
    if rows <= FEW:
        y = torch.bmm(blocks, flat.T.expand(len(blocks), d_in, rows)).view(d_out, rows).T
    else:
        y = torch.bmm(flat.expand(len(blocks), rows, d_in), blocks.mT).transpose(0, 1).reshape(rows, d_out)
    return y.reshape(*x.shape[:-1], d_out)


def product_of_16_bits(x: Float[Tensor, "*batch in"], weight: Float[Tensor, "out in"]) -> Float[Tensor, "*batch out"]:
    """x W^T of numbers of one 16-bit type. What stands on the right is copied into tiles: of up to `SOME` rows that
    widen, these are. The product then lies column by column, and a product of that is made the same way."""
    rows, widens = x.numel() // x.shape[-1], len(weight) > x.shape[-1]
    if not 1 < rows <= SOME or (x.is_contiguous() and not widens):
        return F.linear(x, weight)
    return torch.mm(weight, x.reshape(rows, -1).T).T.unflatten(0, x.shape[:-1])


@lru_cache
def block_of(d_out: int) -> int:
    """The largest number of rows, up to `BLOCK`, that cuts a matrix evenly into two blocks or more.

    >>> block_of(576), block_of(192), block_of(49152), block_of(17)
    (96, 96, 96, 1)
    """
    return max(n for n in range(1, max(2, min(BLOCK, d_out // 2) + 1)) if d_out % n == 0)
