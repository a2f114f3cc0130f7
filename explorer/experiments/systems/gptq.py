"""GPTQ on one real matrix, column by column; and what rounding, GPTQ and AWQ lose on every matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems import calibration_text
from explorer.stack.systems.quantization import awq
from explorer.stack.systems.quantization.calibration import Inputs, listening
from explorer.stack.systems.quantization.folding import seams
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.gptq import Column, Compensated, factor, gptq, loss
from explorer.stack.systems.quantization.matrices import Matrix, matrices

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Rows of the matrix that are watched, and columns of a window.
ROWS, COLUMNS = 12, 32
#: AWQ's exponents in the comparison of all matrices: every second of the authors'.
ALPHAS = awq.ALPHAS[::2]


@dataclass(frozen=True, eq=False)
class Walk:
    """A window of some rows, and the growth of the whole matrix's loss."""

    order: Int[Tensor, " in"]
    first: int
    """The first column of the window, in that order."""
    start: Float[Tensor, "row column"]
    """As the columns before the window have left it."""
    original: Float[Tensor, "row column"]
    rounded: Float[Tensor, "row column"]
    nearest: Float[Tensor, "row column"]
    """The original, rounded to nearest."""
    errors: Float64[Tensor, "column row"]
    """e: what each column pushes."""
    pushes: Float64[Tensor, "column column"]
    """U: into where, and how much."""
    grown: Float64[Tensor, " in"]
    """GPTQ's loss after each column, as a share of tr(W H W^T)."""
    nearest_grown: Float64[Tensor, " in"]
    """Of rounding the same columns to nearest, the rest left alone."""
    loss: float
    nearest_loss: float
    """Both as shares, with the Hessian as it is."""
    squares: float
    """How far the sum of e^2 is from tr((W - Q)(H + damping)(W - Q)^T), relative."""
    summed: float
    """How far W - Q is from E U in the watched rows, relative to the largest."""
    moved: float
    """How far the loss by the formula is from 2/n |X W^T - X Q^T|^2 on the text's own rows, relative."""
    differing: int
    """Codes of the watched rows, column by column, that differ from the whole matrix's in blocks."""


def walk(matrix: Matrix, inputs: Inputs, format: Format, act_order: bool, first: int) -> Walk:  # noqa: A002
    """The rows are rounded by themselves, a column at a time, and the whole matrix in blocks."""
    weight, H = matrix.weight.detach().float(), inputs.hessian
    whole = gptq(weight, H, format, act_order=act_order)
    rows = weight[:ROWS]
    seen: list[Column] = []
    gptq(rows, H, format, act_order=act_order, block=1, watch=seen.append)
    order, U = whole.order, factor(whole.damped[whole.order][:, whole.order])
    E = torch.stack([column.error for column in seen])  # in row
    Q = torch.stack([column.rounded for column in seen], 1)  # row in, in order
    at = slice(first, min(first + COLUMNS, len(order)))
    wanted = rows[:, order].double()
    left = wanted - E[:first].T @ U[:first]  # row in
    dequantized, nearest = whole.packed.dequantize(), format.quantize(weight).dequantize()
    size = loss(weight, torch.zeros_like(weight), H)
    lost = loss(weight, dequantized, H)
    return Walk(
        order, first, left[:, at].float(), wanted[:, at].float(), Q[:, at].float(), nearest[: len(rows), order[at]],
        E[at], U[at, at], whole.column_loss.cumsum(0) / size, _grown(weight - nearest, whole) / size,
        lost / size, loss(weight, nearest, H) / size,
        abs(whole.loss / max(loss(weight, dequantized, whole.damped), 1e-30) - 1),
        float((wanted - Q - E.T @ U).abs().max() / wanted.abs().max()),
        outputs_moved(weight, dequantized, inputs, lost),
        int((Q.float() != dequantized[: len(rows), order]).sum()),
    )  # fmt: skip


def outputs_moved(weight: Tensor, rounded: Tensor, inputs: Inputs, by_formula: float) -> float:
    """The formula's loss against the text's: both products are made, and their difference squared.

    0 for an expert of too few tokens, which no text was asked about. Raises LookupError where no rows were kept.
    """
    if inputs.rows is None:
        raise LookupError("These inputs were collected without their rows.")
    if not inputs.enough:
        return 0.0
    x = inputs.rows.double()
    moved = (x @ weight.double().T - x @ rounded.double().T).square().sum() * 2 / len(x)
    return abs(by_formula / float(moved.clamp_min(1e-30)) - 1)


