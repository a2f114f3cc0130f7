"""Products of whole numbers: weights and activations in 8 bits, sums in 32 (W8A8).

A row of activations gets a scale of its own, by its greatest number; the weights have one for each output. Then the
whole product is made of whole numbers, and the scales are put on what comes out::

    x = s_x q_x,   s_x = max |x| / 127            W = s_w q_w (+ low)
    y = s_x s_w (q_x . q_w)  (+ low s_x sum(q_x))

The weights are exact here; what is rounded is x, by half its scale at most: |y - W x| <= s_x / 2 * sum |W| for each
output. One large channel makes s_x large for all others: SmoothQuant moves it into the weights (Xiao et al. 2022, arXiv
2211.10438; LLM.int8() keeps such channels apart, Dettmers et al. 2022, 2208.07339).

A processor with 8-bit dot products (VNNI) multiplies four pairs for every float32 one, and a quarter of the bytes is
moved. For few rows it does not pay: the rounding of x is one more thing that is lost, and time is that of reading W.

Worked example: x = (1, -2) has the scale 2 / 127 and the codes (64, -127).

>>> rows = rounded_rows(torch.tensor([[1.0, -2.0]]))
>>> rows.codes.tolist(), round(float(rows.step), 5)
([[64, -127]], 0.01575)
>>> y = multiply(rows, torch.tensor([[3, 1], [0, -2]], dtype=torch.int8), torch.tensor([1.0, 0.5]))
>>> [round(number, 3) for number in y[0].tolist()]  # 3 * 1 - 2 = 1 and -2 / 2 * -2 = 2
[1.024, 2.0]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float, Int8, Int32
from torch import Tensor

from explorer.compat.torch import byte_product

#: Longer rows could pass 2^31 in their sums.
LONGEST = 2**31 // (127 * 128)


@dataclass(frozen=True, eq=False)
class RoundedRows:
    """Rows of activations in 8 bits."""

    codes: Int8[Tensor, "row in"]
    """-127 to 127."""
    step: Float[Tensor, "row 1"]


def rounded_rows(x: Float[Tensor, "row in"], step: Float[Tensor, ...] | None = None) -> RoundedRows:
    """x in 8 bits, by the greatest number of each row, or by a given step (which clips what lies beyond)."""
    if step is None:
        step = x.abs().amax(1, keepdim=True) / 127
        step = torch.where(step == 0, 1.0, step)
    codes = (x / step).round_()
    return RoundedRows(codes.clamp_(-127, 127).to(torch.int8), step.expand(len(x), 1))


def multiply(
    rows: RoundedRows,
    codes: Int8[Tensor, "out in"],
    step: Float[Tensor, " out"],
    low: Float[Tensor, " out"] | None = None,
) -> Float[Tensor, "row out"]:
    """Rows times W^T with W = low + step * codes, float32."""
    y = sums(rows.codes, codes).to(torch.float32).mul_(step)
    if low is not None:
        y.addmm_(rows.codes.sum(1, keepdim=True, dtype=torch.float32), low[None])
    return y.mul_(rows.step)


def sums(x: Int8[Tensor, "row in"], w: Int8[Tensor, "out in"]) -> Int32[Tensor, "row out"]:
    """x w^T in whole numbers: exact. Raises ValueError for rows longer than LONGEST."""
    if x.shape[1] > LONGEST:
        raise ValueError(f"32-bit sums hold {LONGEST:,} products of 8 bits, not {x.shape[1]:,}.")
    if x.shape[1] > 1 and exact():  # torch's own is wrong for rows of one number
        return byte_product(x, w.T)
    return (x.double() @ w.double().T).int()


@cache
def exact() -> bool:
    """Whether torch's integer product is right for the greatest codes on this machine: processors without 8-bit dot
    products add pairs in 16 bits, which these overflow."""
    for size in (64, 577):
        x, w = torch.full((8, size), 127, dtype=torch.int8), torch.full((16, size), 127, dtype=torch.int8)
        for code in (-127, -128, 127):
            w[:] = code
            made = byte_product(x, w.T)
            if not bool((made == 127 * code * size).all()):
                return False
    return True
