"""Weight formats: the same matrix in fewer bits, widened again where it is used.

At batch 1 every weight is read once a token, so bytes are time. The formats, with the bits that a weight takes:

- **float32**, 32: as it is.
- **bfloat16**, 16: the upper half of a float32, its whole exponent and 8 bits of precision.
- **int8**, 8: ``weight = scale * code`` with codes of -127 to 127 and a scale for each row, so that the row's greatest
  weight takes the greatest code (absmax; Dettmers et al. 2022, arXiv 2208.07339).
- **int4**, 5: ``weight = low + scale * code`` with codes of 0 to 15; every 32 weights of a row have a scale and a
  lowest value in float16 (GGUF's Q4_1). The table of the vocabulary, the most sensitive of all, takes 8 bits and a
  scale for every 32 weights (Q8_0).

Rounding moves a weight by half a step at most. Weights that were stored like that before come back bit by bit:
SmolLM2's checkpoint here is Q4_1 and Q8_0, and what "int4" makes of it is the float32 decoder's weights.

`as_format` gives a decoder of the same structure for any number of rows; `stack.inference.fused_decode` is the fast
one for a single row. The products here are torch's own and take rows in bfloat16.

Worked example: 32 weights from -1 to 2 in steps of 0.2 take the codes 0 to 15, twice.

>>> weight = (torch.arange(32) % 16 * 0.2 - 1)[None]
>>> four = four_bits(weight)
>>> four.codes[0, 0, 14:18].tolist(), round(float(four.scale), 3), float(four.low)
([14, 15, 0, 1], 0.2, -1.0)
>>> float((four.weight() - weight).abs().max()) < 0.001
True
>>> row_bits(torch.tensor([[0.5, -2.0]])).codes.tolist()
[[32, -127]]
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
import torch.nn.functional as F
from jaxtyping import BFloat16, Float, Int8, Int32, UInt8
from torch import Tensor, nn

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward

Format = Literal["float32", "bfloat16", "int8", "int4"]
M = TypeVar("M", bound=nn.Module)

#: Inputs of a row that share a scale, where a row has more than one.
GROUP = 32
#: torch's 8-bit product reads the inputs by whole registers and does not look for their end: with a width that is no
#: multiple of 16 it reads what lies behind. 64 is a multiple for every register there is.
STEP = 64


@dataclass(frozen=True, eq=False)
class RowBits:
    """8 bits and a scale a row."""

    codes: Int8[Tensor, "out in"]
    scale: Float[Tensor, " out"]

    def weight(self) -> Float[Tensor, "out in"]:
        return self.codes * self.scale[:, None]


@dataclass(frozen=True, eq=False)
class EightBits:
    """8 bits and a scale for every group of 32."""

    codes: Int8[Tensor, "out group in_group"]
    scale: Float[Tensor, "out group"]
    """float32 numbers that float16 has too."""

    def weight(self) -> Float[Tensor, "out in"]:
        return (self.codes * self.scale[..., None]).flatten(1)


@dataclass(frozen=True, eq=False)
class FourBits:
    """4 bits, a scale and a lowest value for every group of 32."""

    codes: UInt8[Tensor, "out group in_group"]
    """0 to 15."""
    scale: Float[Tensor, "out group"]
    low: Float[Tensor, "out group"]
    """Both float32 numbers that float16 has too."""

    def weight(self) -> Float[Tensor, "out in"]:
        return (self.codes * self.scale[..., None] + self.low[..., None]).flatten(1)


def row_bits(weight: Float[Tensor, "out in"]) -> RowBits:
    scale = _nonzero(weight.abs().amax(1) / 127)  # out
    return RowBits((weight / scale[:, None]).round().to(torch.int8), scale)


def eight_bits(weight: Float[Tensor, "out in"]) -> EightBits:
    grouped = _grouped(weight)
    scale = _nonzero((grouped.abs().amax(-1) / 127).half().float())  # out group
    _check_half(scale)
    codes = (grouped / scale[..., None]).round().clamp(-127, 127)
    return EightBits(codes.to(torch.int8), scale)


def four_bits(weight: Float[Tensor, "out in"]) -> FourBits:
    grouped = _grouped(weight)
    lowest = grouped.amin(-1)  # out group
    scale = _nonzero(((grouped.amax(-1) - lowest) / 15).half().float())  # out group
    low = lowest.half().float()
    _check_half(scale, low)
    codes = ((grouped - low[..., None]) / scale[..., None]).round().clamp(0, 15)
    return FourBits(codes.to(torch.uint8), scale, low)


def _grouped(weight: Tensor) -> Float[Tensor, "out group in_group"]:
    if weight.shape[1] % GROUP:
        raise NotApplicableError(
            f"Rows of {weight.shape[1]} weights cannot be cut into groups of {GROUP}.", "float32 and bfloat16 work."
        )
    return weight.float().unflatten(1, (-1, GROUP))


def _check_half(*numbers: Tensor) -> None:
    if not all(bool(each.isfinite().all()) for each in numbers):
        raise NotApplicableError("There are weights past 65,504, which float16 cannot hold.", "int8 and bfloat16 work.")


def _nonzero(scale: Tensor) -> Tensor:
    """A group of equal weights needs no step, and none can be divided by."""
    return torch.where(scale == 0, 1.0, scale)


# ---- the decoder's linear layers in these formats ------------------------------------------------------------------


class BFloat16Linear(nn.Module):
    weight: BFloat16[Tensor, "out in"]

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.register_buffer("weight", linear.weight.detach().bfloat16().contiguous())
        self.bias = linear.bias

    def forward(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        return _biased(F.linear(x.bfloat16(), self.weight).to(x.dtype), self.bias)


class Int8Linear(nn.Module):
    codes: Int8[Tensor, "out in_padded"]
    """Zeros behind the weights, up to a multiple of STEP."""
    scale: BFloat16[Tensor, " out"]

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        rows = row_bits(linear.weight.detach())
        self.missing = -linear.in_features % STEP
        self.register_buffer("codes", F.pad(rows.codes, (0, self.missing)).contiguous())
        self.register_buffer("scale", rows.scale.bfloat16())
        self.bias = linear.bias

    def forward(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        rows = F.pad(x.bfloat16().flatten(0, -2), (0, self.missing)).contiguous()  # rows_all in_padded
        product = torch.ops.aten._weight_int8pack_mm(rows, self.codes, self.scale)  # rows_all out
        return _biased(product.to(x.dtype).unflatten(0, x.shape[:-1]), self.bias)


class Int4Linear(nn.Module):
    packed: UInt8[Tensor, "out half_in"]
    """Two codes a byte, in the order that torch's product reads them in."""
    scale_and_middle: BFloat16[Tensor, "group out 2"]

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        four = four_bits(linear.weight.detach())
        codes: Int32[Tensor, "out in"] = four.codes.flatten(1).int()
        if len(codes) % 16:
            raise NotApplicableError(f"torch's 4-bit product takes no {len(codes)} outputs.", "int8 works.")
        self.register_buffer("packed", torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes, 2))
        # torch's zero is the value of code 8.
        pairs = torch.stack([four.scale, four.low + 8 * four.scale], -1)  # out group 2
        self.register_buffer("scale_and_middle", pairs.transpose(0, 1).bfloat16().contiguous())
        self.bias = linear.bias

    def forward(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        rows = x.bfloat16().flatten(0, -2)  # rows_all in
        product = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.packed, GROUP, self.scale_and_middle)
        return _biased(product.to(x.dtype).unflatten(0, x.shape[:-1]), self.bias)


