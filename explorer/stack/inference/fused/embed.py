"""One row of a matrix in reading order, as float32: a token's embedding, where the table is the unembedding's too.

A few hundred numbers, read from wherever the row's codes lie in its tile (see `fused.weights`). By torch it takes a
dozen operations on one row, a tenth of the whole step in 4 bits.

>>> import torch
>>> from explorer.stack.inference.fused.weights import arranged
>>> from explorer.stack.systems.quantization.formats import FORMATS
>>> packed = FORMATS["q8_0"].quantize(torch.linspace(-1, 1, 40 * 64).view(40, 64))
>>> out = np.empty(64, np.float32)
>>> embed(arranged([packed]), 33, 1.0, out)
>>> bool(np.abs(out - packed.dequantize()[33].numpy()).max() < 1e-6)
True
"""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.stack.inference.fused.lanes import LANES, TILES
from explorer.stack.inference.fused.rows import ROWS
from explorer.stack.inference.fused.team import compiled

float32, int64, uint16, uint32 = np.float32, np.int64, np.uint16, np.uint32

#: Of each kind of tile: whether codes have 4 bits, whether they are looked up, a float's mantissa, bytes of a step,
#: whether it has a low.
KINDS = np.array(
    [
        (
            codes.endswith("4"),
            codes in ("whole4", "table4"),
            int(codes[-1]) if codes.startswith("float8") else 0,
            2 if step == "float16" else 4,
            low,
        )
        for codes, step, low in TILES
    ],
    np.int64,
)


@compiled
def half(bits: Any) -> Any:
    """float16 to float32: move exponent and fraction to their places, then correct the exponent's offset."""
    sign, rest = uint32(bits) & uint32(0x8000), uint32(bits) & uint32(0x7FFF)
    return uint32(sign << uint32(16) | rest << uint32(13)).view(float32) * float32(2.0**112)


@compiled
def embed(weights: Any, number: Any, scale: Any, out: Any) -> None:
    """out = scale * row `number` of the first matrix."""
    kind, begin, tile_bytes, group = weights.matrices[0]
    at = begin + number // LANES * tile_bytes
    tile = weights.memory[at : at + tile_bytes]
    if kind < len(ROWS):
        width = tile_bytes // LANES
        plain_row(kind, tile[number % LANES * width : (number % LANES + 1) * width], out)
    else:
        packed_row(KINDS[kind - len(ROWS)], tile, number % LANES, group, weights.levels[0], out)
    for c in range(out.shape[0]):
        out[c] *= float32(scale)


@compiled
def embedded(weights: Any, ids: Any, scale: Any, x: Any) -> None:
    """x = the tokens' embeddings; it is left as it is where there is no such matrix."""
    if weights is not None:
        for t in range(len(ids)):
            embed(weights, ids[t], scale, x[t])


@compiled
def plain_row(kind: Any, row: Any, out: Any) -> None:
    if kind == 0:
        out[:] = row.view(float32)
        return
    bits = row.view(uint16)
    for c in range(out.shape[0]):
        out[c] = half(bits[c]) if kind == 2 else uint32(uint32(bits[c]) << uint32(16)).view(float32)


@compiled
def number_at(tile: Any, place: Any, size: Any) -> Any:
    """A step or low."""
    if size == 2:
        return half(uint16(tile[place]) | uint16(tile[place + 1]) << uint16(8))
    return tile[place : place + 4].view(float32)[0]


@compiled
def float8(code: Any, shift: Any) -> Any:
    """Sign, exponent and mantissa in a float32's places; the unit puts the exponent right."""
    moved = (uint32(code) & uint32(127)) << uint32(shift)
    return uint32((uint32(code) & uint32(128)) << uint32(24) | moved).view(float32)


@compiled
def packed_row(kind: Any, tile: Any, lane: Any, group: Any, levels: Any, out: Any) -> None:
    four, looked_up, mantissa, size, has_low = kind
    place = 0
    for first in range(0, out.shape[0], group):
        step, low = number_at(tile, place + lane * size, size), float32(0)
        place += LANES * size
        if has_low:
            low = number_at(tile, place + lane * size, size)
            place += LANES * size
        for c in range(group):
            if four:  # columns i and i + 4 of eight in a byte
                byte = int64(tile[place + (c // 8 * LANES + lane) * 4 + c % 4])
                code = byte >> 4 if c % 8 >= 4 else byte & 15
            else:
                code = int64(tile[place + (c // 4 * LANES + lane) * 4 + c % 4])
            level = levels[code] if looked_up else float8(code, 23 - mantissa) if mantissa else float32(code)
            out[first + c] = step * ((level + levels[16]) * levels[17]) + low
        place += LANES * group // (2 if four else 1)
