"""What the panel of FP8 attention draws: errors of all heads, one head before and after the rotation, the timeline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.systems.fp8_attention import WAYS, peak, products
from explorer.figures.payload import Payload
from explorer.stack.systems.float8 import LARGEST, nearest, quantize
from explorer.stack.systems.hadamard import RandomHadamard, spread
from explorer.stack.systems.overlap import DEVICE, NAMES, RATES, Schedule, Work

if TYPE_CHECKING:
    from explorer.experiments.systems.fp8_attention import HeadErrors

ROWS = (8, 16, 32, 64, 128)
BLOCKS = 12
#: Positions that are drawn; of a longer text those that end at the selected one.
WINDOW = 64
#: Powers of two into which the codes' sizes fall: below 2^-9 lies nought, 2^-9 to 2^-6 the subnormals, 2^8 the largest.
LOWEST, HIGHEST = -10, 8


@dataclass(frozen=True, kw_only=True)
class Fp8Errors(Payload):
    """Errors of every head."""

    layer: int
    head: int
    n_tokens: int
    rows: int
    choices: tuple[int, ...]
    n_draws: int
    spread: int
    """Over how many coordinates the rotation spreads one."""
    d_head: int
    measured: int
    n_layers: int
    rmse: Float[Tensor, "way layer head"]
    """bfloat16, one scale a tensor, one a block, blocks and the rotation."""
    draws: Float[Tensor, "draw layer head"]
    outlier: Float[Tensor, "2 layer head"]
    """The largest number of Q, and of K, by its root mean square."""
    predicted: Float[Tensor, "layer head"]
    """What the rotation should do to the scores' error, if that goes with the length of their products."""
    helped: int
    """Heads for which every draw of the rotation is better than blocks alone."""
    hurt: int
    """Heads for which every draw is worse."""


def errors(made: HeadErrors, *, layer: int, head: int, n_tokens: int, rows: int, d_head: int) -> Fp8Errors:
    known = choices(n_tokens)
    helped, hurt = turned_heads(made)
    return Fp8Errors(
        layer=layer,
        head=head,
        n_tokens=n_tokens,
        rows=rows,
        choices=known,
        n_draws=len(made.draws),
        spread=spread(d_head),
        d_head=d_head,
        measured=made.measured,
        n_layers=made.rmse.shape[1],
        rmse=made.rmse,
        draws=made.draws,
        outlier=made.outlier,
        predicted=made.predicted,
        helped=helped,
        hurt=hurt,
    )


def turned_heads(made: HeadErrors) -> tuple[int, int]:
    """(heads for which every draw of the rotation is better than blocks alone, heads for which every draw is worse)"""
    block = made.rmse[WAYS.index("block")]
    seen = block.isfinite()
    return int(((made.draws < block).all(0) & seen).sum()), int(((made.draws > block).all(0) & seen).sum())


