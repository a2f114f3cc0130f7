"""How much one choice tells about another: mutual information of a table of counts, in bits.

    I(A; B) = sum over a, b of  p(a, b) log2( p(a, b) / (p(a) p(b)) )  =  H(A) + H(B) - H(A, B)

It is 0 where the two are independent, and H(A) where B settles A. Measured on a finite sample it is above 0 even for
independent choices: a table with more cells than data always shows some pattern. Miller and Madow (Miller 1955, "Note
on the bias of information estimates") subtract the first term of that bias, which counts the occupied cells:

    I_MM = I - (m_AB - m_A - m_B + 1) / (2 n ln 2)

Independence by shuffling (`specialisation.py`) needs no such approximation.

Two experts, two kinds of text; three of four tokens of a kind go to one expert. I = 1 - H(1/4) = 0.189 bits:

>>> table = torch.tensor([[3.0, 1.0], [1.0, 3.0]])
>>> found = mutual_information(table)
>>> [round(float(x), 3) for x in (found.bits, found.row_entropy, found.joint_entropy)]
[0.189, 1.0, 1.811]
>>> round(float(miller_madow(table, n=8)), 3)  # four cells, two rows, two columns
0.099
>>> float(purity(table))
0.75
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Information:
    """Of one table, or of each table of a batch; all in bits."""

    bits: Float[Tensor, "*batch"]
    """The mutual information of rows and columns."""
    row_entropy: Float[Tensor, "*batch"]
    column_entropy: Float[Tensor, "*batch"]
    joint_entropy: Float[Tensor, "*batch"]

    @property
    def identity_error(self) -> float:
        """Largest difference of I from H(A) + H(B) - H(A, B)."""
        return float((self.bits - (self.row_entropy + self.column_entropy - self.joint_entropy)).abs().max())


def entropy(mass: Float[Tensor, "*batch outcome"]) -> Float[Tensor, "*batch"]:
    """Of a distribution given by masses that need not add up to one, in bits.

    >>> entropy(torch.tensor([1.0, 1.0, 2.0])).item()
    1.5
    """
    p = mass.double() / mass.double().sum(-1, keepdim=True).clamp_min(1e-300)
    return -torch.special.xlogy(p, p).sum(-1) / math.log(2)


def mutual_information(table: Float[Tensor, "*batch row column"]) -> Information:
    """Of the rows and columns of a table of counts or masses."""
    joint = table.double() / table.double().sum((-2, -1), keepdim=True).clamp_min(1e-300)
    row, column = joint.sum(-1, keepdim=True), joint.sum(-2, keepdim=True)
    ratio = joint / (row * column).clamp_min(1e-300)
    bits = torch.special.xlogy(joint, ratio).sum((-2, -1)) / math.log(2)
    return Information(bits, entropy(row[..., 0]), entropy(column[..., 0, :]), entropy(joint.flatten(-2)))


def miller_madow(table: Float[Tensor, "*batch row column"], n: int) -> Float[Tensor, "*batch"]:
    """The mutual information less the first term of its bias, for a table of `n` observations; it can be below 0."""
    occupied = table > 0
    cells = occupied.sum((-2, -1)) - occupied.any(-1).sum(-1) - occupied.any(-2).sum(-1) + 1
    return mutual_information(table).bits - cells / (2 * n * math.log(2))


def purity(table: Float[Tensor, "*batch row column"]) -> Float[Tensor, "*batch"]:
    """The share that is guessed right when each column is taken for its commonest row (Manning et al. 2008, 16.3)."""
    return table.amax(-2).sum(-1) / table.sum((-2, -1))
