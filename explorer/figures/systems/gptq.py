"""What the panel of GPTQ draws: a matrix's window while columns are rounded, the Hessian, all matrices' losses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.systems.quantization.gptq import damped, factor

if TYPE_CHECKING:
    from explorer.experiments.systems.few_bits import Choice
    from explorer.experiments.systems.gptq import MatrixLoss, Walk

#: Cells on a side of the Hessian's map, at most.
SIDE = 96


@dataclass(frozen=True, kw_only=True)
class Named(Payload):
    """A format in a list."""

    name: str
    title: str


def listed(known: Iterable[Choice]) -> tuple[Named, ...]:
    return tuple(Named(name=each.name, title=each.title) for each in known)


@dataclass(frozen=True, kw_only=True)
class GptqSteps(Payload):
    """A window of the matrix, column by column."""

    layer: int
    matrix: str
    roles: tuple[str, ...]
    role: str
    format: str
    formats: tuple[Named, ...]
    act_order: bool
    tokens: int
    d_out: int
    d_in: int
    first: int
    columns: Int[Tensor, " column"]
    """Of the matrix, in the order in which they come."""
    start: Float[Tensor, "row column"]
    original: Float[Tensor, "row column"]
    rounded: Float[Tensor, "row column"]
    nearest: Float[Tensor, "row column"]
    errors: Float[Tensor, "column row"]
    pushes: Float[Tensor, "column column"]
    """How much of a column's e is taken from each later column; its own U on the diagonal."""
    grown: Float[Tensor, " in"]
    nearest_grown: Float[Tensor, " in"]
    loss: float
    nearest_loss: float


def steps(
    made: Walk, *, layer: int, matrix: str, roles: Sequence[str], format: str, formats: tuple[Named, ...],  # noqa: A002
    act_order: bool, tokens: int, shape: tuple[int, int],
) -> GptqSteps:  # fmt: skip
    at = slice(made.first, made.first + made.start.shape[1])
    d_out, d_in = shape
    return GptqSteps(
        layer=layer,
        matrix=matrix,
        roles=tuple(roles),
        role=matrix.rpartition(".")[2],
        format=format,
        formats=formats,
        act_order=act_order,
        tokens=tokens,
        d_out=d_out,
        d_in=d_in,
        first=made.first,
        columns=made.order[at],
        start=made.start,
        original=made.original,
        rounded=made.rounded,
        nearest=made.nearest,
        errors=made.errors,
        pushes=made.pushes,
        grown=made.grown,
        nearest_grown=made.nearest_grown,
        loss=made.loss,
        nearest_loss=made.nearest_loss,
    )


@dataclass(frozen=True, kw_only=True)
class GptqHessian(Payload):
    """The inputs' products, in both orders."""

    layer: int
    matrix: str
    roles: tuple[str, ...]
    role: str
    tokens: int
    d_in: int
    pooled: int
    """Channels on a side of one cell."""
    plain: Float[Tensor, "cell cell"]
    """The largest |correlation| of two different channels of each cell, in the matrix's order."""
    ordered: Float[Tensor, "cell cell"]
    diagonal: Float[Tensor, " in"]
    order: Int[Tensor, " in"]
    eigenvalues: Float[Tensor, " in"]
    """Descending, without damping."""
    damping: float
    """What is added to each of them."""
    left: Float[Tensor, " in"]
    """1 / U_jj^2 in act-order: what is left of a channel's square once all later ones are known, by which an error that
    cannot be made up for counts."""


@dataclass(frozen=True)
class HessianErrors:
    """Two ways to the same numbers."""

    eigenvalues: float
    inverse: float


def hessian(
    H: Float[Tensor, "in in"], rows: Float[Tensor, "token in"], *, layer: int, matrix: str, roles: Sequence[str],
    tokens: int,
) -> tuple[GptqHessian, HessianErrors]:  # fmt: skip
    d_in = len(H)
    diagonal = H.diagonal()
    order = diagonal.argsort(descending=True, stable=True)
    values = torch.linalg.eigvalsh(H).flip(0).clamp_min(0)
    added = damped(H)
    U = factor(added[order][:, order])
    there = added[order][:, order]
    inverse = (U.T @ U @ there - torch.eye(d_in, dtype=H.dtype)).abs().max()
    norm = diagonal.clamp_min(1e-30).sqrt()
    correlation = (H / norm / norm[:, None]).fill_diagonal_(0).abs()
    pooled = math.ceil(d_in / SIDE)
    data = GptqHessian(
        layer=layer,
        matrix=matrix,
        roles=tuple(roles),
        role=matrix.rpartition(".")[2],
        tokens=tokens,
        d_in=d_in,
        pooled=pooled,
        plain=_pooled(correlation, pooled),
        ordered=_pooled(correlation[order][:, order], pooled),
        diagonal=diagonal,
        order=order,
        eigenvalues=values,
        damping=float((added.diagonal() - diagonal).median()),
        left=1 / U.diagonal().square(),
    )
    return data, HessianErrors(_unlike_singular(values, rows), float(inverse))


def _unlike_singular(values: Float[Tensor, " in"], rows: Float[Tensor, "token in"]) -> float:
    """Eigenvalues against the squared singular values of the inputs themselves, 2/n of them, relative to the largest;
    where there are fewer tokens than channels the others are 0."""
    found = torch.linalg.svdvals(rows.double()).square() * 2 / len(rows)  # of the smaller side, descending
    again = torch.nn.functional.pad(found, (0, len(values) - len(found)))
    return float((values - again).abs().max() / again.max().clamp_min(1e-30))


def _pooled(square: Float[Tensor, "in in"], side: int) -> Float[Tensor, "cell cell"]:
    return F.max_pool2d(square[None].float(), side, ceil_mode=True)[0]


@dataclass(frozen=True, kw_only=True)
class LossRow(Payload):
    """One matrix, losses as shares of its outputs' squares."""

    name: str
    role: str
    layer: int
    tokens: int
    nearest: float
    gptq: float
    ordered: float
    awq: float
    """NaN where AWQ has nowhere to fold its scales."""
    alpha: float


@dataclass(frozen=True, kw_only=True)
class GptqLosses(Payload):
    """All matrices so far."""

    format: str
    formats: tuple[Named, ...]
    scope: str
    layer: int
    done: int
    """Blocks."""
    wanted: int
    tokens: int
    rows: tuple[LossRow, ...]


def losses(
    made: Sequence[MatrixLoss],
    *,
    format: str,  # noqa: A002
    formats: tuple[Named, ...],
    scope: str,
    layer: int,
    wanted: int,
    tokens: int,
) -> GptqLosses:
    done = len({m.layer for m in made})
    return GptqLosses(
        format=format,
        formats=formats,
        scope=scope,
        layer=layer,
        done=done,
        wanted=wanted,
        tokens=tokens,
        rows=loss_rows(made),
    )


def loss_rows(made: Sequence[MatrixLoss]) -> tuple[LossRow, ...]:
    return tuple(
        LossRow(
            name=m.name,
            role=m.role,
            layer=m.layer,
            tokens=m.tokens,
            nearest=m.nearest,
            gptq=m.gptq,
            ordered=m.ordered,
            awq=m.awq,
            alpha=m.alpha,
        )
        for m in made
    )
