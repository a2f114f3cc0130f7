"""One tile of a packed matrix times a row, written in the compiler's own vectors.

A tile is LANES rows of the matrix, column by column: a vector holds one column, and LANES sums grow side by side, so
that nothing is ever summed across a register. For every group of inputs::

    sums += step * unit * (sum over the group of level[code] x + offset sum(x)) + low * sum(x)

What a code stands for is found in the register, without a look at memory:

- evenly spaced levels are the code itself, as a number (`offset` is the lowest);
- 16 levels of any kind (NF4, FP4) lie in one register of AVX-512, and a permutation picks 16 of them at once; other
  processors gather them from the cache;
- an 8-bit float is moved to its place in a float32 and has its exponent put right by `unit`.

Numba's own loops come out at half this speed: it cannot be told of the permutation, and it keeps the sums in memory.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.core import config as numba_config
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

#: Rows of a tile.
LANES = 32
#: Columns that are read in one turn; in 4 bits, columns i and i + 8 share a byte.
PIECE = 16
#: How far ahead of its use a weight is asked for, in bytes.
AHEAD = 2048

CODES = ("even4", "table4", "even8", "float8_3", "float8_2")
"""What codes can be: 4 bits evenly spaced, 4 bits by a table, whole numbers of 8 bits, floats of 8 bits with 3 and 2
bits of mantissa."""
STEPS = ("float16", "float32")


F32, I8, I32, I64 = ir.FloatType(), ir.IntType(8), ir.IntType(32), ir.IntType(64)
Built = Any  # a value in LLVM's language
FAST = ("fast",)


def host() -> frozenset[str]:
    """What the processor that we compile for can do; numba can be told of another than this one."""
    settings: Any = numba_config
    if settings.CPU_NAME or settings.CPU_FEATURES:
        return frozenset(each[1:] for each in (settings.CPU_FEATURES or "").split(",") if each.startswith("+"))
    return frozenset(name for name, has in binding.get_host_cpu_features().items() if has)


def halves() -> bool:
    """Whether float16 is widened by an instruction; where it is not, steps are kept as float32."""
    return "f16c" in host() or platform.machine().lower() in ("arm64", "aarch64")


#: Every kind of tile: codes, step, whether a lowest value is added. Floats have none.
TILES: tuple[tuple[str, str, bool], ...] = tuple(
    (codes, step, low)
    for codes in CODES
    for step in STEPS
    for low in (False, True)
    if (step == "float32" or halves()) and not (low and codes.startswith("float8"))
)


def vector(kind: ir.Type, size: int = LANES) -> ir.VectorType:
    return ir.VectorType(kind, size)


def constant(kind: ir.Type, number: float | int) -> Built:
    return ir.Constant(vector(kind), [number] * LANES)


class Tile:
    """Writes the instructions for one tile."""

    def __init__(self, builder: Any, codes: str, step: str, low: bool) -> None:
        self.b, self.codes, self.low = builder, codes, low
        self.step_type = ir.HalfType() if step == "float16" else F32
        self.step_bytes = LANES * (2 if step == "float16" else 4)
        self.piece_bytes = PIECE * LANES // (2 if codes.endswith("4") else 1)
        self.permutes = codes == "table4" and "avx512f" in host()

    def add(
        self, at: Built, x: Built, of_group: Built, groups: Built, pieces: Built, levels: Built, out: Built
    ) -> None:
        """out = the tile at that address times x. levels: 16 numbers, then offset and unit."""
        b = self.b
        table = self.load(levels, F32, PIECE)
        offset, unit = (b.load(b.gep(levels, [I64(16 + i)])) for i in range(2))
        total, place, column = (cgutils.alloca_once(b, kind) for kind in (vector(F32), at.type, x.type))
        b.store(constant(F32, 0.0), total)
        b.store(at, place)
        b.store(x, column)
        with cgutils.for_range(b, groups) as group:
            x_sum = b.load(b.gep(of_group, [group.index]))
            step, place_now = self.scale(b.load(place))
            sums = b.load(total)
            if self.low:
                low, place_now = self.scale(place_now)
                sums = self.multiply_add(low, self.splat(x_sum), sums)
            b.store(place_now, place)
            inner = self.pieces(place, column, pieces, levels, table)
            inner = self.multiply_add(self.splat(offset), self.splat(x_sum), inner)
            inner = b.fmul(inner, self.splat(unit), flags=FAST)
            b.store(self.multiply_add(step, inner, sums), total)
        self.store(b.load(total), out)

    def scale(self, at: Built) -> tuple[Built, Built]:
        """A step or low for every lane, and the address after them."""
        numbers = self.load(at, self.step_type, LANES)
        if self.step_type is not F32:
            numbers = self.b.fpext(numbers, vector(F32))
        return numbers, self.b.gep(at, [I64(self.step_bytes)])

    def pieces(self, place: Built, column: Built, pieces: Built, levels: Built, table: Built) -> Built:
        """The group's sums; place and column then stand behind it."""
        b = self.b
        accumulators = [cgutils.alloca_once(b, vector(F32)) for _ in range(2)]
        for each in accumulators:
            b.store(constant(F32, 0.0), each)
        with cgutils.for_range(b, pieces):
            at, x = b.load(place), b.load(column)
            sums = [b.load(each) for each in accumulators]
            for i, (values, c) in enumerate(self.columns(at, levels, table)):
                weight = self.splat(b.load(b.gep(x, [I64(c)])))
                sums[i % 2] = self.multiply_add(values, weight, sums[i % 2])
            for each, now in zip(accumulators, sums, strict=True):
                b.store(now, each)
            b.store(b.gep(at, [I64(self.piece_bytes)]), place)
            b.store(b.gep(x, [I64(PIECE)]), column)
        return b.fadd(b.load(accumulators[0]), b.load(accumulators[1]), flags=FAST)

    def columns(self, at: Built, levels: Built, table: Built) -> Any:
        """The numbers of each of the piece's columns, with the column."""
        b = self.b
        for row in range(self.piece_bytes // LANES):
            here = b.gep(at, [I64(row * LANES)])
            if row * LANES % 64 == 0:
                self.ask_for(b.gep(here, [I64(AHEAD)]))
            codes = self.load(here, I8, LANES)
            if self.codes == "even8":
                yield b.sitofp(b.sext(codes, vector(I32)), vector(F32)), row
            elif self.codes.startswith("float8"):
                yield self.float8(b.zext(codes, vector(I32))), row
            else:
                both = b.zext(codes, vector(I32))
                yield self.level(both, levels, table), row
                yield self.level(b.lshr(both, constant(I32, 4)), levels, table), row + PIECE // 2

    def level(self, codes: Built, levels: Built, table: Built) -> Built:
        """The numbers of 4-bit codes, which have other bits above them."""
        b = self.b
        if self.permutes:  # it looks at the lowest four bits alone
            kind = ir.FunctionType(vector(F32, 16), [vector(F32, 16), vector(I32, 16)])
            permute = cgutils.get_or_insert_function(b.module, kind, "llvm.x86.avx512.permvar.sf.512")
            parts = [b.call(permute, [table, self.cut(codes, first, 16)]) for first in range(0, LANES, 16)]
            return self.joined(parts)
        codes = b.and_(codes, constant(I32, 15))
        if self.codes == "even4":
            return b.uitofp(codes, vector(F32))
        values = ir.Constant(vector(F32), ir.Undefined)
        for lane in range(LANES):
            value = b.load(b.gep(levels, [b.extract_element(codes, I32(lane))]))
            values = b.insert_element(values, value, I32(lane))
        return values

    def float8(self, codes: Built) -> Built:
        """Sign, exponent and mantissa in a float32's places: too small by 2^(127 - bias), which is `unit`."""
        b, mantissa = self.b, int(self.codes[-1])
        sign = b.shl(b.and_(codes, constant(I32, 128)), constant(I32, 24))
        rest = b.shl(b.and_(codes, constant(I32, 127)), constant(I32, 23 - mantissa))
        return b.bitcast(b.or_(sign, rest), vector(F32))

    # ---- words that LLVM has no short form for

    def load(self, at: Built, kind: ir.Type, size: int) -> Built:
        numbers = self.b.load(self.b.bitcast(at, vector(kind, size).as_pointer()))
        numbers.align = 1
        return numbers

    def store(self, numbers: Built, at: Built) -> None:
        self.b.store(numbers, self.b.bitcast(at, numbers.type.as_pointer())).align = 1

    def multiply_add(self, a: Built, x: Built, total: Built) -> Built:
        return self.b.fadd(self.b.fmul(a, x, flags=FAST), total, flags=FAST)

    def splat(self, number: Built) -> Built:
        nothing = ir.Constant(vector(number.type), ir.Undefined)
        one = self.b.insert_element(nothing, number, I32(0))
        return self.b.shuffle_vector(one, nothing, ir.Constant(vector(I32), [0] * LANES))

    def cut(self, numbers: Built, first: int, size: int) -> Built:
        places = ir.Constant(vector(I32, size), list(range(first, first + size)))
        return self.b.shuffle_vector(numbers, numbers, places)

    def joined(self, parts: list[Built]) -> Built:
        """Vectors of 16, a power of two of them, as one."""
        while len(parts) > 1:
            places = ir.Constant(vector(I32, 2 * parts[0].type.count), list(range(2 * parts[0].type.count)))
            parts = [self.b.shuffle_vector(a, z, places) for a, z in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    def ask_for(self, at: Built) -> None:
        kind = ir.FunctionType(ir.VoidType(), [at.type, I32, I32, I32])
        prefetch = self.b.module.declare_intrinsic("llvm.prefetch", [at.type], kind)
        self.b.call(prefetch, [at, I32(0), I32(3), I32(1)])


@intrinsic
def tile(
    typing: Any, kind: Any, memory: Any, at: Any, x: Any, of_group: Any,  # noqa: ARG001
    groups: Any, pieces: Any, levels: Any, layer: Any, out: Any, row: Any,  # noqa: ARG001
) -> Any:  # fmt: skip
    """For compiled code: rows `row` and on of out = the tile of this kind (its place in TILES) at byte `at`, times x.

    of_group: the sum of x over each group; pieces: of a group; levels: [layer 18].
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        def address(which: int, index: Built) -> Built:
            return builder.gep(make_array(signature.args[which])(context, builder, given[which]).data, [index])

        wanted, (memory, x, of_group) = given[0], (address(1, given[2]), address(3, I64(0)), address(4, I64(0)))
        levels, out = address(7, builder.mul(given[8], I64(18))), address(9, given[10])
        end = builder.append_basic_block("tile.end")
        switch = builder.switch(wanted, end)
        for number, each in enumerate(TILES):
            block = builder.append_basic_block(f"tile.{number}")
            switch.add_case(I64(number), block)
            builder.position_at_end(block)
            Tile(builder, *each).add(memory, x, of_group, given[5], given[6], levels, out)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    whole = types.int64
    return types.void(whole, memory, whole, x, of_group, whole, whole, levels, whole, out, whole), generate
