"""Rows in fixed point: three signed bytes a number, which integer products multiply by.

A block of 32 columns shares a scale, its largest |x| / 127. In units of that, x = d1 + d2 / 254 + d3 / 254^2 with
digits from -127 to 127, each the nearest whole number to what the ones before it have left. Half of the last digit is
6.1e-8 of the block's largest, as much as a float32 of this size is rounded; with what scaling rounds, the error is at
most 2.5e-7 of it.

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
from jaxtyping import Float32, Int8, Int32
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from explorer.stack.inference.fused.lanes import F32, I8, I32, I64, PIECE, Words, vector
from explorer.stack.inference.fused.team import compiled

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
    totals: Int32[np.ndarray, "row piece 3"]
    """Of each digit."""
    scales: Float32[np.ndarray, "row block"]
    sums: Float32[np.ndarray, "row piece"]
    """Of x: what is added to every weight of a group meets them."""
    n_rows: int
    columns: int
    """How many of x's are the product's."""


def room(rows: int, columns: int) -> tuple[Int8[np.ndarray, "row piece 3 16"], Any, Any, Any]:
    """Digits, totals, scales and sums for up to so many rows and columns."""
    blocks = -(-columns // BLOCK)
    digits = np.zeros((rows, 2 * blocks, DIGITS, PIECE), np.int8)
    totals = np.zeros((rows, 2 * blocks, DIGITS), np.int32)
    return digits, totals, np.zeros((rows, blocks), float32), np.zeros((rows, 2 * blocks), float32)


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
def write(typing: Any, x: Any, row: Any, piece: Any, up: Any, digits: Any, totals: Any) -> Any:  # noqa: ARG001
    """For compiled code: the digits of a piece of x, times `up`, and their totals; returns the sum of x."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        w, (x, row, piece, up, digits, totals) = Words(builder), given

        def place(which: int, array: Any, size: int) -> Any:
            line = line_of(context, builder, signature.args[which], array, row)
            return builder.gep(line, [builder.mul(piece, I64(size))])

        to, sums = place(4, digits, DIGITS * PIECE), place(5, totals, DIGITS)
        numbers = w.load(place(0, x, PIECE), F32, PIECE)
        rest = builder.fmul(numbers, w.splat(up, PIECE))
        for digit in range(DIGITS):
            whole = w.call("rint.v16f32", rest)
            w.store(builder.fptosi(whole, vector(I8, PIECE)), builder.gep(to, [I64(digit * PIECE)]))
            builder.store(builder.fptosi(w.total(whole, F32(0.0)), I32), builder.gep(sums, [I64(digit)]))
            rest = builder.fmul(builder.fsub(rest, whole), ir.Constant(rest.type, [float(BASE)] * PIECE))
        return w.total(numbers, F32(0.0))

    return types.float32(x, types.int64, types.int64, types.float32, digits, totals), generate


@compiled
def fixed(x: Any, count: Any, columns: Any, digits: Any, totals: Any, scales: Any, sums: Any) -> Any:
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
                sums[r, piece] = write(x, r, piece, up, digits, totals)  # pyright: ignore[reportCallIssue]
    return Rows(x, digits, totals, scales, sums, count, columns)


def value(rows: Rows) -> Float32[np.ndarray, "row column"]:
    """What the digits stand for."""
    weights = np.array([float(BASE) ** -i for i in range(DIGITS)])
    numbers = np.einsum("rpdc,d->rpc", rows.digits.astype(np.float64), weights).reshape(len(rows.x), -1)
    scales = np.repeat(rows.scales, BLOCK, 1)[:, : numbers.shape[1]]
    return (numbers * scales)[: rows.n_rows, : rows.columns].astype(float32)