def _biased(x: Tensor, bias: Tensor | None) -> Tensor:
    return x if bias is None else x + bias


LAYERS: dict[str, Callable[[nn.Linear], nn.Module]] = {
    "bfloat16": BFloat16Linear,
    "int8": Int8Linear,
    "int4": Int4Linear,
}


def as_format(decoder: M, fmt: Format) -> M:
    """The decoder with its linear layers' weights in another format; embedding, norms and hook points are shared.

    In "int4" the unembedding takes 8 bits. Raises NotApplicableError where a size does not suit the format.
    """
    if fmt == "float32":
        return decoder
    if any(isinstance(part, SparseFeedForward) for part in decoder.modules()):
        raise NotApplicableError("Experts are not packed into another format here.", "Choose a dense model.")
    if fmt not in LAYERS:
        raise BadRequestError(f"There is no weight format {fmt!r}.", f"Known are float32, {', '.join(LAYERS)}.")

    def make(name: str, linear: nn.Linear) -> nn.Module:
        return LAYERS["int8" if fmt == "int4" and name == "unembed" else fmt](linear)

    return _with_layers(decoder, make)


def _with_layers(module: M, make: Callable[[str, nn.Linear], nn.Module]) -> M:
    """A copy of the module whose linear layers are remade; what has no linear layer inside is shared, not copied."""
    twin = copy.copy(module)
    twin._modules = {}
    for name, child in module._modules.items():
        if isinstance(child, nn.Linear):
            twin._modules[name] = make(name, child)
        elif child is not None and any(isinstance(part, nn.Linear) for part in child.modules()):
            twin._modules[name] = _with_layers(child, make)
        else:
            twin._modules[name] = child
    return twin
