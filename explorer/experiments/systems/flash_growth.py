"""Time and memory of attention as the text grows: standard, ours in tiles, torch's; measured length by length.

Short lengths first. Each length is run once to be checked and for its memory, then by turns for time, fewer rounds
where it takes long. A method stops where its memory would pass what may be taken, or its time what is left.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.memory_peak import memory_peak
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.systems.attention_methods import METHODS, Heads, Method, squares
from explorer.experiments.timing import Ratio, Timing, compare, one_thread
from explorer.stack.systems.attention_io import power
from explorer.stack.systems.hardware import free_memory
from explorer.stack.worst import worst

LENGTHS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)
Pass = Callable[[], list[Tensor]]
#: a method on a head of so many dimensions
Case = tuple[Method, int]
Named = TypeVar("Named")
#: seconds for all, and bytes that a measurement may take at once
SECONDS, BYTES = 40.0, 1_000_000_000
#: rounds of a length whose one round takes up to so many seconds
ROUNDS = ((0.3, 5), (2.0, 3), (math.inf, 2))
#: rows of each length that are computed in float64
EXACT = 32
#: a doubled length takes about four times as long
DOUBLED = 4.0
#: runs of a length at least: one to be checked, two to be timed
LEAST = 3

#: Lengths from which on what grows more slowly than the rest no longer matters in memory.
GROWS_FROM: dict[Method, int] = {"standard": 2048, "tiled": 4096, "sdpa": 4096}


@dataclass(frozen=True)
class Run:
    """One method at one length."""

    method: Method
    n: int
    taken: Timing
    peak: int
    """Bytes at once, beside the inputs."""


@dataclass(frozen=True)
class Stop:
    """Where a method was not run any more, and why."""

    method: Method
    n: int
    why: str
    """"memory" or "time"."""
    needed: int
    """Bytes that it would have needed, by formula; of "time", 0."""


@dataclass(frozen=True)
class Growth:
    """What is measured so far."""

    runs: tuple[Run, ...]
    stops: tuple[Stop, ...]
    ratios: dict[int, Ratio]
    """Ours against torch's at each length that both were run at, round by round."""
    gap: float
    """Largest difference between two methods at any length: of outputs, and of gradients where they are made."""
    exact: float
    """Largest difference of any output from `EXACT` rows in float64."""
    free: int
    """Bytes that were free at the start, and of them as many as may be taken."""
    allowed: int
    whole: bool
    beside: tuple[Run, ...] = ()
    """Of the other head."""
    times: Mapping[Case, Ratio] = field(default_factory=dict)
    """How many times as long each method takes on it, by method and length, round by round."""


