"""A tile whose levels are whole numbers, summed as integers where the processor multiplies bytes (AVX-512 VNNI).

One instruction multiplies 64 codes by 64 bytes of the row and adds four products to each of 16 sums. The row comes in
three such bytes, its digits to base 254 (see `fused_row`): three instructions do for 64 weights what takes 16 in
float32. The sums of a block of columns are exact, however they are ordered: for 8-bit codes at most
32 * 255 * 127 = 1,036,320, which is far from 2^31 and a float32 holds. The digits' sums are then put together,

    (sum_1 + (sum_2 + sum_3 / 254) / 254) * the block's scale

They begin with the offset times the digits' totals, so that a weight of zero adds nothing at all to them.
A table of whole levels (MXFP4's, doubled and raised by 12) is looked up by a shuffle of bytes.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from explorer.stack.inference.fused_lanes import (
    F32,
    I8,
    I32,
    I64,
    LANES,
    PIECE,
    TILES,
    WHOLE,
    Built,
    Tile,
    host,
    vector,
)
from explorer.stack.inference.fused_row import BASE, DIGITS, line_of

#: Lanes of a register: 64 codes of one byte, four a row.
ROWS = 16
NEEDED = frozenset(("avx512vnni", "avx512bw"))


def multiplies_bytes() -> bool:
    """Whether the processor that we compile for has the instruction."""
    return host() >= NEEDED


class IntegerTile(Tile):
    """Writes the instructions for one tile of whole levels."""

    def table(self, levels: Built) -> Built:
        """16 levels as bytes, four times: the shuffle looks into its own quarter of the register."""
        if self.codes != "whole4":
            return None
        table = self.b.fptosi(self.load(levels, F32, 16), vector(I8, 16))
        return self.joined([table] * 4)

    def pieces(self, place: Built, piece: Built, pieces: Built, table: Built, x_sum: Built) -> Built:  # noqa: ARG002
        """The group's sums, block by block of two pieces, or of one where a group has an odd number."""
        b = self.b
        total = cgutils.alloca_once(b, vector(F32))
        b.store(ir.Constant(vector(F32), [0.0] * LANES), total)
        of_block = b.sub(I64(2), b.and_(pieces, I64(1)))
        with cgutils.for_range(b, b.sdiv(pieces, of_block)):
            scale = b.load(b.gep(self.scales, [b.lshr(b.load(piece), I64(1))]))
            sums = self.block(place, piece, of_block, table)
            b.store(self.multiply_add(sums, self.splat(scale), b.load(total)), total)
        return b.load(total)

    def block(self, place: Built, piece: Built, of_block: Built, table: Built) -> Built:
        b, halves = self.b, LANES // ROWS
        places = [[cgutils.alloca_once(b, vector(I32, ROWS)) for _ in range(halves)] for _ in range(DIGITS)]
        offset, totals = b.fptosi(self.offset, I32), b.gep(self.totals, [b.mul(b.load(piece), I64(DIGITS))])
        for digit, lanes in enumerate(places):
            first, second = (b.load(b.gep(totals, [I64(digit + at)])) for at in (0, DIGITS))
            both = b.add(first, b.select(b.icmp_signed("==", of_block, I64(2)), second, I32(0)))
            for each in lanes:
                b.store(self.splat(b.mul(offset, both), ROWS), each)
        with cgutils.for_range(b, of_block):
            digits = b.gep(self.digits, [b.mul(b.load(piece), I64(DIGITS * PIECE))])
            sums = [[b.load(each) for each in digit] for digit in places]
            for column, half, codes in self.quads(b.load(place), table):
                for digit in range(DIGITS):
                    four = self.load(b.gep(digits, [I64(digit * PIECE + column)]), I32, 1)
                    four = self.splat(b.extract_element(four, I32(0)), ROWS)
                    sums[digit][half] = self.dot(sums[digit][half], codes, four)
            for each, now in zip(chain(*places), chain(*sums), strict=True):
                b.store(now, each)
            self.next_piece(place, piece)
        return self.joined([self.number([b.load(digit[half]) for digit in places]) for half in range(halves)])

    def quads(self, at: Built, table: Built) -> Any:
        """Codes of four columns, one a byte, of half of the rows at a time: first column, half, 16 lanes of 32 bits."""
        b, four = self.b, self.codes.endswith("4")
        low = ir.Constant(vector(I32, ROWS), [0x0F0F0F0F] * ROWS)
        for turn in range(self.piece_bytes // (4 * LANES)):
            here = b.gep(at, [I64(turn * 4 * LANES)])
            self.ask_for(here, 4 * LANES)
            for half in range(LANES // ROWS):
                bits = self.load(b.gep(here, [I64(half * 4 * ROWS)]), I32, ROWS)
                if not four:
                    yield 4 * turn, half, bits
                    continue
                shift = ir.Constant(vector(I32, ROWS), [4] * ROWS)
                for column, codes in ((8 * turn, bits), (8 * turn + 4, b.lshr(bits, shift))):
                    yield column, half, self.looked_up(b.and_(codes, low), table)

    def looked_up(self, codes: Built, table: Built) -> Built:
        if table is None:
            return codes
        return self.b.bitcast(self.call("x86.avx512.pshuf.b.512", table, self.bytes(codes)), codes.type)

    def dot(self, sums: Built, codes: Built, digits: Built) -> Built:
        """sums + the four products of unsigned and signed bytes in each lane."""
        return self.call("x86.avx512.vpdpbusd.512", sums, self.bytes(codes), self.bytes(digits))

    def bytes(self, lanes: Built) -> Built:
        return self.b.bitcast(lanes, vector(I8, 4 * ROWS))

    def number(self, digits: list[Built]) -> Built:
        """The digits' sums as one float32 in each lane."""
        b, kind = self.b, vector(F32, ROWS)
        first, *rest = (b.sitofp(each, kind) for each in reversed(digits))
        for each in rest:
            first = self.multiply_add(first, ir.Constant(kind, [1 / BASE] * ROWS), each)
        return first


@intrinsic
def tile(
    typing: Any, kind: Any, memory: Any, at: Any, rows: Any, row: Any,  # noqa: ARG001
    groups: Any, pieces: Any, levels: Any, layer: Any, out: Any, first: Any,  # noqa: ARG001
) -> Any:  # fmt: skip
    """For compiled code: out[row, first ...] = the tile of this kind (its place in TILES) at byte `at`, times that row.

    rows: a `Rows`; pieces: of a group; levels: [layer 18]; out: [row rows].
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        line = partial(line_of, context, builder)
        of_rows = list(enumerate(signature.args[3].types))[:5]
        parts = [line(kind, builder.extract_value(given[3], i), given[4]) for i, kind in of_rows]
        memory = line(signature.args[1], given[1], given[2])
        levels = line(signature.args[7], given[7], given[8])
        out = builder.gep(line(signature.args[9], given[9], given[4]), [given[10]])
        end = builder.append_basic_block("tile.end")
        switch = builder.switch(given[0], end)
        for number, (codes, step, low) in enumerate(TILES):
            block = builder.append_basic_block(f"tile.{number}")
            switch.add_case(I64(number), block)
            builder.position_at_end(block)
            made = IntegerTile if codes in WHOLE and multiplies_bytes() else Tile
            made(builder, codes, step, low, parts).add(memory, given[5], given[6], levels, out)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    whole = types.int64
    return types.void(whole, memory, whole, rows, whole, whole, whole, levels, whole, out, whole), generate
