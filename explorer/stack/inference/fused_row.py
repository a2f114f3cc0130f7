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
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from explorer.stack.inference.fused_lanes import F32, FAST, I8, I64, PIECE, Words, vector
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


def line_of(context: Any, builder: Any, kind: Any, array: Any, number: Any) -> Any:
    """Where line `number` of a compiled function's array begins."""
    made = make_array(kind)(context, builder, array)
    stride = cgutils.unpack_tuple(builder, made.strides)[0]
    begin = builder.gep(builder.bitcast(made.data, I8.as_pointer()), [builder.mul(number, stride)])
    return builder.bitcast(begin, made.data.type)


@intrinsic
def largest_of(typing: Any, x: Any, row: Any, piece: Any) -> Any:  # noqa: ARG001
    """For compiled code: the largest |x| of a piece."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        w, (x, row, piece) = Words(builder), given
        at = builder.gep(line_of(context, builder, signature.args[0], x, row), [builder.mul(piece, I64(PIECE))])
        numbers = w.call("fabs.v16f32", w.load(at, F32, PIECE))
        kind = ir.FunctionType(F32, [numbers.type])
        most = cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.reduce.fmax.v16f32")
        return builder.call(most, [numbers])

    return types.float32(x, types.int64, types.int64), generate


@intrinsic
def write(typing: Any, x: Any, row: Any, piece: Any, up: Any, digits: Any) -> Any:  # noqa: ARG001
    """For compiled code: the digits of a piece of x, times `up`; returns the sum of x."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        w, (x, row, piece, up, digits) = Words(builder), given
        at = builder.gep(line_of(context, builder, signature.args[0], x, row), [builder.mul(piece, I64(PIECE))])
        to = builder.gep(
            line_of(context, builder, signature.args[4], digits, row), [builder.mul(piece, I64(DIGITS * PIECE))]
        )
        numbers = w.load(at, F32, PIECE)
        rest = builder.fmul(numbers, w.splat(up, PIECE))
        for digit in range(DIGITS):
            whole = w.call("rint.v16f32", rest)
            w.store(builder.fptosi(whole, vector(I8, PIECE)), builder.gep(to, [I64(digit * PIECE)]))
            rest = builder.fmul(builder.fsub(rest, whole), ir.Constant(rest.type, [float(BASE)] * PIECE))
        kind = ir.FunctionType(F32, [F32, numbers.type])
        total = cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.reduce.fadd.v16f32")
        return builder.call(total, [F32(0.0), numbers], fastmath=FAST)

    return types.float32(x, types.int64, types.int64, types.float32, digits), generate


@compiled
def fixed(x: Any, count: Any, columns: Any, digits: Any, scales: Any, sums: Any) -> Any:
    """The first rows of x, written into these. Columns behind the last whole piece are of no product in fixed point."""
    pieces = columns // PIECE
    for r in range(count):
        for block in range((pieces + 1) // 2):
            last = min(2 * block + 2, pieces)
            largest = float32(SMALLEST)
            for piece in range(2 * block, last):
                largest = max(largest, largest_of(x, r, piece))  # pyright: ignore[reportCallIssue]
            scales[r, block] = largest / float32(LARGEST)
            up = float32(LARGEST) / largest if largest > float32(SMALLEST) else float32(0)
            for piece in range(2 * block, last):
                sums[r, piece] = write(x, r, piece, up, digits)  # pyright: ignore[reportCallIssue]
    return Rows(x, digits, scales, sums, count, columns)


def value(rows: Rows) -> Float32[np.ndarray, "row column"]:
    """What the digits stand for."""
    weights = np.array([float(BASE) ** -i for i in range(DIGITS)])
    numbers = np.einsum("rpdc,d->rpc", rows.digits.astype(np.float64), weights).reshape(len(rows.x), -1)
    scales = np.repeat(rows.scales, BLOCK, 1)[:, : numbers.shape[1]]
    return (numbers * scales)[: rows.count, : rows.columns].astype(float32)
