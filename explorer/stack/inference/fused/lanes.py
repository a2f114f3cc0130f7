"""One tile of a packed matrix times a row, written in the compiler's own vectors.

A tile is LANES rows of the matrix. 32 bits hold the next codes of one row (4 of 8 bits; 8 of 4 bits, columns i and
i + 4 in a byte), a register holds them of 16 rows, and LANES sums grow side by side, so that nothing is ever summed
across a register. For every group of inputs::

    sums += step * unit * (sum over the group of level[code] x + offset sum(x)) + low * sum(x)

Where the processor multiplies bytes (AVX-512 VNNI), all but floats are summed as integers (see `fused.integers`); what
a code stands for is else found in the register, without a look at memory:

- evenly spaced levels are the code itself, as a number (`offset` is the lowest);
- 16 levels of any kind (NF4, FP4) lie in one register of AVX-512, and a permutation picks 16 of them at once; other
  processors gather them from the cache;
- an 8-bit float is moved to its place in a float32 and has its exponent put right by `unit`.

Numba's own loops come out at half this speed: it cannot be told of these instructions, and it keeps the sums in memory.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils
from numba.core import config as numba_config

#: Rows of a tile.
LANES = 32
#: Columns that are read in one turn.
PIECE = 16
#: How far ahead of its use a weight is asked for, in bytes.
AHEAD = 4096

CODES = ("even4", "whole4", "table4", "even8", "float8_3", "float8_2")
"""What codes can be: 4 bits evenly spaced, 4 bits by a table of whole numbers or of any, whole numbers of 8 bits,
floats of 8 bits with 3 and 2 bits of mantissa."""
WHOLE = CODES[:2] + CODES[3:4]
"""Those whose levels are whole numbers from 0 to 255, times `unit` and after `offset`. Any others' largest is 1."""
STEPS = ("float16", "float32")


F32, I8, I16, I32, I64 = ir.FloatType(), ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64)
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


