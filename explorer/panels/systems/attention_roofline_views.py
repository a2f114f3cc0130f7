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

LENGTHS, DIMS, SIDES = (128, 65536), (16, 256), (16, 256)
TILE = 128
#: lengths that are timed here, at most
HERE = 4096
#: tiles on a side of the square that is counted
TILES = 2
#: numbers in fast memory, the length, and the dimensions of the comparison
MEMORIES, N, BY = (8192, 16384, 32768), 512, (16, 32, 64, 128, 256)
POWER, GRADIENTS = 0.2, 1e-3


def _shape(scene: Scene, most: int, bytes_each: int = 4) -> Shape:
    n = scene.number("n", 2048, LENGTHS[0], most)
    side = {name: min(scene.number(name, TILE, *SIDES), n) for name in ("rows", "columns")}
    causal = scene.choice("mask", "causal", ("causal", "none")) == "causal"
    return Shape(n, scene.number("d", 64, *DIMS), side["rows"], side["columns"], causal, bytes_each)


def devices(scene: Scene) -> Rendered[figure.NamedRoofs]:
    number: Format = next(
        each for each in figure.BYTES_EACH if each == scene.choice("number", "bf16", figure.BYTES_EACH)
    )
    shape = _shape(scene, LENGTHS[1], figure.BYTES_EACH[number])
    n = TILES * max(shape.rows, shape.columns)
    off = worst(
        attention_io.difference(kernel, Shape(n, shape.d, shape.rows, shape.columns, shape.causal))
        for kernel in KERNELS
    )
    what = f"Bytes and FLOPs by the closed forms = those counted in the loops, {len(KERNELS)} kernels"
    return Rendered(figure.named(shape, number, n), (Check(what, float(off), 0.0, "largest difference"),))


def here(scene: Scene) -> Iterator[Rendered[figure.HereRoof]]:
    shape, threads, found = _shape(scene, HERE), torch.get_num_threads(), caches()
    rounds = experiment.ROUNDS
    for made in experiment.timed(shape.n, shape.d, shape.causal, scene.ticks("Runs"), rounds):
        checks = ()
        if made.rounds == rounds:
            what = "The timed kernels give torch’s outputs and gradients"
            checks = (Check(what, made.gap, GRADIENTS, "largest error"),)
        yield Rendered(figure.here(made, shape, found, rounds, threads), checks)


def dimension(scene: Scene) -> Iterator[Rendered[figure.TrafficByDimension]]:
    memory = min(MEMORIES, key=lambda each: abs(each - scene.number("memory", MEMORIES[1], 1, MEMORIES[-1])))
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
