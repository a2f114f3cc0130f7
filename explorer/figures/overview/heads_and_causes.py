"""Every head twice: what it writes toward a token, and what changes when it is removed."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.figures.overview.measured import Measured
from explorer.figures.overview.why import Contrast
from explorer.figures.payload import Payload


def shares_error(
    heads: Float[Tensor, "layer head"], bias: Float[Tensor, " layer"], attn: Float[Tensor, " layer"]
) -> float:
    """Largest difference, over layers, between the heads' shares (with b_O's) and the attention's share.

    >>> import torch
    >>> shares_error(torch.tensor([[1.0, 2.0], [0.0, 0.5]]), torch.zeros(2), torch.tensor([3.0, 0.25]))
    0.25
    """
    return float((heads.double().sum(-1) + bias.double() - attn.double()).abs().max())


def most_moved(now: Float[Tensor, "layer head"], before: Float[Tensor, "layer head"], k: int) -> list[int]:
    """The `k` heads (layer * n_heads + head) whose direct share moved most, by size; those that stayed are left out.

    >>> import torch
    >>> most_moved(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 2.5], [5.0, 4.0]]), 3)
    [2, 1]
    """
    moved = (now.double() - before.double()).abs().flatten()
    order = moved.argsort(descending=True, stable=True)[:k].tolist()
    return [i for i in order if moved[i] > 0]


@dataclass(frozen=True, kw_only=True)
class KindsOfHeads:
    """Scores by which heads are shaded."""

    previous: Float[Tensor, "layer head"]
    sink: Float[Tensor, "layer head"]
    entropy: Float[Tensor, "layer head"]
    induction: Float[Tensor, "layer head"]


@dataclass(frozen=True, kw_only=True)
class HeadsBefore:
    """The run beside this one."""

    direct: Float[Tensor, "layer head"]
    moved: list[int]
    effect: Float[Tensor, " moved"]
    """Of those that moved, the change when removed there."""
    kl: Float[Tensor, " moved"]
    p: float


@dataclass(frozen=True, kw_only=True)
class HeadsAndCauses(Payload):
    """Direct shares and measured removals: effect, kl and p_ablated are NaN of a head that is not removed yet."""

    position: int
    target: int
    p: float
    measured: Measured
    direct: Float[Tensor, "layer head"]
    contrast: Contrast | None
    effect: Float[Tensor, "layer head"]
    """Change of the target's log odds, in nats; of its lead or its logit where shares are measured over something else
    than the other tokens."""
    kl: Float[Tensor, "layer head"]
    p_ablated: Float[Tensor, "layer head"]
    scores: KindsOfHeads
    base: HeadsBefore | None
