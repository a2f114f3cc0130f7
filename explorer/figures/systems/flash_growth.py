"""What the growth panel draws: time and memory of each method by length, and bytes moved, by formula and counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.systems.attention_io import FORWARD, Point, shaped
from explorer.experiments.systems.attention_methods import METHODS, squares
from explorer.experiments.systems.flash_growth import Growth, Run, Stop, memory_power
from explorer.figures.payload import Payload
from explorer.stack.systems.attention_io import KERNELS, Kernel, resident

#: lengths of the formula's lines
FORMULA_LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)


@dataclass(frozen=True)
class GrownRun:
    """One method at one length: median and quartiles, and bytes at its peak."""

    method: str
    n: int
    ms: float
    low: float
    high: float
    rounds: int
    peak: int


@dataclass(frozen=True)
class GrownStop:
    """Where a method was not run any more."""

    method: str
    n: int
    why: str
    needed: int


@dataclass(frozen=True)
class GrownRatio:
    """How many times torch's time ours takes at one length, round by round: median and quartiles."""

    n: int
    median: float
    low: float
    high: float
    clear: bool
    """False where the quartiles lie on both sides of 1: no verdict."""


@dataclass(frozen=True)
class WidthTimes(GrownRatio):
    """How many times as long one method takes on the other head."""

    method: str


@dataclass(frozen=True)
class GrownBeside:
    """The head of another width, of the model of the run beside this one; it took turns with this one."""

    model: str
    d: int
    runs: tuple[GrownRun, ...]
    times: tuple[WidthTimes, ...]


@dataclass(frozen=True)
class FlashGrown(Payload):
    """Time and memory against length, measured."""

    runs: tuple[GrownRun, ...]
    stops: tuple[GrownStop, ...]
    ratios: tuple[GrownRatio, ...]
    lengths: tuple[int, ...]
    squares: tuple[int, ...]
    """Bytes of the standard way's squares at each length, by formula."""
    powers: tuple[float | None, ...]
    """Of N, in the growth of each method's peak; None where too few lengths are measured."""
    d: int
    causal: bool
    backward: bool
    free: int
    allowed: int
    seconds: float
    threads: int
    whole: bool
    base: GrownBeside | None = None


def grown(
    made: Growth,
    lengths: Sequence[int],
    d: int,
    causal: bool,
    backward: bool,
    seconds: float,
    threads: int,
    base: GrownBeside | None = None,
) -> FlashGrown:
    powers = [memory_power(made.runs, method) for method in METHODS]
    return FlashGrown(
        runs=tuple(map(_run, made.runs)),
        stops=tuple(map(_stop, made.stops)),
        ratios=tuple(GrownRatio(n, each.median, each.low, each.high, each.clear) for n, each in made.ratios.items()),
        lengths=tuple(lengths),
        squares=tuple(squares(n, causal, backward) for n in lengths),
        powers=tuple(None if math.isnan(each) else each for each in powers),
        d=d,
        causal=causal,
        backward=backward,
        free=made.free,
        allowed=made.allowed,
        seconds=seconds,
        threads=threads,
        whole=made.whole,
        base=base,
    )


def grown_beside(made: Growth, d: int, model: str) -> GrownBeside:
    """`d`: the width of the head of `model`."""
    times = (WidthTimes(n, r.median, r.low, r.high, r.clear, method) for (method, n), r in made.times.items())
    return GrownBeside(model, d, tuple(map(_run, made.beside)), tuple(times))


def _run(one: Run) -> GrownRun:
    taken = one.taken
    return GrownRun(one.method, one.n, taken.median * 1e3, taken.low * 1e3, taken.high * 1e3, taken.rounds, one.peak)


def _stop(one: Stop) -> GrownStop:
    return GrownStop(one.method, one.n, one.why, one.needed)


# ---- bytes moved


@dataclass(frozen=True)
class MovedPoint:
    """Bytes of one algorithm at one length: moved, and held beside inputs and output."""

    n: int
    moved: int
    extra: int


@dataclass(frozen=True)
class MovedLine:
    """One algorithm by formula at each length, and what was counted."""

    kernel: str
    rows: int
    columns: int
    formula: tuple[MovedPoint, ...]
    counted: tuple[MovedPoint, ...]


@dataclass(frozen=True)
class OtherMemory:
    """FlashAttention-2's bytes with another fast memory."""

    memory: int
    moved: tuple[int, ...]


@dataclass(frozen=True)
class TextGrows(Payload):
    """Bytes moved and extra memory against length."""

    lines: tuple[MovedLine, ...]
    others: tuple[OtherMemory, ...]
    lengths: tuple[int, ...]
    memory: int
    """Numbers in fast memory."""
    resident: int
    """Bytes that a tile of FlashAttention-2 holds there."""
    d: int
    causal: bool


def text_grows(points: Sequence[Point], d: int, memory: int, memories: Sequence[int], causal: bool) -> TextGrows:
    lines = []
    for kernel in FORWARD:
        tile = shaped(kernel, FORMULA_LENGTHS[-1], d, memory, causal)
        lines.append(
            MovedLine(
                kernel, tile.rows, tile.columns,
                tuple(_formula(kernel, n, d, memory, causal) for n in FORMULA_LENGTHS),
                tuple(
                    MovedPoint(each.shape.n, each.counted.bytes, each.counted.extra)
                    for each in points if each.kernel == kernel
                ),
            )
        )  # fmt: skip
    others = tuple(
        OtherMemory(other, tuple(_formula("flash_2", n, d, other, causal).moved for n in FORMULA_LENGTHS))
        for other in memories
        if other != memory
    )
    tile = shaped("flash_2", FORMULA_LENGTHS[-1], d, memory, causal)
    return TextGrows(tuple(lines), others, FORMULA_LENGTHS, memory, resident(tile), d, causal)


def _formula(kernel: Kernel, n: int, d: int, memory: int, causal: bool) -> MovedPoint:
    made = KERNELS[kernel](shaped(kernel, n, d, memory, causal))
    return MovedPoint(n, made.bytes, made.extra)
