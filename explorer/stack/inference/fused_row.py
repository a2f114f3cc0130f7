"""Rows in fixed point: three signed bytes a number, which integer products multiply by.

A block of 32 columns shares a scale, its largest |x| / 127. In units of that, x = d1 + d2 / 254 + d3 / 254^2 with
digits from -127 to 127, each the nearest whole number to what the ones before it have left. The error is at most half
of the last digit, 6.1e-8 of the block's largest: that of a float32 of this size.

Worked example: 1 is 127; of 0.3 = 38.1 / 127 the first digit is 38, the second 0.1 * 254 = 25.4 -> 25, the third
0.4 * 254 = 101.6 -> 102.

>>> x = np.array([[1, 0.3, -0.3, *[0] * 13]], np.float32)
>>> rows = fixed(x, 1, 16, *room(1, 16))
>>> rows.digits[0, 0, :, :3].tolist()
[[127, 38, -38], [0, 25, -25], [0, 102, -102]]
>>> float(np.abs(value(rows) - x).max()) < 1e-7, float(rows.sums[0, 0])
(True, 1.0)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int8

from explorer.stack.inference.fused_lanes import PIECE
from explorer.stack.inference.fused_team import compiled

float32 = np.float32

BASE, DIGITS, LARGEST = 254, 3, 127
#: Columns that share a scale.
BLOCK = 2 * PIECE
#: A block whose numbers are all smaller counts as zeros: the reciprocal of its scale would be too large.
SMALLEST = 1e-30


class Rows(NamedTuple):
    """What a product reads of its input."""

    x: Float32[np.ndarray, "row column"]
    digits: Int8[np.ndarray, "row piece 3 16"]
    scales: Float32[np.ndarray, "row block"]
    sums: Float32[np.ndarray, "row piece"]
    """Of x: what is added to every weight of a group meets them."""
    count: int
    columns: int
    """How many of x's are the product's."""


def room(rows: int, columns: int) -> tuple[Int8[np.ndarray, "row piece 3 16"], Any, Any]:
    """Digits, scales and sums for up to so many rows and columns."""
    pieces = -(-columns // PIECE)
    digits = np.zeros((rows, pieces, DIGITS, PIECE), np.int8)
    return digits, np.zeros((rows, (pieces + 1) // 2), float32), np.zeros((rows, pieces), float32)


@compiled
def fixed(x: Any, count: Any, columns: Any, digits: Any, scales: Any, sums: Any) -> Any:
    """The first rows of x, written into these. Columns behind the last whole piece are of no product in fixed point."""
    pieces = columns // PIECE
    for r in range(count):
        for block in range((pieces + 1) // 2):
            last = min(2 * block + 2, pieces)
            largest = float32(SMALLEST)
            for c in range(2 * block * PIECE, last * PIECE):
                largest = max(largest, abs(x[r, c]))
            scales[r, block] = largest / float32(LARGEST)
            up = float32(LARGEST) / largest if largest > float32(SMALLEST) else float32(0)
            for piece in range(2 * block, last):
                total = float32(0)
                for j in range(PIECE):
                    number = x[r, piece * PIECE + j]
                    total += number
                    rest = number * up
                    for digit in range(DIGITS):
                        whole = np.rint(rest)
                        digits[r, piece, digit, j] = np.int8(whole)
                        rest = (rest - whole) * float32(BASE)
                sums[r, piece] = total
    return Rows(x, digits, scales, sums, count, columns)


def value(rows: Rows) -> Float32[np.ndarray, "row column"]:
    """What the digits stand for."""
    weights = np.array([float(BASE) ** -i for i in range(DIGITS)])
    numbers = np.einsum("rpdc,d->rpc", rows.digits.astype(np.float64), weights).reshape(len(rows.x), -1)
    scales = np.repeat(rows.scales, BLOCK, 1)[:, : numbers.shape[1]]
    return (numbers * scales)[: rows.count, : rows.columns].astype(float32)