def growth(
    d: int,
    causal: bool,
    backward: bool,
    progress: Ticks = unheard,
    lengths: Sequence[int] = LENGTHS,
    other: int | None = None,
) -> Iterator[Growth]:
    """One head of d dimensions; yields after each length. `backward`: forward and gradients of all three inputs.

    `other`: the width of another model's head, which takes turns with this one and as much time again.
    """
    began, free, widths = time.perf_counter(), free_memory(), [d] if other is None else [d, other]
    allowed = min(BYTES, free // 2)
    runs: dict[int, list[Run]] = {width: [] for width in widths}
    stops: list[Stop] = []
    ratios: dict[int, Ratio] = {}
    times: dict[tuple[Method, int], Ratio] = {}
    last: dict[Method, float] = dict.fromkeys(METHODS, 0.0)
    gap = exact = 0.0
    for at, n in enumerate(lengths):
        if "standard" in last and (needed := squares(n, causal, backward)) > allowed:
            stops.append(Stop("standard", n, "memory", needed))
            del last["standard"]
        left = len(widths) * SECONDS - (time.perf_counter() - began)
        while at and last and DOUBLED * sum(last.values()) * LEAST > left:
            slowest = max(last, key=lambda method: last[method])
            stops.append(Stop(slowest, n, "time", 0))
            del last[slowest]
        if last:
            tell, cases, peaks = _told(progress, at, len(lengths), len(widths)), dict[Case, Pass](), dict[Case, int]()
            with reused_memory():  # else squares of more than 32 MiB are mapped anew each time, and time jumps there
                for width in widths:
                    inputs = drawn(n, width)
                    ours: dict[Case, Pass] = {(each, width): pass_of(each, inputs, causal, backward) for each in last}
                    of_width, one_gap, off = checked(ours, inputs, causal, tell)
                    cases, peaks = cases | ours, peaks | of_width
                    gap, exact = worst((gap, one_gap)), worst((exact, off))
                taken = timed(cases, tell)
            for (method, width), seconds in taken.items():
                runs[width].append(Run(method, n, Timing.of(seconds), peaks[method, width]))
            for method in last:
                last[method] = sum(min(taken[method, width]) for width in widths)
                if other is not None:
                    times[method, n] = compare(taken[method, d], taken[method, other])
            if "tiled" in last and "sdpa" in last:
                ratios[n] = compare(taken["sdpa", d], taken["tiled", d])
        beside = () if other is None else tuple(runs[other])
        yield Growth(
            tuple(runs[d]), tuple(stops), dict(ratios), gap, exact, free, allowed, at + 1 == len(lengths),
            beside, dict(times),
        )  # fmt: skip


def _told(progress: Ticks, at: int, lengths: int, widths: int) -> Callable[[], None]:
    """Each call is one more run at this length, of some ten of a width."""
    each = 10 * widths
    done = count(each * at)
    return lambda: progress(min(next(done), each * at + each - 1), each * lengths)


def checked(
    cases: Mapping[Named, Pass], inputs: list[Heads], causal: bool, tell: Callable[[], None]
) -> tuple[dict[Named, int], float, float]:
    """Each case run once: bytes at its peak, the largest difference between two, and from float64."""
    peaks: dict[Named, int] = {}
    results: list[list[Tensor]] = []
    for case, act in cases.items():
        with one_thread():  # what threads of our own take, the profiler does not see
            made, peaks[case] = memory_peak(act)
        results.append(made)
        tell()
    return peaks, furthest(results), worst(off_exact(made[0], inputs, causal) for made in results)


def drawn(n: int, d: int) -> list[Heads]:
    """Queries, keys and values of one head: how long attention takes does not depend on them."""
    generator = torch.Generator().manual_seed(n)
    return [torch.randn(1, 1, n, d, generator=generator).requires_grad_() for _ in range(3)]


def pass_of(method: Method, inputs: list[Heads], causal: bool, backward: bool) -> Pass:
    """One pass: the output, and where asked for the gradients of sum(out * cos(out)) so that all of dO differs."""
    forward, (q, k, v) = METHODS[method], inputs

    def act() -> list[Tensor]:
        if not backward:
            with torch.no_grad():
                return [forward(q, k, v, causal)]
        out = forward(q, k, v, causal)
        given = out.detach().cos()
        return [out.detach(), *torch.autograd.grad(out, inputs, given)]

    return act


def timed(cases: Mapping[Named, Pass], tell: Callable[[], None]) -> dict[Named, list[float]]:
    """Seconds of each round, the cases taking turns, another one first in each. They have run before."""
    names = list(cases)
    made: dict[Named, list[float]] = {name: [] for name in names}
    turn, rounds = 0, 1
    while turn < rounds:
        first = turn % len(names)
        for name in (*names[first:], *names[:first]):
            start = time.perf_counter()
            cases[name]()
            made[name].append(time.perf_counter() - start)
            tell()
        if turn == 0:
            one = sum(seconds[0] for seconds in made.values())
            rounds = next(rounds for most, rounds in ROUNDS if one <= most)
        turn += 1
    return made


def furthest(results: list[list[Tensor]]) -> float:
    """Largest difference between the first and any other, of each of their tensors."""
    pairs = [(one, other) for made in results[1:] for one, other in zip(results[0], made, strict=True)]
    return worst(0.0, *(float((one - other).abs().max()) for one, other in pairs))


def off_exact(out: Heads, inputs: list[Heads], causal: bool) -> float:
    """Largest difference from standard attention in float64, at some rows from first to last."""
    n = out.shape[2]
    rows = torch.linspace(0, n - 1, min(EXACT, n)).round().long()
    return float((out[:, :, rows].double() - exact_rows(rows, inputs, causal)).abs().max())


def exact_rows(rows: Tensor, inputs: list[Heads], causal: bool) -> Float[Tensor, "batch head row d_head"]:
    q, k, v = (each.detach().double() for each in inputs)
    scores = q[:, :, rows] @ k.mT / math.sqrt(q.shape[-1])  # batch head row key
    if causal:
        scores = scores.masked_fill(torch.arange(k.shape[2]) > rows[:, None], -math.inf)
    return torch.softmax(scores, -1) @ v


def memory_power(runs: Sequence[Run], method: Method) -> float:
    """The power of N in what the peak grows by from one length to the next; NaN from fewer than two such steps.

    What does not grow is left out by taking differences; a tile's room does, in a short text.
    """
    of = [each for each in runs if each.method == method and each.n >= GROWS_FROM[method]]
    steps = [(one.n, other.peak - one.peak) for one, other in pairwise(of)]
    if len(steps) < 2 or min(more for _, more in steps) <= 0:
        return math.nan
    return power([n for n, _ in steps], [more for _, more in steps])
