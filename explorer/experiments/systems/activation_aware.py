"""AWQ and SmoothQuant at one seam of a block: what every exponent costs, and one output worked out in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int, Int8
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems import calibration_text
from explorer.stack.systems.quantization import awq, smooth_quant
from explorer.stack.systems.quantization.calibration import Inputs
from explorer.stack.systems.quantization.clipping import Clipped, clip
from explorer.stack.systems.quantization.folding import Seam, seams
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.gptq import loss
from explorer.stack.systems.quantization.matrices import matrices

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Exponents of both methods.
ALPHAS = tuple(at / 20 for at in range(21))
#: Rows of the text on which eight bits are measured, evenly spread.
TOKENS = 512


@dataclass(frozen=True, eq=False)
class Read:
    """A seam, the matrices that read it, and what they read."""

    seam: Seam
    weights: tuple[Float[Tensor, "_ in"], ...]
    inputs: Inputs
    ids: Int[Tensor, " token"]


def seam_names(model: Model, layer: int) -> dict[str, Seam]:
    """The block's seams by the role of their first reader. A mixture's experts share one, which is left out."""
    prefix = f"blocks.{layer}."
    found = {seam.name.rpartition(".")[2]: seam for seam in seams(model.decoder) if seam.name.startswith(prefix)}
    return {role: seam for role, seam in found.items() if role != "experts"}


def read(model: Model, layer: int, role: str, progress: Ticks = unheard) -> Read:
    """The seam's inputs on the calibration text. Raises NotApplicableError for a block without such a seam."""
    known = seam_names(model, layer)
    if role not in known:
        raise NotApplicableError("This block has nowhere to fold scales into.", "Choose another matrix.")
    reading = calibration_text.reading(model, layer, progress)
    weights = {each.name: each.weight.detach().float() for each in matrices(model.decoder)}
    seam = known[role]
    return Read(seam, tuple(weights[name] for name in seam.readers), reading.inputs[seam.name], reading.ids)


@dataclass(frozen=True, eq=False)
class Errors:
    """Of every exponent, as shares of the outputs' squares."""

    awq: tuple[float, ...]
    smooth: tuple[float, ...]
    nearest: float
    """Weights alone rounded to nearest, by the text's own outputs."""
    eight: float
    """W8A8 without smoothing, by sums in float64."""
    moved: float
    """AWQ's best by the formula against the text's outputs, relative."""
    clipped: float
    """AWQ's best with the groups' largest weights cut off where it helps."""
    cut: float
    """The share of groups that are."""
    groups_moved: float
    """The groups' own errors by their squares of H against what they add to outputs on the text, relative."""
    whole_numbers: float
    """How far the integer products' error without smoothing is from `eight`, relative."""


def errors(found: Read, formats: Mapping[str, Format], alphas: Sequence[float] = ALPHAS) -> Errors:
    """AWQ's weights by the whole text's Hessian; SmoothQuant's eight bits on `TOKENS` of its rows."""
    H, x = found.inputs.hessian, rows(found)
    size = sum(loss(weight, torch.zeros_like(weight), H) for weight in found.weights)
    given = [formats[name] for name in found.seam.readers]
    each = list(zip(found.weights, given, strict=True))
    search = awq.search(found.weights, found.inputs, given, alphas)
    largest = found.inputs.largest
    smooth = [eight_error(found, x, smooth_quant.scale_of(largest, found.weights, alpha)) for alpha in alphas]
    by_hand = _by_hand(found, x)
    plain = [fmt.quantize(weight).dequantize() for weight, fmt in each]
    best = [awq.rounded(weight, search.scale, fmt) for weight, fmt in each]
    scaled = H / torch.outer(search.scale, search.scale)  # of the inputs once they are divided
    cuts = [clip(weight.float() * search.scale, scaled, fmt) for weight, fmt in each]
    clipped = sum(loss(weight, cut.rounded / search.scale, H) for weight, cut in zip(found.weights, cuts, strict=True))
    nearest, chosen = (_by_text(found, made) for made in (plain, best))
    return Errors(
        tuple(each / size for each in search.losses), tuple(smooth), nearest / size, by_hand,
        abs(search.loss / chosen - 1), clipped / size,
        float(torch.cat([(cut.shares < 1).flatten() for cut in cuts]).double().mean()),
        _groups_moved(found, search.scale, cuts), abs(eight_error(found, x, torch.ones_like(largest)) / by_hand - 1),
    )  # fmt: skip


