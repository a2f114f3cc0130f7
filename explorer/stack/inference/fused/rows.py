"""Rows of a matrix in float32, bfloat16 or float16 times a row, written in the compiler's own vectors.

One row after the other, as they lie in memory, in four sums of 16 numbers; a 16-bit weight is widened in the register
in which it is used. Every cache line is asked for AHEAD of its use, between two products: numba's own loops, which ask
for a whole row at its begin or leave it to the processor, wait half of the time.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from explorer.stack.inference.fused.lanes import (
    F32,
    FAST,
    I8,
    I16,
    I32,
    I64,
    LANES,
    PIECE,
    Built,
    Words,
    halves,
    vector,
)
from explorer.stack.inference.fused.row import line_of

#: Matrices that lie row by row, as many kinds as there are numbers of 32 and 16 bits.
ROWS = ("float32", "bfloat16", "float16")
#: Columns that are read in one turn, in sums that grow side by side: an addition waits for the one before it.
TURN = 4 * PIECE


class Row(Words):
    """Writes the instructions for rows of one type."""

    def __init__(self, builder: Any, kind: str) -> None:
        super().__init__(builder)
        self.kind, self.size = kind, 4 if kind == "float32" else 2

    def add(self, weights: Built, x: Built, columns: Built, out: Built) -> None:
        """out[r] = row r of the weights times x, for LANES rows."""
        b = self.b
        with cgutils.for_range(b, I64(LANES)) as each:
            row = b.gep(weights, [b.mul(each.index, b.mul(columns, I64(self.size)))])
            b.store(self.dot(row, x, columns), b.gep(out, [each.index]))

    def dot(self, row: Built, x: Built, columns: Built) -> Built:
        b = self.b
        places = [cgutils.alloca_once(b, vector(F32, PIECE)) for _ in range(TURN // PIECE)]
        for place in places:
            b.store(ir.Constant(vector(F32, PIECE), [0.0] * PIECE), place)
        with cgutils.for_range(b, b.sdiv(columns, I64(TURN))) as each:
            first = b.mul(each.index, I64(TURN))
            here = b.gep(row, [b.mul(first, I64(self.size))])
            self.ask_for(here, TURN * self.size)
            for i, place in enumerate(places):
                weights = self.numbers(b.gep(here, [I64(i * PIECE * self.size)]), PIECE)
                self.take(weights, x, b.add(first, I64(i * PIECE)), place)
        done = b.mul(b.sdiv(columns, I64(TURN)), I64(TURN))
        rest = cgutils.alloca_once(b, vector(F32, 1))
        b.store(ir.Constant(vector(F32, 1), [0.0]), rest)
        with cgutils.for_range(b, b.sub(columns, done)) as each:
            column = b.add(done, each.index)
            self.take(self.numbers(b.gep(row, [b.mul(column, I64(self.size))]), 1), x, column, rest)
        sums = [b.load(place) for place in places]
        while len(sums) > 1:
            sums = [b.fadd(one, other, flags=FAST) for one, other in zip(sums[::2], sums[1::2], strict=True)]
        return self.total(sums[0], b.extract_element(b.load(rest), I32(0)))

    def take(self, weights: Built, x: Built, first: Built, place: Built) -> None:
        """place += so many of the row's columns times x's."""
        numbers = self.load(self.b.gep(x, [first]), F32, weights.type.count)
        self.b.store(self.multiply_add(weights, numbers, self.b.load(place)), place)

    def each(self, number: int, size: int = PIECE) -> Built:
        return ir.Constant(vector(I32, size), [number] * size)

    def numbers(self, at: Built, size: int) -> Built:
        b, wide = self.b, vector(I32, size)
        if self.kind == "float32":
            return self.load(at, F32, size)
        if self.kind == "float16" and halves():
            return b.fpext(self.load(at, ir.HalfType(), size), vector(F32, size))
        bits = b.zext(self.load(at, I16, size), wide)
        if self.kind == "bfloat16":
            return b.bitcast(b.shl(bits, self.each(16, size)), vector(F32, size))
        # exponent and fraction go to their places, then the exponent's offset is put right
        sign, rest = b.and_(bits, self.each(0x8000, size)), b.and_(bits, self.each(0x7FFF, size))
        moved = b.or_(b.shl(sign, self.each(16, size)), b.shl(rest, self.each(13, size)))
        return b.fmul(b.bitcast(moved, vector(F32, size)), ir.Constant(vector(F32, size), [2.0**112] * size))


@intrinsic
def rows_product(
    typing: Any, kind: Any, memory: Any, at: Any, rows: Any, row: Any,  # noqa: ARG001
    columns: Any, out: Any, first: Any,  # noqa: ARG001
) -> Any:  # fmt: skip
    """For compiled code: out[row, first ...] = LANES rows of this kind (its place in ROWS) at byte `at`, times that
    row of `rows`."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        line = partial(line_of, context, builder)
        x = line(signature.args[3].types[0], builder.extract_value(given[3], 0), given[4])
        weights = line(signature.args[1], given[1], given[2])
        out = builder.gep(line(signature.args[6], given[6], given[4]), [given[7]])
        end = builder.append_basic_block("rows.end")
        switch = builder.switch(given[0], end)
        for number, name in enumerate(ROWS):
            block = builder.append_basic_block(f"rows.{number}")
            switch.add_case(I64(number), block)
            builder.position_at_end(block)
            Row(builder, name).add(builder.bitcast(weights, I8.as_pointer()), x, given[5], out)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    whole = types.int64
    return types.void(whole, memory, whole, rows, whole, whole, out, whole), generate
