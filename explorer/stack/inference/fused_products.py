"""Products of a weight matrix with one row, in five formats: what a decode step spends its time on.

At batch 1 a step reads every weight once and does two operations with it: memory's speed decides, not arithmetic's. So
the fewer bytes a weight takes, the faster, as long as widening it costs less than reading it. A weight is widened to
float32 in the register in which it is used, and every sum is float32, whatever the format.

Float and 8-bit rows are summed along the row. With a scale for every 32 inputs that would mean a sum across a register
every 32 weights; so these formats lie in **tiles** of 32 rows, column by column, and 32 sums grow side by side.

Worked example: one tile of 4-bit weights whose codes are all 3, scale 2 and low 1, times ones: 32 (1 + 2 * 3) = 224.

>>> f16 = lambda value: np.full((1, 1, 1, LANES), value, np.float16).view(np.uint16)
>>> tile = FourBitTiles(np.full((1, 1, 1, GROUP // 2, LANES), 0x33, np.uint8), f16(2), f16(1))
>>> out = np.empty(LANES, np.float32)
>>> multiply(tile, 0, np.ones(GROUP, np.float32), out, 0, 1)
>>> out[:3].tolist()
[224.0, 224.0, 224.0]
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int8, UInt8, UInt16
from numba.core.types import BaseNamedTuple
from numba.extending import overload

from explorer.stack.inference.fused_team import compiled, prefetch, share

#: Output rows that are computed together; the rows of every format are padded to a multiple.
LANES = 32
#: Inputs that share a scale in the tiles.
GROUP = 32
#: How far ahead of its use a weight is asked for, in bytes.
AHEAD = 2048

float32, int32, uint32 = np.float32, np.int32, np.uint32


class Float32Rows(NamedTuple):
    """As they are."""

    rows: Float32[np.ndarray, "layer out in"]


class BFloat16Rows(NamedTuple):
    """The upper half of each float32."""

    rows: UInt16[np.ndarray, "layer out in"]


class Int8Rows(NamedTuple):
    """weight = scale * code."""

    rows: Int8[np.ndarray, "layer out in"]
    scale: Float32[np.ndarray, "layer out"]


class EightBitTiles(NamedTuple):
    """weight = scale * code, a scale for 32 inputs. Tiles of 32 rows, column by column."""

    codes: Int8[np.ndarray, "layer tile group in_group lane"]
    scale: UInt16[np.ndarray, "layer tile group lane"]
    """float16, as its bits."""


class FourBitTiles(NamedTuple):
    """weight = low + scale * code. Tiles of 32 rows, columns i and i + 16 of a group in one byte."""

    codes: UInt8[np.ndarray, "layer tile group half_group lane"]
    scale: UInt16[np.ndarray, "layer tile group lane"]
    low: UInt16[np.ndarray, "layer tile group lane"]


Weights = Float32Rows | BFloat16Rows | Int8Rows | EightBitTiles | FourBitTiles


@compiled
def half(bits: Any) -> Any:
    """float16 to float32: move exponent and fraction to their places, then correct the exponent's offset."""
    sign, rest = uint32(bits) & uint32(0x8000), uint32(bits) & uint32(0x7FFF)
    return uint32(sign << uint32(16) | rest << uint32(13)).view(float32) * float32(2.0**112)


