"""What a LoRA's update is made of: its directions, how many count, and which of them the matrix did not have.

    B = Q_B R_B,  A^T = Q_A R_A        s B A = Q_B (s R_B R_A^T) Q_A^T        an SVD of r x r numbers
    effective rank = exp(- sum p_i ln p_i),  p_i = sigma_i / sum sigma        1 to r
    |s B A|^2 = s^2 sum of (B^T B) o (A A^T)                                  without the product

An intruder dimension is one of the first left singular vectors of W + s B A whose cosine to every left singular vector
of W is below a bound: a large direction that the base does not have.

Roy and Vetterli 2007, The effective rank; Shuttleworth et al. 2024, LoRA vs full fine-tuning: an illusion of
equivalence (arXiv 2410.21228).

>>> pair = LoRA(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), torch.tensor([[3.0, 0.0], [0.0, 1.0]]), 2.0)
>>> made = directions(pair)
>>> [round(each, 4) for each in made.S.tolist()], round(norm(pair), 4)
([6.0, 2.0], 6.3246)
>>> round(effective_rank(made.S), 3), round(effective_rank(torch.ones(4)), 3)     # p = 3/4, 1/4
(1.755, 4.0)
>>> [[round(x, 4) for x in row] for row in delta_of(made, [0]).tolist()]          # the first direction alone
[[6.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
>>> nearest(torch.eye(2), torch.tensor([[1.0], [0.0]])).tolist()                  # the second is an intruder
[1.0, 0.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.change import Change
from explorer.stack.finetuning.lora import LoRA

#: Below it a direction is an intruder.
BOUND = 0.5


@dataclass(frozen=True, eq=False)
class Directions:
    """s B A = U diag(S) Vh."""

    U: Float[Tensor, "out r"]
    S: Float[Tensor, " r"]
    Vh: Float[Tensor, "r in"]


@torch.no_grad()
def directions(pair: LoRA) -> Directions:
    """Of one matrix's update, the largest first."""
    plain = pair.plain
    Q_B, R_B = torch.linalg.qr(plain.B.float())
    Q_A, R_A = torch.linalg.qr(plain.A.float().T)
    U, S, Vh = torch.linalg.svd(plain.scale * R_B @ R_A.T)
    return Directions(Q_B @ U, S, Vh @ Q_A.T)


def delta_of(of: Directions, kept: Sequence[int]) -> Float[Tensor, "out in"]:
    """The update of these directions alone."""
    at = list(kept)
    return (of.U[:, at] * of.S[at]) @ of.Vh[at]


def effective_rank(S: Float[Tensor, " r"]) -> float:
    """By how many directions of one size it could stand; 0 for none."""
    if not float(S.sum()):
        return 0.0
    p = S / S.sum()
    return float(torch.exp(-torch.special.xlogy(p, p).sum()))


@torch.no_grad()
def norm(pair: LoRA) -> float:
    """Frobenius' of the update."""
    plain = pair.plain
    A, B = plain.A.double(), plain.B.double()
    return float((((B.T @ B) * (A @ A.T)).sum().clamp_min(0)).sqrt() * plain.scale)


def part(pair: LoRA, kept: Sequence[int]) -> LoRA:
    """The same rank, of whose directions only these are left."""
    of = directions(pair)
    sizes = torch.zeros_like(of.S)
    sizes[list(kept)] = of.S[list(kept)]
    root = sizes.sqrt()
    return LoRA(root[:, None] * of.Vh, of.U * root, 1.0)


def only(adapter: Adapter, kept: Sequence[int]) -> Adapter:
    """Of every matrix's update these directions alone; a matrix of a lower rank keeps those that it has."""
    made: dict[str, Change] = {}
    for name, each in adapter.changes.items():
        assert isinstance(each, LoRA)
        made[name] = part(each, [at for at in kept if at < each.plain.r])
    return Adapter(made)


def nearest(U: Float[Tensor, "out some"], base: Float[Tensor, "out all"]) -> Float[Tensor, " some"]:
    """Of each vector, the largest cosine to any of the base's, without sign."""
    return (U.T @ base).abs().amax(1).clamp(max=1.0)