def choices(n: int) -> tuple[int, ...]:
    """Rows that a block may have: no more than so many blocks, each of which is a step of every head's loops.

    >>> choices(26), choices(300), choices(4000)
    ((8, 16, 32), (32, 64, 128), (128,))
    """
    known = [size for size in ROWS if -(-n // size) <= BLOCKS and (size < 2 * n or size == ROWS[0])]
    return tuple(known) or ROWS[-1:]


def usual(n: int) -> int:
    """Rows of a block that are taken first: at least two blocks, where the text has so many tokens.

    >>> usual(5), usual(26), usual(300)
    (8, 8, 64)
    """
    return max((size for size in choices(n) if size <= 64 and n >= 2 * size), default=choices(n)[0])


@dataclass(frozen=True, kw_only=True)
class Side:
    """Q and K as they are, or turned."""

    q: Float[Tensor, "window d_head"]
    k: Float[Tensor, "window d_head"]
    largest: Float[Tensor, "2 d_head"]
    """Of each coordinate of Q, and of K, over all positions."""
    peak: Float[Tensor, " 2"]
    """The largest number by the root mean square."""
    sizes: Int[Tensor, "2 power"]
    """How many numbers fall between which powers of two once they are scaled, the first those below."""
    rounding: Float[Tensor, " 2"]
    """Root mean square of the rounding, relative to that of the numbers."""
    scores: float
    """Root mean square of what rounding does to the scores, visible or not, relative to theirs."""
    products: float
    """Length of a score's products, relative to the scores: what that error goes with."""


@dataclass(frozen=True, kw_only=True)
class Fp8Turned(Payload):
    """One head before and after the rotation."""

    layer: int
    head: int
    kv: int
    position: int
    first: int
    n_tokens: int
    rows: int
    choices: tuple[int, ...]
    d_head: int
    spread: int
    lowest: int
    """The power of two below the first class."""
    signs: Float[Tensor, " d_head"]
    before: Side
    after: Side


@dataclass(frozen=True)
class TurnedErrors:
    """Two ways to the same numbers."""

    scores: float
    """(QM)(KM)^T against QK^T, relative to the largest."""
    rounding: int
    """Codes that are not the nearest of the format's 253 numbers."""


def side(q: Float[Tensor, "pos d_head"], k: Float[Tensor, "pos d_head"], at: slice, rows: int) -> Side:
    rounded = [quantize(x, rows) for x in (q, k)]
    error = [(r.value - x).square().mean().sqrt() / rms(x) for r, x in zip(rounded, (q, k), strict=True)]
    scores = q.double() @ k.double().T
    apart = rounded[0].value.double() @ rounded[1].value.double().T - scores
    return Side(
        q=q[at],
        k=k[at],
        largest=torch.stack([x.abs().amax(0) for x in (q, k)]),
        peak=torch.stack([peak(x) for x in (q, k)]),
        sizes=torch.stack([sizes(x / r.scale) for r, x in zip(rounded, (q, k), strict=True)]),
        rounding=torch.stack(error),
        scores=float(rms(apart) / rms(scores)),
        products=float(products(q, k) / rms(scores)),
    )


def rms(x: Tensor) -> Float[Tensor, ""]:
    return x.square().mean().sqrt().clamp_min(1e-30)


def sizes(scaled: Float[Tensor, "pos d_head"]) -> Int[Tensor, " power"]:
    """How many numbers have each power of two: those below 2^LOWEST first.

    >>> sizes(torch.tensor([[448.0, 1.0, 2**-20.0]])).nonzero().flatten().tolist()
    [0, 11, 19]
    """
    power = scaled.abs().clamp_min(2.0**-40).log2().floor().clamp(LOWEST - 1, HIGHEST)
    return torch.bincount((power - (LOWEST - 1)).long().flatten(), minlength=HIGHEST - LOWEST + 2)


def turned(
    q: Float[Tensor, "pos d_head"], k: Float[Tensor, "pos d_head"], turn: RandomHadamard, at: slice, rows: int
) -> tuple[Side, Side, TurnedErrors]:
    """One head as it is and turned, and the errors of what must hold."""
    q2, k2 = turn(q), turn(k)
    scores = q.double() @ k.double().T
    apart = (q2.double() @ k2.double().T - scores).abs().max() / scores.abs().max().clamp_min(1e-30)
    wrong = 0
    for x in (q, k, q2, k2):
        rounded = quantize(x, rows)
        wrong += int((rounded.numbers.double() != nearest((x / rounded.scale).clamp(-LARGEST, LARGEST))).sum())
    return side(q, k, at, rows), side(q2, k2, at, rows), TurnedErrors(float(apart), wrong)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One schedule."""

    name: str
    groups: int
    seconds: float
    tensor: float
    """Share of the time in which tensor cores work."""
    exponential: float
    tasks: Float[Tensor, "task 5"]
    """Warpgroup, tile, 0 scores 1 softmax 2 output, start and end in microseconds."""


@dataclass(frozen=True, kw_only=True)
class Fp8Overlap(Payload):
    """All schedules of one work."""

    d_head: int
    numbers: str
    tiles: int
    rows: int
    columns: int
    device: str
    """What the throughputs are of."""
    products: float
    """FLOPs a second, dense."""
    exponentials: float
    multiprocessors: int
    product: float
    """Seconds of one tile's scores, and of its output."""
    softmax: float
    schedules: tuple[Timeline, ...]


def timeline(made: Schedule) -> Timeline:
    kinds = ("scores", "softmax", "output")
    tasks = [[t.group, t.tile, kinds.index(t.kind), 1e6 * t.start, 1e6 * t.end] for t in made.tasks]
    return Timeline(
        name=made.name,
        groups=made.groups,
        seconds=made.seconds,
        tensor=made.busy("tensor"),
        exponential=made.busy("exponential"),
        tasks=torch.tensor(tasks),
    )


def overlap(work: Work, made: dict[str, Schedule]) -> Fp8Overlap:
    return Fp8Overlap(
        d_head=work.d_head,
        numbers=work.numbers,
        tiles=work.tiles,
        rows=work.rows,
        columns=work.columns,
        device=DEVICE.name,
        products=RATES.products[work.numbers],
        exponentials=RATES.exponentials,
        multiprocessors=RATES.multiprocessors,
        product=work.product,
        softmax=work.softmax,
        schedules=tuple(timeline(made[name]) for name in NAMES),
    )


def clashes(made: Schedule) -> int:
    """Tasks that overlap another on their unit, or begin before what they read is there: found from times alone."""
    wrong = 0
    tasks = made.tasks
    ends = {(t.group, t.tile, t.kind): t.end for t in tasks}
    for t in tasks:
        reads = {"scores": None, "softmax": "scores", "output": "softmax"}[t.kind]
        if reads and t.start < ends.get((t.group, t.tile, reads), math.inf) - 1e-15:
            wrong += 1
        others = [o for o in tasks if o is not t and o.unit == t.unit]
        wrong += any(o.start < t.end - 1e-15 and t.start < o.end - 1e-15 for o in others)
    return wrong