def product(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    """out = weights[layer] @ x, this member's share of the rows."""
    raise NotImplementedError  # the compiler puts the format's own product here


def _float32(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    rows = weights.rows[layer]
    first, last = share(rows.shape[0] // LANES, member, size)
    for r in range(first * LANES, last * LANES, 2):  # two rows at once: memory delivers two streams faster than one
        a, b = rows[r], rows[r + 1]
        sum_a, sum_b = float32(0), float32(0)
        for c in range(x.shape[0]):
            sum_a += a[c] * x[c]
            sum_b += b[c] * x[c]
        out[r], out[r + 1] = sum_a, sum_b


def _bfloat16(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    rows = weights.rows[layer]
    first, last = share(rows.shape[0] // LANES, member, size)
    for r in range(first * LANES, last * LANES):
        row = rows[r]
        for ahead in range(AHEAD, AHEAD + 2 * row.shape[0], 64):
            prefetch(row, ahead)
        total = float32(0)
        for c in range(x.shape[0]):
            total += uint32(uint32(row[c]) << uint32(16)).view(float32) * x[c]
        out[r] = total


def _int8(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    rows, scale = weights.rows[layer], weights.scale[layer]
    first, last = share(rows.shape[0] // LANES, member, size)
    for r in range(first * LANES, last * LANES, 2):
        a, b = rows[r], rows[r + 1]
        for ahead in range(AHEAD, AHEAD + 2 * a.shape[0], 64):
            prefetch(a, ahead)
        sum_a, sum_b = float32(0), float32(0)
        for c in range(x.shape[0]):
            sum_a += float32(a[c]) * x[c]
            sum_b += float32(b[c]) * x[c]
        out[r], out[r + 1] = scale[r] * sum_a, scale[r + 1] * sum_b


def _eight_bits(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    codes, scale = weights.codes[layer], weights.scale[layer]
    first, last = share(codes.shape[0], member, size)
    s = np.empty(LANES, float32)
    for tile in range(first, last):
        sums = out[tile * LANES : (tile + 1) * LANES]
        sums[:] = float32(0)
        for g in range(codes.shape[1]):
            scales = scale[tile, g]
            for lane in range(LANES):
                s[lane] = half(scales[lane])
            for c in range(0, GROUP, 4):
                w0, w1, w2, w3 = codes[tile, g, c], codes[tile, g, c + 1], codes[tile, g, c + 2], codes[tile, g, c + 3]
                prefetch(w0, AHEAD)
                prefetch(w2, AHEAD)
                i = g * GROUP + c
                x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
                for lane in range(LANES):
                    sums[lane] += s[lane] * (
                        float32(int32(w0[lane])) * x0
                        + float32(int32(w1[lane])) * x1
                        + float32(int32(w2[lane])) * x2
                        + float32(int32(w3[lane])) * x3
                    )


def _four_bits(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    codes, scale, low = weights.codes[layer], weights.scale[layer], weights.low[layer]
    first, last = share(codes.shape[0], member, size)
    groups = codes.shape[1]
    s = np.empty(LANES, float32)
    of_group = np.zeros(groups, float32)  # low is added to every weight of a group: it meets the group's sum
    for c in range(x.shape[0]):
        of_group[c // GROUP] += x[c]
    below, above = np.uint8(15), np.uint8(4)
    for tile in range(first, last):
        sums = out[tile * LANES : (tile + 1) * LANES]
        sums[:] = float32(0)
        for g in range(groups):
            scales, lows = scale[tile, g], low[tile, g]
            for lane in range(LANES):
                s[lane] = half(scales[lane])
                sums[lane] += half(lows[lane]) * of_group[g]
            for c in range(0, GROUP // 2, 4):
                w0, w1, w2, w3 = codes[tile, g, c], codes[tile, g, c + 1], codes[tile, g, c + 2], codes[tile, g, c + 3]
                prefetch(w0, AHEAD)
                prefetch(w2, AHEAD)
                i, j = g * GROUP + c, g * GROUP + GROUP // 2 + c
                x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
                y0, y1, y2, y3 = x[j], x[j + 1], x[j + 2], x[j + 3]
                for lane in range(LANES):
                    sums[lane] += s[lane] * (
                        float32(int32(w0[lane] & below)) * x0
                        + float32(int32(w1[lane] & below)) * x1
                        + float32(int32(w2[lane] & below)) * x2
                        + float32(int32(w3[lane] & below)) * x3
                        + float32(int32(w0[lane] >> above)) * y0
                        + float32(int32(w1[lane] >> above)) * y1
                        + float32(int32(w2[lane] >> above)) * y2
                        + float32(int32(w3[lane] >> above)) * y3
                    )


PRODUCTS = {
    Float32Rows: _float32,
    BFloat16Rows: _bfloat16,
    Int8Rows: _int8,
    EightBitTiles: _eight_bits,
    FourBitTiles: _four_bits,
}


@overload(product, jit_options={"fastmath": True, "nogil": True})
def _product_of(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> Any:  # noqa: ARG001
    assert isinstance(weights, BaseNamedTuple)
    return inspect.unwrap(PRODUCTS[weights.instance_class])  # pyright: ignore[reportAttributeAccessIssue]


@compiled
def multiply(weights: Any, layer: Any, x: Any, out: Any, member: Any, size: Any) -> None:
    """`product`, for a call from Python."""
    product(weights, layer, x, out, member, size)
