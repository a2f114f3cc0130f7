"""A tile whose codes are no floats, summed as integers where the processor multiplies bytes (AVX-512 VNNI).

One instruction multiplies 64 codes by 64 bytes of the row and adds four products to each of 16 sums. The row comes in
three such bytes, its digits to base 254 (see `fused.row`): three instructions do for 64 weights what takes 16 in
float32. The sums of a block of columns are exact, however they are ordered: for 8-bit codes at most
32 * 255 * 127 = 1,036,320, which is far from 2^31 and a float32 holds. The digits' sums are then put together,

    (sum_1 + (sum_2 + sum_3 / 254) / 254) * the block's scale

They begin with the offset times the digits' totals, so that a weight of zero adds nothing at all to them.
A table of whole levels (MXFP4's, doubled and raised by 12) is looked up by a shuffle of bytes.

Levels of any kind (NF4, FP4) come in two bytes, to base 254 as the row does: level * 127 = t1 + t2 / 254, each raised
by 127. Of the products of bytes and digits the three largest are taken, so that they cost what whole levels cost:

    (sum(t1 d1) + sum(t1 d2 + t2 d1) / 254) / 127 * the block's scale

NF4's first positive level, 0.07958, is 10.1067 / 127: t1 = 10 and t2 = 27, stored as 137 and 154; that is 0.07958 less
3e-6. A weight times a number is then off by at most 4.7e-5 of the group's largest weight times the block's largest
number, a third of it each from the level's rounding, from t2 d2 and from t1 d3. In a sum the errors cancel as noise
does: some 5e-5 of a sum's own size, a quarter of what float16 rows would cost. All six products, exact to float32, take
twice the time: 60 % instead of 70 % of memory's speed.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from explorer.stack.inference.fused.lanes import (
    F32,
    I8,
    I32,
    I64,
    LANES,
    PIECE,
    TILES,
    Built,
    Tile,
    host,
    vector,
)
from explorer.stack.inference.fused.row import BASE, DIGITS, LARGEST, line_of

#: Lanes of a register: 64 codes of one byte, four a row.
ROWS = 16
#: Products of a level's byte and a digit, of levels in one byte and in two; same sum of places, same sum.
TERMS = (((0, 0), (0, 1), (0, 2)), ((0, 0), (0, 1), (1, 0)))
#: What each of two bytes is raised by.
RAISED = 127
NEEDED = frozenset(("avx512vnni", "avx512bw"))


def multiplies_bytes() -> bool:
    """Whether the processor that we compile for has the instruction."""
    return host() >= NEEDED


class IntegerTile(Tile):
    """Writes the instructions for one tile of codes that are no floats."""

    @property
    def two_bytes(self) -> bool:
        return self.codes == "table4"

    def table(self, levels: Built) -> list[Built]:
        """16 levels as bytes, four times: the shuffle looks into its own quarter of the register."""
        b = self.b
        if self.codes.startswith("even"):
            return []
        numbers = self.load(levels, F32, 16)
        if not self.two_bytes:
            return [self.four_times(b.fptosi(numbers, vector(I8, 16)))]

        def every(number: int) -> Built:
            return ir.Constant(vector(I32, 16), [number] * 16)

        whole = self.call("rint.v16f32", b.fmul(numbers, ir.Constant(numbers.type, [float(LARGEST * BASE)] * 16)))
        raised = b.add(b.fptosi(whole, vector(I32, 16)), every(RAISED * BASE + RAISED))
        return [
            self.four_times(b.trunc(each, vector(I8, 16)))
            for each in (b.udiv(raised, every(BASE)), b.urem(raised, every(BASE)))
        ]

    def four_times(self, table: Built) -> Built:
        return self.joined([table] * 4)

    def pieces(self, place: Built, piece: Built, pieces: Built, table: list[Built], x_sum: Built) -> Built:  # noqa: ARG002
        """The group's sums, block by block of two pieces, or of one where a group has an odd number."""
        b = self.b
        total = cgutils.alloca_once(b, vector(F32))
        b.store(ir.Constant(vector(F32), [0.0] * LANES), total)
        of_block = b.sub(I64(2), b.and_(pieces, I64(1)))
        with cgutils.for_range(b, b.sdiv(pieces, of_block)):
            scale = b.load(b.gep(self.scales, [b.lshr(b.load(piece), I64(1))]))
            if self.two_bytes:
                scale = b.fmul(scale, F32(1 / LARGEST))
            sums = self.block(place, piece, of_block, table)
            b.store(self.multiply_add(sums, self.splat(scale), b.load(total)), total)
        return b.load(total)

    def block(self, place: Built, piece: Built, of_block: Built, table: list[Built]) -> Built:
        b, halves = self.b, LANES // ROWS
        starts = self.starts(piece, of_block)
        places = [[cgutils.alloca_once(b, vector(I32, ROWS)) for _ in range(halves)] for _ in starts]
        for start, lanes in zip(starts, places, strict=True):
            for each in lanes:
                b.store(self.splat(start, ROWS), each)
        with cgutils.for_range(b, of_block):
            digits = b.gep(self.digits, [b.mul(b.load(piece), I64(DIGITS * PIECE))])
            sums = [[b.load(each) for each in lanes] for lanes in places]
            for column, half, levels in self.quads(b.load(place), table):
                for byte, digit in TERMS[self.two_bytes]:
                    four = self.load(b.gep(digits, [I64(digit * PIECE + column)]), I32, 1)
                    four = self.splat(b.extract_element(four, I32(0)), ROWS)
                    sums[byte + digit][half] = self.dot(sums[byte + digit][half], levels[byte], four)
            for each, now in zip(chain(*places), chain(*sums), strict=True):
                b.store(now, each)
            self.next_piece(place, piece)
        return self.joined([self.number([b.load(lanes[half]) for lanes in places]) for half in range(halves)])

    def starts(self, piece: Built, of_block: Built) -> list[Built]:
        """What each sum begins with: what the levels are raised by, taken off."""
        b, totals = self.b, self.b.gep(self.totals, [self.b.mul(self.b.load(piece), I64(DIGITS))])
        raised = I32(-RAISED) if self.two_bytes else b.fptosi(self.offset, I32)
        starts: list[Built] = []
        for byte, digit in TERMS[self.two_bytes]:
            first, second = (b.load(b.gep(totals, [I64(digit + at)])) for at in (0, DIGITS))
            both = b.add(first, b.select(b.icmp_signed("==", of_block, I64(2)), second, I32(0)))
            less = b.mul(raised, both)
            if byte + digit < len(starts):
                starts[byte + digit] = b.add(starts[byte + digit], less)
            else:
                starts.append(less)
        return starts

    def quads(self, at: Built, table: list[Built]) -> Any:
        """Levels of four columns, of half of the rows at a time: first column, half, each byte's 16 lanes."""
        b, four = self.b, self.codes.endswith("4")
        low = ir.Constant(vector(I32, ROWS), [0x0F0F0F0F] * ROWS)
        for turn in range(self.piece_bytes // (4 * LANES)):
            here = b.gep(at, [I64(turn * 4 * LANES)])
            self.ask_for(here, 4 * LANES)
            for half in range(LANES // ROWS):
                bits = self.load(b.gep(here, [I64(half * 4 * ROWS)]), I32, ROWS)
                if not four:
                    yield 4 * turn, half, [bits]
                    continue
                shift = ir.Constant(vector(I32, ROWS), [4] * ROWS)
                for column, codes in ((8 * turn, bits), (8 * turn + 4, b.lshr(bits, shift))):
                    yield column, half, self.looked_up(b.and_(codes, low), table)

    def looked_up(self, codes: Built, table: list[Built]) -> list[Built]:
        found = [self.call("x86.avx512.pshuf.b.512", each, self.bytes(codes)) for each in table]
        return [self.b.bitcast(each, codes.type) for each in found] or [codes]

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
            made = Tile if codes.startswith("float8") or not multiplies_bytes() else IntegerTile
            made(builder, codes, step, low, parts).add(memory, given[5], given[6], levels, out)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    whole = types.int64
    return types.void(whole, memory, whole, rows, whole, whole, whole, levels, whole, out, whole), generate
