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


@dataclass(frozen=True, kw_only=True)
class GrownRun:
    """One method at one length: median and quartiles, and bytes at its peak."""

    method: str
    n: int
    ms: float
    low: float
    high: float
    rounds: int
    peak: int


@dataclass(frozen=True, kw_only=True)
class GrownStop:
    """Where a method was not run any more."""

    method: str
    n: int
    why: str
    needed: int


@dataclass(frozen=True, kw_only=True)
class GrownRatio:
    """How many times torch's time ours takes at one length, round by round: median and quartiles."""

    n: int
    median: float
    low: float
    high: float
    clear: bool
    """False where the quartiles lie on both sides of 1: no verdict."""


@dataclass(frozen=True, kw_only=True)
class WidthTimes(GrownRatio):
    """How many times as long one method takes on the other head."""

    method: str


@dataclass(frozen=True, kw_only=True)
class GrownBeside:
    """The head of another width, of the model of the run beside this one; it took turns with this one."""

    model: str
    d: int
    runs: tuple[GrownRun, ...]
    times: tuple[WidthTimes, ...]


@dataclass(frozen=True, kw_only=True)
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
        ratios=tuple(
            GrownRatio(n=n, median=each.median, low=each.low, high=each.high, clear=each.clear)
            for n, each in made.ratios.items()
        ),
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
    times = (
        WidthTimes(n=n, median=r.median, low=r.low, high=r.high, clear=r.clear, method=method)
        for (method, n), r in made.times.items()
    )
    return GrownBeside(model=model, d=d, runs=tuple(map(_run, made.beside)), times=tuple(times))


def _run(one: Run) -> GrownRun:
    taken = one.taken
    return GrownRun(
        method=one.method,
        n=one.n,
        ms=taken.median * 1e3,
        low=taken.low * 1e3,
        high=taken.high * 1e3,
        rounds=taken.rounds,
        peak=one.peak,
    )


def _stop(one: Stop) -> GrownStop:
    return GrownStop(method=one.method, n=one.n, why=one.why, needed=one.needed)


# ---- bytes moved


@dataclass(frozen=True, kw_only=True)
class MovedPoint:
    """Bytes of one algorithm at one length: moved, and held beside inputs and output."""

    n: int
    moved: int
    extra: int


@dataclass(frozen=True, kw_only=True)
class MovedLine:
    """One algorithm by formula at each length, and what was counted."""

    kernel: str
    rows: int
    columns: int
    formula: tuple[MovedPoint, ...]
    counted: tuple[MovedPoint, ...]


@dataclass(frozen=True, kw_only=True)
class OtherMemory:
    """FlashAttention-2's bytes with another fast memory."""

    memory: int
    moved: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
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
                kernel=kernel,
                rows=tile.rows,
                columns=tile.columns,
                formula=tuple(_formula(kernel, n, d, memory, causal) for n in FORMULA_LENGTHS),
                counted=tuple(
                    MovedPoint(n=each.shape.n, moved=each.counted.bytes, extra=each.counted.extra)
                    for each in points
                    if each.kernel == kernel
                ),
            )
        )
    others = tuple(
        OtherMemory(memory=other, moved=tuple(_formula("flash_2", n, d, other, causal).moved for n in FORMULA_LENGTHS))
        for other in memories
        if other != memory
    )
    tile = shaped("flash_2", FORMULA_LENGTHS[-1], d, memory, causal)
    return TextGrows(
        lines=tuple(lines),
        others=others,
        lengths=FORMULA_LENGTHS,
        memory=memory,
        resident=resident(tile),
        d=d,
        causal=causal,
    )


def _formula(kernel: Kernel, n: int, d: int, memory: int, causal: bool) -> MovedPoint:
    made = KERNELS[kernel](shaped(kernel, n, d, memory, causal))
    return MovedPoint(n=n, moved=made.bytes, extra=made.extra)
