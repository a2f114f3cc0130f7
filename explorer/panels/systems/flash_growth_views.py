"""Time and memory against length: standard attention, ours in tiles and torch's, measured here; and bytes moved."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.systems import attention_io
from explorer.experiments.systems import flash_growth as experiment
from explorer.experiments.systems.attention_methods import METHODS, squares
from explorer.figures.systems import flash_growth as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: largest difference of outputs in float32, and of gradients, which add up over all queries
OUTPUTS, GRADIENTS = 1e-5, 1e-4
#: how far a fitted power may lie from a whole one, and memory from its formula, as a share
POWER, SHARE = 0.1, 0.03
#: lengths from which on what does not grow no longer matters in memory
LONG = 2048
#: what each method's memory grows with
POWERS = {"standard": 2.0, "tiled": 1.0, "sdpa": 1.0}

COUNTED = (64, 128, 256, 512, 1024)


def measured(scene: Scene) -> Iterator[Rendered[figure.FlashGrown]]:
    causal, backward = scene.one_of("mask") == "causal", scene.one_of("pass") == "both"
    lengths = [n for n in experiment.LENGTHS if n <= scene.whole("longest")]
    d, threads, there = scene.model.dims.d_head, torch.get_num_threads(), scene.there
    other = None if there is None else there.model.dims.d_head
    if other == d:
        raise NotApplicableError(f"The other model’s heads are {d} wide too, so both take the same time and memory.")
    seconds = experiment.SECONDS * (1 if other is None else 2)
    for made in experiment.growth(d, causal, backward, scene.ticks("Runs"), lengths, other):
        base = None
        if there is not None and other is not None:
            base = figure.grown_beside(made, other, there.model.card.title)
        data = figure.grown(made, lengths, d, causal, backward, seconds, threads, base)
        yield Rendered(data, _checks(made, causal, backward) if made.whole else ())


def _checks(made: experiment.Growth, causal: bool, backward: bool) -> tuple[Check, ...]:
    what = "output and gradients" if backward else "output"
    both, whose = ([made.runs, made.beside], ", in both runs") if made.beside else ([made.runs], "")
    checks = [
        Check(f"Standard, tiled and torch's attention give the same {what} at each length{whose}", made.gap,
              GRADIENTS if backward else OUTPUTS, "largest error"),
        Check(f"At {experiment.EXACT} rows of each length all outputs = float64’s{whose}", made.exact, OUTPUTS,
              "largest error"),
    ]  # fmt: skip
    powers = [(method, experiment.memory_power(runs, method)) for runs in both for method in METHODS]
    if not any(math.isnan(power) for _, power in powers):
        off = worst(abs(power - POWERS[method]) for method, power in powers)
        told = f"Memory that a doubled text adds grows with N² in standard attention and with N in the others{whose}"
        checks.append(Check(told, off, POWER, "power off by"))
    long = [[each for each in runs if each.method == "standard" and each.n >= LONG] for runs in both]
    if all(long):
        off = worst(abs(runs[-1].peak / squares(runs[-1].n, causal, backward) - 1) for runs in long)
        checks.append(Check(f"Standard attention's peak = its squares by formula{whose}", off, SHARE, "share off by"))
    return tuple(checks)


def text_grows(scene: Scene) -> Iterator[Rendered[figure.TextGrows]]:
    causal, memory, d = scene.one_of("mask") == "causal", scene.whole("memory"), scene.model.dims.d_head
    for points in attention_io.by_length(COUNTED, d, memory, causal, scene.ticks("Counted")):
        whole = points[-1].shape.n == COUNTED[-1]
        data = figure.text_grows(points, d, memory, scene.offered("memory"), causal)
        yield Rendered(data, (_counts(points),) if whole else ())


def _counts(points: tuple[attention_io.Point, ...]) -> Check:
    off = worst(
        worst(abs(each.counted.bytes - each.formula.bytes), abs(each.counted.extra - each.formula.extra))
        for each in points
    )
    return Check(f"Points counted in the loops = lines, {2 * len(points)} of them", float(off), 0.0, "bytes")