class Words:
    """What LLVM has no short form for."""

    def __init__(self, builder: Any) -> None:
        self.b = builder

    def load(self, at: Built, kind: ir.Type, size: int) -> Built:
        numbers = self.b.load(self.b.bitcast(at, vector(kind, size).as_pointer()))
        numbers.align = 1
        return numbers

    def store(self, numbers: Built, at: Built) -> None:
        self.b.store(numbers, self.b.bitcast(at, numbers.type.as_pointer())).align = 1

    def multiply_add(self, a: Built, x: Built, total: Built) -> Built:
        return self.b.fadd(self.b.fmul(a, x, flags=FAST), total, flags=FAST)

    def splat(self, number: Built, size: int = LANES) -> Built:
        nothing = ir.Constant(vector(number.type, size), ir.Undefined)
        one = self.b.insert_element(nothing, number, I32(0))
        return self.b.shuffle_vector(one, nothing, ir.Constant(vector(I32, size), [0] * size))

    def cut(self, numbers: Built, first: int, size: int) -> Built:
        places = ir.Constant(vector(I32, size), list(range(first, first + size)))
        return self.b.shuffle_vector(numbers, numbers, places)

    def joined(self, parts: list[Built]) -> Built:
        """Vectors of 16, a power of two of them, as one."""
        while len(parts) > 1:
            places = ir.Constant(vector(I32, 2 * parts[0].type.count), list(range(2 * parts[0].type.count)))
            parts = [self.b.shuffle_vector(a, z, places) for a, z in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    def total(self, numbers: Built, begin: Built) -> Built:
        """Their sum and that of `begin`."""
        kind = ir.FunctionType(F32, [F32, numbers.type])
        name = f"llvm.vector.reduce.fadd.v{numbers.type.count}f32"
        return self.b.call(cgutils.get_or_insert_function(self.b.module, kind, name), [begin, numbers], fastmath=FAST)

    def ask_for(self, at: Built, size: int) -> None:
        """The bytes that lie so far ahead of these; they are read once, and push nothing else out of the caches."""
        kind = ir.FunctionType(ir.VoidType(), [at.type, I32, I32, I32])
        prefetch = self.b.module.declare_intrinsic("llvm.prefetch", [at.type], kind)
        for line in range(0, size, 64):
            self.b.call(prefetch, [self.b.gep(at, [I64(AHEAD + line)]), I32(0), I32(0), I32(1)])

    def call(self, name: str, of: Built, *more: Built) -> Built:
        """LLVM's own function of this name, whose result is of the first argument's type."""
        kind = ir.FunctionType(of.type, [each.type for each in (of, *more)])
        return self.b.call(cgutils.get_or_insert_function(self.b.module, kind, f"llvm.{name}"), [of, *more])


class Tile(Words):
    """Writes the instructions for one tile.

    row: where x, its digits, their totals, the scales and the sums of a row of `Rows` begin.
    """

    def __init__(self, builder: Any, codes: str, step: str, low: bool, row: list[Built]) -> None:
        super().__init__(builder)
        self.codes, self.low, (self.x, self.digits, self.totals, self.scales, self.sums) = codes, low, row
        self.step_type = ir.HalfType() if step == "float16" else F32
        self.step_bytes = LANES * (2 if step == "float16" else 4)
        self.piece_bytes = PIECE * LANES // (2 if codes.endswith("4") else 1)
        self.permutes = codes in ("whole4", "table4") and "avx512f" in host()

    def add(self, at: Built, groups: Built, pieces: Built, levels: Built, out: Built) -> None:
        """out = the tile at that address times x. levels: 16 numbers, then offset and unit."""
        b = self.b
        self.offset, unit = (b.load(b.gep(levels, [I64(16 + i)])) for i in range(2))
        self.levels, table = levels, self.table(levels)
        total, place, piece = (cgutils.alloca_once(b, kind) for kind in (vector(F32), at.type, I64))
        b.store(constant(F32, 0.0), total)
        b.store(at, place)
        b.store(I64(0), piece)
        with cgutils.for_range(b, groups):
            step, place_now = self.scale(b.load(place))
            low, place_now = self.scale(place_now) if self.low else (None, place_now)
            b.store(place_now, place)
            x_sum = self.sum(b.load(piece), pieces)
            inner = b.fmul(self.pieces(place, piece, pieces, table, x_sum), self.splat(unit), flags=FAST)
            sums = self.multiply_add(step, inner, b.load(total))
            b.store(sums if low is None else self.multiply_add(low, self.splat(x_sum), sums), total)
        self.store(b.load(total), out)

    def table(self, levels: Built) -> Built:
        """The levels in a register."""
        return self.load(levels, F32, 16)

    def sum(self, piece: Built, pieces: Built) -> Built:
        """Of x over the group that begins with this piece."""
        b = self.b
        total = cgutils.alloca_once(b, F32)
        b.store(F32(0.0), total)
        with cgutils.for_range(b, pieces) as each:
            one = b.load(b.gep(self.sums, [b.add(piece, each.index)]))
            b.store(b.fadd(b.load(total), one, flags=FAST), total)
        return b.load(total)

    def scale(self, at: Built) -> tuple[Built, Built]:
        """A step or low for every lane, and the address after them."""
        numbers = self.load(at, self.step_type, LANES)
        if self.step_type is not F32:
            numbers = self.b.fpext(numbers, vector(F32))
        return numbers, self.b.gep(at, [I64(self.step_bytes)])

    def pieces(self, place: Built, piece: Built, pieces: Built, table: Built, x_sum: Built) -> Built:
        """The group's sums, offset included; place and piece then stand behind it."""
        b = self.b
        accumulators = [cgutils.alloca_once(b, vector(F32)) for _ in range(2)]
        for each in accumulators:
            b.store(constant(F32, 0.0), each)
        with cgutils.for_range(b, pieces):
            x = b.gep(self.x, [b.mul(b.load(piece), I64(PIECE))])
            sums = [b.load(each) for each in accumulators]
            for i, (bits, column, shift) in enumerate(self.columns(b.load(place))):
                weight = self.splat(b.load(b.gep(x, [I64(column)])))
                sums[i % 2] = self.multiply_add(self.numbers(bits, shift, table), weight, sums[i % 2])
            for each, now in zip(accumulators, sums, strict=True):
                b.store(now, each)
            self.next_piece(place, piece)
        sums = b.fadd(b.load(accumulators[0]), b.load(accumulators[1]), flags=FAST)
        return self.multiply_add(self.splat(self.offset), self.splat(x_sum), sums)

    def next_piece(self, place: Built, piece: Built) -> None:
        b = self.b
        b.store(b.gep(b.load(place), [I64(self.piece_bytes)]), place)
        b.store(b.add(b.load(piece), I64(1)), piece)

    def columns(self, at: Built) -> Iterator[tuple[Built, int, int]]:
        """Of each of the piece's columns: 32 bits a lane, its number, and the place in these bits of its code."""
        four = self.codes.endswith("4")
        for turn in range(self.piece_bytes // (4 * LANES)):
            here = self.b.gep(at, [I64(turn * 4 * LANES)])
            self.ask_for(here, 4 * LANES)
            bits = self.load(here, I32, LANES)
            for byte in range(4):
                yield bits, turn * (8 if four else 4) + byte, 8 * byte
                if four:
                    yield bits, turn * 8 + 4 + byte, 8 * byte + 4

    def numbers(self, bits: Built, shift: int, table: Built) -> Built:
        """What the codes at this place in 32 bits stand for."""
        b = self.b
        if self.codes.startswith("float8"):
            return self.float8(bits, shift)
        bits = b.lshr(bits, constant(I32, shift)) if shift else bits
        if self.permutes:  # it looks at the lowest four bits alone
            halves = [self.cut(bits, first, 16) for first in range(0, LANES, 16)]
            return self.joined([self.call("x86.avx512.permvar.sf.512", table, half) for half in halves])
        codes = b.and_(bits, constant(I32, 15 if self.codes.endswith("4") else 255))
        if self.codes.startswith("even"):
            return b.sitofp(codes, vector(F32))
        values = ir.Constant(vector(F32), ir.Undefined)
        for lane in range(LANES):
            value = b.load(b.gep(self.levels, [b.extract_element(codes, I32(lane))]))
            values = b.insert_element(values, value, I32(lane))
        return values

    def float8(self, bits: Built, shift: int) -> Built:
        """Sign, exponent and mantissa in a float32's places: too small by 2^(127 - bias), which is `unit`."""
        b, mantissa = self.b, int(self.codes[-1])
        high = b.shl(bits, constant(I32, 24 - shift))  # the code in the highest byte
        sign = b.and_(high, constant(I32, -(2**31)))
        rest = b.and_(b.lshr(high, constant(I32, 1 + mantissa)), constant(I32, 127 << (23 - mantissa)))
        return b.bitcast(b.or_(sign, rest), vector(F32))
