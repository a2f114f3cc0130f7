"""Roofline and IO: whether attention waits for memory or arithmetic, on named devices and here; and how d counts."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.experiments.systems import attention_io
from explorer.experiments.systems import attention_roofline as experiment
from explorer.figures.systems import attention_roofline as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.accelerator import Format
from explorer.stack.systems.attention_io import KERNELS, Shape
from explorer.stack.systems.hardware import caches
from explorer.stack.worst import worst

#: tiles on a side of the square that is counted
TILES = 2
#: tokens and dimensions of the comparison
N, BY = 512, (16, 32, 64, 128, 256)
POWER, GRADIENTS = 0.2, 1e-3


def _shape(scene: Scene, n: int, bytes_each: int = 4) -> Shape:
    rows, columns = (min(scene.whole(name), n) for name in ("rows", "columns"))
    return Shape(n, scene.whole("d"), rows, columns, scene.one_of("mask") == "causal", bytes_each)


def devices(scene: Scene) -> Rendered[figure.NamedRoofs]:
    number: Format = scene.one_of("number", figure.BYTES_EACH)
    shape = _shape(scene, scene.whole("n"), figure.BYTES_EACH[number])
    n = TILES * max(shape.rows, shape.columns)
    off = worst(
        attention_io.difference(kernel, Shape(n, shape.d, shape.rows, shape.columns, shape.causal))
        for kernel in KERNELS
    )
    what = f"Bytes and FLOPs by the closed forms = those counted in the loops, {len(KERNELS)} kernels"
    return Rendered(figure.named(shape, number, n), (Check(what, float(off), 0.0, "largest difference"),))


def here(scene: Scene) -> Iterator[Rendered[figure.HereRoof]]:
    shape, threads, found = _shape(scene, min(scene.whole("n"), figure.LONGEST)), torch.get_num_threads(), caches()
    rounds = experiment.ROUNDS
    for made in experiment.timed(shape.n, shape.d, shape.causal, scene.ticks("Runs"), rounds):
        checks = ()
        if made.rounds == rounds:
            what = "The timed kernels give torch’s outputs and gradients"
            checks = (Check(what, made.gap, GRADIENTS, "largest error"),)
        yield Rendered(figure.here(made, shape, found, rounds, threads), checks)


def dimension(scene: Scene) -> Iterator[Rendered[figure.TrafficByDimension]]:
    memory = scene.whole("memory")
    for points in attention_io.by_dimension(BY, N, memory, scene.ticks("Counted")):
        data = figure.by_dimension(points, BY, N, memory)
        checks = ()
        if data.powers:
            first, second, *_ = data.powers
            off = worst(abs(each.counted.bytes - each.formula.bytes) for each in points)
            checks = (
                Check("Counted traffic grows with d², as fitted to both algorithms",
                      worst(abs(first - 2), abs(second - 2)), POWER, "power off by"),
                Check(f"Counted = closed form at all {len(points)} points", float(off), 0.0, "bytes"),
            )  # fmt: skip
        yield Rendered(data, checks)
