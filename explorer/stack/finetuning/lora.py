"""LoRA: a matrix is changed by a product of two narrow ones, which are all that is trained.

    y = x W^T + s (x A^T) B^T        A [r d_in], B [d_out r], s = alpha / r
    merged: W' = W + s B A           the same function, in one product

B begins as zeros, so that nothing changes at first. With r far below d_in and d_out the adapter has r (d_in + d_out)
numbers instead of d_in d_out. Rank-stabilised LoRA takes s = alpha / sqrt(r).

Hu et al. 2021, LoRA (arXiv 2106.09685); Kalajdzievski 2023, rsLoRA (arXiv 2312.03732).

>>> import torch
>>> A, B = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [0.0]])        # r = 1
>>> delta(A, B, scale(alpha=2.0, r=1)).tolist()                            # 2 B A
[[6.0, 12.0], [0.0, 0.0]]
>>> scale(16.0, 4), scale(16.0, 4, stabilised=True)
(4.0, 8.0)
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def scale(alpha: float | int, r: int, stabilised: bool = False) -> float:
    """What the product B A is multiplied by. Raises ValueError for a rank below 1."""
    if r < 1:
        raise ValueError(f"the rank must be at least 1, not {r}")
    return float(alpha) / (r**0.5 if stabilised else r)


def delta(A: Float[Tensor, "r d_in"], B: Float[Tensor, "d_out r"], by: float) -> Float[Tensor, "d_out d_in"]:
    """What the adapter adds to the matrix."""
    return by * (B.float() @ A.float())


def beside(
    x: Float[Tensor, "... d_in"], A: Float[Tensor, "r d_in"], B: Float[Tensor, "d_out r"], by: float
) -> Float[Tensor, "... d_out"]:
    """What it adds to the layer's output where it is not merged: two narrow products.

    >>> import torch
    >>> generator = torch.Generator().manual_seed(0)
    >>> x, A, B = (torch.randn(*shape, generator=generator) for shape in ((5, 8), (2, 8), (6, 2)))
    >>> bool((beside(x, A, B, 0.5) - x @ delta(A, B, 0.5).T).abs().max() < 1e-5)
    True
    """
    return by * ((x @ A.T) @ B.T)