def _grown(apart: Float[Tensor, "out in"], whole: Compensated) -> Float64[Tensor, " in"]:
    """tr(D H D^T) of the first column's error, of the first two's, and so on, in GPTQ's order and with its Hessian."""
    H, D = whole.damped[whole.order][:, whole.order], apart[:, whole.order].double()
    with_earlier = D @ H.triu(1)  # out in: what the earlier columns' errors add to this one's
    return ((2 * with_earlier + D * H.diagonal()) * D).sum(0).cumsum(0)


@dataclass(frozen=True)
class MatrixLoss:
    """What one matrix loses, each as a share of tr(W H W^T)."""

    name: str
    role: str
    layer: int
    tokens: int
    nearest: float
    gptq: float
    ordered: float
    """GPTQ in act-order."""
    awq: float
    """NaN where there is no seam to fold the scales into."""
    alpha: float
    moved: float
    """`outputs_moved` of GPTQ's."""
    start: float
    """How far AWQ's loss at exponent 0 is from rounding's, relative; NaN without AWQ."""


@torch.inference_mode()
def losses(
    model: Model,
    layers: Sequence[int],
    formats: Mapping[str, Format],
    progress: Ticks = unheard,
) -> Iterator[list[MatrixLoss]]:
    """Every matrix of these blocks, each in its format, on the unrounded stream; yields all so far after each block."""
    decoder, made, last = model.decoder, [], max(layers)
    streams = [decoder.entered(ids) for ids in calibration_text.windows(model)]
    every = matrices(decoder)
    for layer in range(last + 1):
        progress(layer, last + 1)
        prefix = f"blocks.{layer}."
        if layer in layers:
            with listening(decoder.blocks[layer], prefix, keep=True) as sums:
                streams = [(decoder.blocks[layer](x, at), at) for x, at in streams]
            known = {id(each): each.inputs() for each in sums.values()}
            inputs = {name: known[id(each)] for name, each in sums.items()}
            made += _of_block(model, [m for m in every if m.layer == layer], inputs, formats)
            yield list(made)
        else:
            streams = [(decoder.blocks[layer](x, at), at) for x, at in streams]
    progress(last + 1, last + 1)


def _of_block(
    model: Model, found: list[Matrix], inputs: dict[str, Inputs], formats: Mapping[str, Format]
) -> list[MatrixLoss]:
    weights = {each.name: each.weight.float() for each in found}
    scales: dict[str, awq.Search] = {}
    for seam in seams(model.decoder):
        if seam.name in weights:  # experts share a norm, and are left out
            given = [formats[name] for name in seam.readers]
            made = awq.search([weights[name] for name in seam.readers], inputs[seam.name], given, ALPHAS)
            scales |= dict.fromkeys(seam.readers, made)
    rows = []
    for each in found:
        weight, read, layer = weights[each.name], inputs[each.name], each.layer or 0
        fmt = formats[each.name]
        H = read.hessian
        size = loss(weight, torch.zeros_like(weight), H)
        nearest = loss(weight, fmt.quantize(weight).dequantize(), H)
        rounded = gptq(weight, H, fmt).packed.dequantize()
        ordered = gptq(weight, H, fmt, act_order=True).packed.dequantize()
        scaled, alpha, start = math.nan, math.nan, math.nan
        if each.name in scales:
            search = scales[each.name]
            scaled, alpha = loss(weight, awq.rounded(weight, search.scale, fmt), H) / size, search.alpha
            plain = awq.rounded(weight, awq.scale_of(read.mean_abs, 0.0), fmt)
            start = abs(loss(weight, plain, H) / nearest - 1)
        lost = loss(weight, rounded, H)
        rows.append(
            MatrixLoss(
                each.name, each.role, layer, read.tokens, nearest / size, lost / size, loss(weight, ordered, H) / size,
                scaled, alpha, outputs_moved(weight, rounded, read, lost), start,
            )
        )  # fmt: skip
    return rows