def _by_text(found: Read, made: Sequence[Float[Tensor, "_ in"]]) -> float:
    """The loss of rounded weights by the outputs on the whole text, in float64."""
    every = kept(found).double()
    pairs = zip(found.weights, made, strict=True)
    wrong = (float((every @ weight.double().T - every @ each.double().T).square().sum()) for weight, each in pairs)
    return sum(wrong) * 2 / len(every)


def _groups_moved(found: Read, scale: Float[Tensor, " in"], cuts: Sequence[Clipped]) -> float:
    """Each group's share of the outputs on the whole text, its squares summed, against what the search went by."""
    every = kept(found).double() / scale
    by_text = 0.0
    for weight, each in zip(found.weights, cuts, strict=True):
        width = weight.shape[1] // each.shares.shape[1]
        wrong = (weight.double() * scale - each.rounded.double()).split(width, 1)
        by_text += sum(float((x @ w.T).square().sum()) for x, w in zip(every.split(width, 1), wrong, strict=True))
    return abs(sum(float(each.after.sum()) for each in cuts) / (by_text * 2 / len(every)) - 1)


def eight_error(found: Read, x: Float[Tensor, "token in"], scale: Float[Tensor, " in"]) -> float:
    """Weights and activations in eight bits once scaled: the outputs' squared error as a share of their squares."""
    wrong = total = 0.0
    for weight in found.weights:
        exact = x @ weight.T
        made = smooth_quant.product(x / scale, smooth_quant.eight_bits(weight * scale)).y
        wrong += float((made - exact).double().square().sum())
        total += float(exact.double().square().sum())
    return wrong / max(total, 1e-30)


def _by_hand(found: Read, x: Float[Tensor, "token in"]) -> float:
    """The same with nothing scaled, in float64: no integers, no function of the mechanism's."""
    wrong = total = 0.0
    for weight in found.weights:
        w, rows = weight.double(), x.double()
        step_w, step_x = w.abs().amax(1, keepdim=True) / 127, rows.abs().amax(1, keepdim=True) / 127
        made = ((rows / step_x).round() * step_x) @ ((w / step_w).round() * step_w).T
        exact = rows @ w.T
        wrong, total = wrong + float((made - exact).square().sum()), total + float(exact.square().sum())
    return wrong / max(total, 1e-30)


def kept(found: Read) -> Float[Tensor, "token in"]:
    assert found.inputs.rows is not None
    return found.inputs.rows


def rows(found: Read) -> Float[Tensor, "token in"]:
    """`TOKENS` rows of the text, evenly spread."""
    every = kept(found)
    return every[:: max(1, len(every) // TOKENS)][:TOKENS]


def folding_error(found: Read, scale: Float[Tensor, " in"]) -> float:
    """How far (x / s)(W diag(s))^T is from x W^T, by the largest output."""
    x, apart = rows(found), []
    for weight in found.weights:
        exact = x @ weight.T
        apart.append(((x / scale) @ (weight * scale).T - exact).abs().max() / exact.abs().max())
    return float(torch.stack(apart).max())  # what is no number stays none


@dataclass(frozen=True, eq=False)
class One:
    """One output of one token, in whole numbers."""

    x: Float[Tensor, " in"]
    """Smoothed."""
    w: Float[Tensor, " in"]
    x_codes: Int8[Tensor, " in"]
    w_codes: Int8[Tensor, " in"]
    step_x: float
    step_w: float
    total: int
    """As the integer product gave it."""
    y: float
    exact: float
    """x w in float64, unrounded and unsmoothed."""
    unsmoothed: float
    """The same output in eight bits without smoothing."""
    by_hand: int
    """Sum of the products of both codes, in Python's integers."""


def one(found: Read, alpha: float, token: int, output: int) -> One:
    """The output of the first matrix of the seam."""
    scale = smooth_quant.scale_of(found.inputs.largest, found.weights, alpha)
    x, weight = kept(found)[token : token + 1], found.weights[0]
    made = smooth_quant.product(x / scale, eight := smooth_quant.eight_bits(weight * scale))
    plain = smooth_quant.product(x, smooth_quant.eight_bits(weight))
    pairs = zip(made.codes[0].tolist(), eight.codes[output].tolist(), strict=True)
    return One(
        x[0] / scale, weight[output] * scale, made.codes[0], eight.codes[output], float(made.step[0]),
        float(eight.step[output]), int(made.sums[0, output]), float(made.y[0, output]),
        float(x[0].double() @ weight[output].double()), float(plain.y[0, output]), sum(a * b for a, b in pairs),
    )  # fmt: skip
