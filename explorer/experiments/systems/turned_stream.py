"""The residual stream turned by a random Hadamard matrix: what a block's inputs and its rounded matrices then are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems import calibration_text
from explorer.stack.systems.quantization import awq
from explorer.stack.systems.quantization.calibration import Inputs, collected
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.gptq import loss
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.rotation import core, rotated, turn

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

SEED = 0


@dataclass(frozen=True)
class TurnedLoss:
    """One matrix rounded to nearest, its loss as a share of tr(W H W^T)."""

    role: str
    before: float
    folded: float
    """With the norm's weight in the matrix, as it is before the turn."""
    after: float


@dataclass(frozen=True, eq=False)
class Turned:
    """A block before and after."""

    before: Float[Tensor, " in"]
    """The largest |x| of each channel that Q, K and V read."""
    after: Float[Tensor, " in"]
    losses: tuple[TurnedLoss, ...]
    core: int
    """The part of the Hadamard matrix that is no power of two."""
    logits: float
    """The largest difference of a logit, relative to the largest."""
    unchanged: float
    """How far the outputs' squares of the block's Q, tr(W H W^T), are from those before, relative."""


@torch.inference_mode()
def turned(model: Model, layer: int, formats: Mapping[str, Format], progress: Ticks = unheard) -> Turned:
    """Raises NotApplicableError for a decoder whose stream cannot be turned."""
    decoder = model.decoder
    other = rotated(decoder, turn(decoder.config.d_model, torch.Generator().manual_seed(SEED)))
    texts = calibration_text.windows(model)
    before = calibration_text.reading(model, layer, progress).inputs
    after = collected(other, texts, [layer], progress=progress)
    first = f"blocks.{layer}.attn.W_Q"
    few = texts[0][:1]
    own = decoder(few)
    plain, spun = _losses(decoder, layer, before, formats), _losses(other, layer, after, formats)
    return Turned(
        before[first].largest, after[first].largest,
        tuple(TurnedLoss(role, nearest / size, folded / size, spun[role][0] / spun[role][2])
            for role, (nearest, folded, size) in plain.items()),
        core(decoder.config.d_model), float((other(few) - own).abs().max() / own.abs().max()),
        abs(spun["W_Q"][2] / plain["W_Q"][2] - 1),
    )  # fmt: skip


def _losses(
    decoder: Decoder,
    layer: int,
    inputs: dict[str, Inputs],
    formats: Mapping[str, Format],
) -> dict[str, tuple[float, float, float]]:
    """By role: the loss of rounding to nearest, with the norm's weight folded in, and the outputs' squares.

    Of a mixture the first expert's. Rounding W diag(norm) and undoing it is what AWQ does with another scale.
    """
    made, offset, state = {}, decoder.config.norm_offset, decoder.state_dict()
    norms = {"W_Q": "ln1", "W_K": "ln1", "W_V": "ln1", "W_gate": "ln2", "W_in": "ln2", "gate_in": "ln2"}
    for each in matrices(decoder):
        if each.layer == layer and each.expert in (None, 0):
            weight, H = each.weight.float(), inputs[each.name].hessian
            fmt = formats[each.name]
            rounded = fmt.quantize(weight).dequantize()
            folded = rounded
            if each.role in norms:
                folded = awq.rounded(weight, state[f"blocks.{layer}.{norms[each.role]}.weight"] + offset, fmt)
            size = loss(weight, torch.zeros_like(weight), H)
            made[each.role] = loss(weight, rounded, H), loss(weight, folded, H), size
    return made
