"""Matrices in any format, as a fused step reads them: codes and steps of a `Packed`, rearranged, never rounded anew.

A packed matrix whose codes have at most 8 bits lies in tiles of 32 rows (see `fused.products`). What a tile holds is
what `Format.unpack` gives: codes, a step for each group and perhaps a lowest value. So a step may read other bytes than
the format's own: 2- and 3-bit codes take 4 bits here, 5 and 6 bits take 8, scales of two levels one number a group, of
float16 if that holds it and of float32 if not. `bytes` of the result are what a step does read.

Worked example: a symmetric format in 4 bits and groups of 32 takes as many bytes in tiles, 2 + 16 for each group.

>>> import torch
>>> from explorer.stack.systems.quantization.formats import FORMATS
>>> packed = FORMATS["int4"].quantize(torch.linspace(-1, 1, 32 * 64).view(32, 64))
>>> weights = arranged([packed])
>>> packed.nbytes, weights.memory.nbytes, TILES[int(weights.matrices[0, 0]) - len(ROWS)]
(1152, 1152, ('even4', 'float16', False))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int32, Shaped, UInt8
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.inference.fused.lanes import LANES, PIECE, TILES, halves
from explorer.stack.inference.fused.products import Weights
from explorer.stack.inference.fused.rows import ROWS
from explorer.stack.systems.quantization.format import Format, Packed

#: Where memory begins: no number lies in two cache lines.
ALIGNED = 64


@dataclass(frozen=True)
class Laid:
    """One matrix in reading order."""

    kind: int
    memory: UInt8[Tensor, "tile byte"]
    group: int
    levels: tuple[float, ...] = (0.0,) * 18


def arranged(matrices: Sequence[Shaped[Tensor, "out in"] | Packed]) -> Weights:
    """One kind of matrix, of all layers; each may have a format of its own. A tensor stays in its type.

    Raises NotApplicableError for a format whose codes are not numbers each, and for groups that are no multiple of 16.
    """
    laid = [of_packed(each) if isinstance(each, Packed) else of_rows(each) for each in matrices]
    ends = np.cumsum([each.memory.numel() for each in laid])
    if len(laid) == 1 and ROWS[laid[0].kind : laid[0].kind + 1] == ("float32",):
        memory = laid[0].memory.flatten().numpy()  # the table itself, not a copy
    else:
        memory = room(int(ends[-1]))
        for each, end in zip(laid, ends, strict=True):
            memory[end - each.memory.numel() : end] = each.memory.flatten().numpy()
    described = [
        (each.kind, end - each.memory.numel(), each.memory.shape[1], each.group)
        for each, end in zip(laid, ends, strict=True)
    ]
    levels = np.array([each.levels for each in laid], np.float32)
    return Weights(memory, np.array(described, np.int64), levels, len(laid[0].memory))


def room(size: int) -> UInt8[np.ndarray, " byte"]:
    """Memory that begins with a cache line. NumPy asks for large pages where there is much of it."""
    memory = np.empty(size + ALIGNED, np.uint8)
    first = -memory.ctypes.data % ALIGNED
    return memory[first : first + size]


def padded(rows: int) -> int:
    """The number of rows that a matrix has in memory.

    >>> padded(576), padded(577)
    (576, 608)
    """
    return -(-rows // LANES) * LANES


def of_rows(weight: Shaped[Tensor, "out in"]) -> Laid:
    """float32, bfloat16 and float16: row by row."""
    weight = _filled(weight.detach()).contiguous()
    kind = ROWS.index(str(weight.dtype).removeprefix("torch."))
    return Laid(kind, weight.view(torch.uint8).view(len(weight) // LANES, -1), 1)


def of_packed(packed: Packed) -> Laid:
    fmt = packed.format
    if fmt.bits == 16:
        weight = packed.dequantize()
        whole = bool((weight == weight.bfloat16()).all())
        return of_rows(weight.bfloat16() if whole else weight.half())
    if fmt.vector > 1 or type(fmt).decode is not Format.decode or fmt.bits > 8:
        raise NotApplicableError(
            f"The fused step multiplies by single numbers; {fmt.title} has none.", "The ordinary decoder runs it."
        )
    codes, scales = fmt.unpack(packed)
    group = codes.shape[1] // scales.step.shape[1]
    if group % PIECE:
        raise NotApplicableError(
            f"The fused step reads {PIECE} inputs at once, and {group} share a scale.", "float32 and bfloat16 work."
        )
    kind, stored, levels = _codes(fmt.levels, codes)
    numbers = [scales.step] if scales.low is None else [scales.step, scales.low]
    small = halves() and all(torch.equal(each, each.half().float()) for each in numbers)
    dtype = torch.float16 if small else torch.float32
    parts = [_scales(_filled(each).to(dtype)) for each in numbers]
    whole = torch.cat([*parts, _columns(_filled(stored), scales.step.shape[1], kind)], -1)  # tile group byte
    tile = (kind, "float16" if small else "float32", len(numbers) == 2)
    return Laid(len(ROWS) + TILES.index(tile), whole.flatten(1), group, levels)


def _filled(rows: Shaped[Tensor, "out column"]) -> Shaped[Tensor, "padded column"]:
    """Zeros for the rows that are missing in the last tile."""
    missing = padded(len(rows)) - len(rows)
    return F.pad(rows, (0, 0, 0, missing)) if missing else rows


def _scales(numbers: Float[Tensor, "out group"]) -> UInt8[Tensor, "tile group byte"]:
    return numbers.unflatten(0, (-1, LANES)).mT.contiguous().view(torch.uint8)


def _columns(codes: UInt8[Tensor, "out in"], groups: int, kind: str) -> UInt8[Tensor, "tile group byte"]:
    """The next codes of each row in 32 bits, row after row; of 4-bit codes, columns i and i + 4 in one byte."""
    rows = codes.unflatten(0, (-1, LANES))  # tile lane in
    if kind.endswith("4"):
        eights = rows.unflatten(2, (-1, 2, 4))  # tile lane eight half column
        quads = eights[..., 0, :] | eights[..., 1, :] << 4
    else:
        quads = rows.unflatten(2, (-1, 4))  # tile lane quad column
    return quads.transpose(1, 2).reshape(len(rows), groups, -1)


def _codes(levels: Float[Tensor, " level"], codes: Int32[Tensor, "out in"]) -> tuple[str, UInt8[Tensor, "out in"], Any]:
    """What kind of codes a tile has, the codes as it stores them, and 16 levels, offset and unit."""
    lowest, n, stored = float(levels[0]), len(levels), codes.to(torch.uint8)
    if bool((levels.diff() == 1).all()):
        return "even4" if n <= 16 else "even8", stored, (*[0.0] * 16, lowest, 1.0)
    if n <= 16:
        unit = float(levels[levels > 0].min())
        raised = levels / unit - (lowest := float(levels.min()) / unit)
        whole = torch.equal(raised, raised.round().clamp(0, 127)) and torch.equal((raised + lowest) * unit, levels)
        if not whole:
            lowest, unit = 0.0, float(levels.abs().max())
        table = raised if whole else levels / unit
        return "whole4" if whole else "table4", stored, (*table.tolist(), *[0.0] * (16 - n), lowest, unit)
    for mantissa, bias in ((3, 7), (2, 15)):
        unit, known = 2.0 ** (127 - bias), levels.isfinite()
        if n == 256 and torch.equal((float8(mantissa) * unit)[known], levels[known]):
            return f"float8_{mantissa}", stored, (*[0.0] * 16, 0.0, unit)
    raise NotApplicableError("The fused step has no product for these levels.", "The ordinary decoder runs them.")


def float8(mantissa: int) -> Float[Tensor, " level"]:
    """All 8-bit patterns moved to a float32's places, as the tiles do it.

    >>> (float8(3) * 2.0**120)[[0, 56, 126, 184]].tolist()  # E4M3: 0, 1, its largest and -1
    [0.0, 1.0, 448.0, -1.0]
    """
    codes = torch.arange(256, dtype=torch.int32)
    moved: Any = (codes & 128) << 24 | (codes & 127) << (23 - mantissa)
    return moved.view(torch.float32)
