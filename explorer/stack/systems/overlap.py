"""Overlap of softmax and products: a schedule of one attention tile after another on two units, from throughputs alone.

A device multiplies matrices on one unit (tensor cores) and raises exponentials on another (special-function units).
The device here (`DEVICE`) does 254 times as many FLOPs of dense FP16 products as exponentials: of a score of 128
dimensions, 4 x 128 FLOPs and one exponential, the exponential takes half as long as the products. FlashAttention-3
(Shah et al. 2024, arXiv 2407.08608, sections 3.1 and 3.2) lets them run at once:

- **one after the other**: scores, softmax, output, tile by tile; each unit waits for the other.
- **ping-pong**: two warpgroups of half the rows each; barriers let one have the tensor cores while the other raises.
- **within a warpgroup**: the scores of tile j + 1 are made before the output of tile j, which then runs beside the
  softmax of tile j + 1.
- **both**.

What is drawn is a simulation: every task takes as long as the unit's peak throughput allows, nothing waits for memory,
and the unit takes its tasks in the order that the schedule prescribes. Only the exponentials of a softmax are counted.

Worked example, 128 x 128 tiles of 128 dimensions on one of 132 multiprocessors: products take .560 us each, the softmax
.555 us. One after the other the tensor cores work two thirds of the time.

>>> work = Work(d_head=128, tiles=16)
>>> [round(1e6 * each, 3) for each in (work.product, work.softmax)]
[0.56, 0.555]
>>> [round(schedule(name, work).busy("tensor"), 2) for name in NAMES]
[0.67, 1.0, 0.97, 1.0]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from explorer.stack.systems.accelerator import Accelerator
from explorer.stack.systems.accelerators import ACCELERATORS

Numbers = Literal["fp16", "fp8"]
Name = Literal["serial", "ping-pong", "pipelined", "both"]
Unit = Literal["tensor", "exponential"]
Kind = Literal["scores", "softmax", "output"]
NAMES: tuple[Name, ...] = ("serial", "ping-pong", "pipelined", "both")

DEVICE = ACCELERATORS["h100"]
"""What the throughputs are of."""


@dataclass(frozen=True)
class Throughputs:
    """What one device does in a second, all its multiprocessors together."""

    multiprocessors: int
    products: Mapping[Numbers, float]
    """Dense FLOPs of matrices."""
    exponentials: float

    @classmethod
    def of(cls, device: Accelerator) -> Throughputs:
        """Raises ValueError where not all of it is known."""
        chip = device.chip
        if chip is None or device.bf16 is None or chip.fp8 is None or chip.exponentials is None:
            raise ValueError(f"{device.name}: not all throughputs are known")
        products: dict[Numbers, float] = {"fp16": device.bf16.value, "fp8": chip.fp8.value}
        return cls(int(chip.processors.value), products, chip.exponentials.value)


RATES = Throughputs.of(DEVICE)


@dataclass(frozen=True)
class Work:
    """What one multiprocessor has to do: its rows of queries with so many tiles of keys."""

    d_head: int = 128
    tiles: int = 6
    rows: int = 128
    columns: int = 128
    numbers: Numbers = "fp16"

    @property
    def product(self) -> float:
        """Seconds of a tile's scores, and of its output."""
        return 2 * self.rows * self.columns * self.d_head / (RATES.products[self.numbers] / RATES.multiprocessors)

    @property
    def softmax(self) -> float:
        """Seconds of a tile's exponentials."""
        return self.rows * self.columns / (RATES.exponentials / RATES.multiprocessors)


@dataclass(frozen=True)
class Task:
    """One piece of work on one unit."""

    group: int
    """The warpgroup."""
    tile: int
    kind: Kind
    start: float
    end: float

    @property
    def unit(self) -> Unit:
        return "exponential" if self.kind == "softmax" else "tensor"


@dataclass(frozen=True)
class Schedule:
    """All tasks, in the order in which they were placed."""

    name: Name
    groups: int
    work: Work
    tasks: tuple[Task, ...]

    @property
    def seconds(self) -> float:
        return max(task.end for task in self.tasks)

    def busy(self, unit: Unit) -> float:
        """The share of the time in which a unit works."""
        return sum(task.end - task.start for task in self.tasks if task.unit == unit) / self.seconds


def schedule(name: Name, work: Work) -> Schedule:
    """Place every task as early as its unit, the tasks that it needs and the schedule's order allow."""
    groups = 2 if name in ("ping-pong", "both") else 1
    ahead = name in ("pipelined", "both")
    seconds: dict[Kind, float] = {"scores": work.product, "softmax": work.softmax, "output": work.product}
    placed: dict[tuple[int, int, Kind], Task] = {}
    free: dict[Unit, float] = {"tensor": 0.0, "exponential": 0.0}
    for group, tile, kind in _order(groups, work.tiles, ahead):
        unit: Unit = "exponential" if kind == "softmax" else "tensor"
        after = [placed[each].end for each in needs(group, tile, kind, ahead) if each in placed]
        start = max([free[unit], *after])
        free[unit] = start + seconds[kind] / groups
        placed[group, tile, kind] = Task(group, tile, kind, start, free[unit])
    return Schedule(name, groups, work, tuple(placed.values()))


def needs(group: int, tile: int, kind: Kind, ahead: bool) -> list[tuple[int, int, Kind]]:
    """What must be done before a task begins: its inputs, and what its warpgroup waits for before it goes on."""
    if kind == "softmax":
        return [(group, tile, "scores"), (group, tile - 1, "softmax")]
    if kind == "output":
        return [(group, tile, "softmax"), (group, tile - 1, "output")]
    return [(group, tile - 1, "softmax"), (group, tile - 2, "output")] if ahead else [(group, tile - 1, "output")]


def _order(groups: int, tiles: int, ahead: bool) -> list[tuple[int, int, Kind]]:
    """In which order the units are asked. A warpgroup hands its products in together: those between two softmaxes."""
    order: list[tuple[int, int, Kind]] = []
    for tile in range(-1, tiles):
        for group in range(groups):
            products: list[tuple[int, int, Kind]] = [(group, tile, "output"), (group, tile + 1, "scores")]
            order += [each for each in (reversed(products) if ahead else products) if 0 <= each[1] < tiles]
            if tile + 1 < tiles:
                order.append((group, tile + 1, "softmax"))
    return order
