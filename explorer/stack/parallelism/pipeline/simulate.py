"""When each action of a schedule begins and ends, given what it costs.

A rank does its slots in order. A slot begins when its rank is free and all that it needs has come: an output or a
gradient from another rank comes `link` seconds after it was made. Where sending does not overlap with computing, the
sender is busy for as long. Between two slots a rank takes a moment to hand over what it made (`timed`'s `between`).

    step     the first beginning to the last end
    idle     ranks x step - busy; the "bubble", of the step or over the work: (p - 1) / (m + p - 1) and (p - 1) / m are
             the same schedule of p equal stages and m micro-batches
    kept     forwards whose backward has not ended: their activations lie in memory

Worked example: 1F1B, 4 stages, 8 micro-batches, a forward 1 and a backward 2: 33 units, of which 9 are idle.

>>> from explorer.stack.parallelism.pipeline.schedules import one_f_one_b
>>> run = simulate(one_f_one_b(4, 8), Costs())
>>> run.step, round(run.idle_of_step, 4), round(run.idle_over_work, 4), [kept(row) for row in run.bars]
(33.0, 0.2727, 0.375, [4, 3, 2, 1])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.stack.parallelism.pipeline.actions import Action, Schedule, Slot


@dataclass(frozen=True)
class Costs:
    """What each action takes, all stages alike. Any unit. Raises ValueError for a negative one."""

    forward: float | int = 1
    gradient: float | int = 1
    """I: the gradient of the input."""
    weight: float | int = 1
    """W: the gradients of the weights. B is I and W."""
    together: float | int | None = None
    """A forward and a backward in one slot; None: their sum."""
    link: float | int = 0
    """From the end of an action to its output's being there on another rank."""
    overlap: bool = True
    """Whether a rank computes while it sends."""

    def __post_init__(self) -> None:
        if min(self.forward, self.gradient, self.weight, self.link, self.together or 0) < 0:
            raise ValueError("no action takes less than no time")

    def of(self, slot: Slot) -> float:
        if len(slot) > 1 and self.together is not None:
            return float(self.together)
        single = {"F": self.forward, "I": self.gradient, "W": self.weight, "B": self.gradient + self.weight}
        return float(sum(single[each.op] for each in slot))


@dataclass(frozen=True)
class Bar:
    """One slot of a rank, in time."""

    slot: Slot
    start: float
    end: float


Bars = tuple[Bar, ...]


@dataclass(frozen=True)
class Run:
    """A schedule in time, simulated or measured."""

    schedule: Schedule
    bars: tuple[Bars, ...]
    """By rank."""

    @property
    def begin(self) -> float:
        return min(row[0].start for row in self.bars if row)

    @property
    def step(self) -> float:
        return max(row[-1].end for row in self.bars if row) - self.begin

    @property
    def work(self) -> float:
        """What a rank works, on average."""
        return sum(each.end - each.start for row in self.bars for each in row) / len(self.bars)

    @property
    def idle_of_step(self) -> float:
        return 1 - self.work / self.step

    @property
    def idle_over_work(self) -> float:
        return self.step / self.work - 1

    @property
    def longest_rank(self) -> float:
        """The longest time from a rank's first beginning to its last end: zero-bubble papers count this."""
        return max(row[-1].end - row[0].start for row in self.bars if row)


def simulate(schedule: Schedule, costs: Costs) -> Run:
    """Raises ValueError where ranks wait for each other forever, with what they wait for."""
    return timed(schedule, lambda _rank, slot: costs.of(slot), costs.link, costs.overlap)


def timed(
    schedule: Schedule,
    cost: Callable[[int, Slot], float],
    link: float | int = 0,
    overlap: bool = True,
    between: Callable[[int, Slot], float] = lambda _rank, _slot: 0.0,
) -> Run:
    """With a cost for each rank and slot. `between`: what a rank takes before a slot, once the one before has ended,
    where it need not wait: to send what it made, and to make room for what comes."""
    ended: dict[Action, float] = {}
    rows: list[list[Bar]] = [[] for _ in schedule.rows]
    free = [0.0] * schedule.n_ranks
    moved = True
    while moved:
        moved = False
        for rank, row in enumerate(schedule.rows):
            while len(rows[rank]) < len(row):
                slot = row[len(rows[rank])]
                ready = _ready(schedule, rank, slot, ended, float(link))
                if ready is None:
                    break
                start = max(free[rank] + (between(rank, slot) if rows[rank] else 0.0), ready)
                end = start + cost(rank, slot)
                rows[rank].append(Bar(slot, start, end))
                ended |= dict.fromkeys(slot, end)
                free[rank] = end if overlap else end + link * _sends(schedule, slot)
                moved = True
    stuck = [row[len(rows[rank])] for rank, row in enumerate(schedule.rows) if len(rows[rank]) < len(row)]
    if stuck:
        waiting = ", ".join("+".join(map(str, slot)) for slot in stuck)
        raise ValueError(f"the ranks wait for each other: {waiting} cannot begin")
    return Run(schedule, tuple(tuple(row) for row in rows))


def _ready(schedule: Schedule, rank: int, slot: Slot, ended: dict[Action, float], link: float) -> float | None:
    """When all that a slot needs is there; None: not yet known."""
    ready = 0.0
    for each in slot:
        for need in schedule.needs(each):
            if need not in ended:
                return None
            ready = max(ready, ended[need] + (0.0 if schedule.rank_of(need.stage) == rank else link))
    return ready


def _sends(schedule: Schedule, slot: Slot) -> int:
    """How many of a slot's results go to another rank."""
    return sum(receiver(schedule, each) is not None for each in slot)


def receiver(schedule: Schedule, each: Action) -> int | None:
    """The rank that an action's result is sent to; None: it stays."""
    onward = {"F": 1, "B": -1, "I": -1, "W": 0}[each.op]
    to = each.stage + onward
    if onward == 0 or not 0 <= to < schedule.n_stages:
        return None
    rank = schedule.rank_of(to)
    return None if rank == schedule.rank_of(each.stage) else rank


def keeping(row: Sequence[Bar]) -> list[tuple[float, int]]:
    """How many forwards of a rank lie in memory from each moment on: they come when one begins, and go when its
    backward, or its W, has ended."""
    steps = [(0.0, 0)]
    changes: list[tuple[float, int]] = []
    for bar in row:
        for each in bar.slot:
            if each.op == "F":
                changes.append((bar.start, 1))
            elif each.op in "BW":
                changes.append((bar.end, -1))
    for at, change in sorted(changes):
        steps.append((at, steps[-1][1] + change))
    return steps[1:]


def kept(row: Sequence[Bar]) -> int:
    """The most at once."""
    return max((count for _, count in keeping(row)), default=0)
