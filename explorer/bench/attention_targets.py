"""What `bench attention` is held to: a row and a verdict for each of its targets, over what was measured."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

from explorer.bench import Report
from explorer.bench.attention_subjects import Case, Setup
from explorer.stack.worst import worst

OURS, THEIRS = "explorer", "torch"
#: Of torch's time on a CPU, from so many tokens on.
MOST_TIME, SINCE = 1.3, 1024
#: Of the flash backend's speed on a GPU.
LEAST_SPEED, SINCE_ON_GPU = 0.7, 2048
#: Memory in proportion to N^1.1 at most counts as linear.
MOST_POWER = 1.1

#: Milliseconds or bytes of each subject, by what was measured.
Measured = dict[tuple[Setup, Case], dict[str, float]]


def judge(report: Report, times: Measured, peaks: Measured) -> None:
    """Add the rows: the slowest cell in each direction, and how each subject's peak grows."""
    for backward in (False, True):
        _speed(report, {at: each for at, each in times.items() if at[1].backward == backward}, backward)
    if powers := _growth(report, peaks):
        steepest = worst(powers)
        what = f"peak linear in N, a power of at most {MOST_POWER}: the steepest of {len(powers)}"
        report.judge(what, steepest, "power of N", steepest <= MOST_POWER)


def _speed(report: Report, times: Measured, backward: bool) -> None:
    direction = "forward and backward" if backward else "forward"
    on_gpu = any(setup.for_gpu for setup, _ in times)
    since = SINCE_ON_GPU if on_gpu else SINCE
    compared = {at: each for at, each in times.items() if at[1].n >= since and {OURS, THEIRS} <= each.keys()}
    if not compared:
        report.absent.append(f"No verdict on the time of {direction}: nothing was compared from {since:,} tokens on.")
        return
    slowest = worst(each[OURS] / each[THEIRS] for each in compared.values())
    if on_gpu:
        target, value, kept = f"at least {LEAST_SPEED} of flash's speed", 1 / slowest, 1 / slowest >= LEAST_SPEED
    else:
        target, value, kept = f"at most {MOST_TIME} of torch's time", slowest, slowest <= MOST_TIME
    report.judge(f"{target}, {_span(compared)}, {direction}: the slowest of {len(compared)}", value, "times", kept)


def _span(compared: Iterable[tuple[Setup, Case]]) -> str:
    """The lengths that were measured, and the heads."""
    lengths = [case.n for _, case in compared]
    heads = sorted({setup.d_head for setup, _ in compared})
    return f"{min(lengths):,} to {max(lengths):,} tokens, d {' and '.join(map(str, heads))}"


def _growth(report: Report, peaks: Measured) -> list[float]:
    """A row for each subject, whose peak over the lengths is a power of N; returns ours."""
    ours = []
    curves = defaultdict[tuple[Setup, str, str], list[tuple[int, float]]](list)
    for (setup, case), each in peaks.items():
        for subject, peak in each.items():
            if case.n >= SINCE and peak > 0:
                curves[setup, case.kind, subject].append((case.n, peak))
    for (setup, kind, subject), points in curves.items():
        if len(points) > 1:
            lengths = [n for n, _ in points]
            case = f"{min(lengths):,} to {max(lengths):,} tokens, {kind}{setup.suffix}: growth of the peak"
            report.add(case, subject, power(points), "power of N")
            ours += [report.rows[-1].value] if subject == OURS else []
    return ours


def power(points: Sequence[tuple[int, float]]) -> float:
    """The p of the N^p that is nearest, by least squares of logarithms.

    >>> round(power([(1024, 5.0), (2048, 20.0), (4096, 80.0)]), 6)
    2.0
    """
    logs = [(math.log(n), math.log(peak)) for n, peak in points]
    return statistics.linear_regression(*zip(*logs, strict=True)).slope
