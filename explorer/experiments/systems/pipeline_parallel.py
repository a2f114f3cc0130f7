"""Pipelines on real processes: what was measured, one process beside it, and what the simulator makes of the times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, median

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.compat.torch import pipeline_order
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.parallel_subject import Subject, decoder_of
from explorer.experiments.systems.ranks import Message, Nursery, Ranks
from explorer.stack.parallelism.pipeline.actions import Action, Schedule, Slot, read, write
from explorer.stack.parallelism.pipeline.run import Done
from explorer.stack.parallelism.pipeline.simulate import Bar, Run, timed
from explorer.stack.worst import worst

#: What every rank needs, loaded once.
LOADS = ("explorer.experiments.systems.pipeline_rank",)
STEPS = "explorer.experiments.systems.pipeline_rank:steps"


@dataclass(frozen=True, eq=False)
class Ran:
    """One schedule, as its processes did it."""

    schedule: Schedule
    loss: float
    gradients: float
    """The largest relative error of a parameter's gradient."""
    kept: tuple[tuple[int, ...], ...]
    """Bytes after each slot, by rank."""
    steps: tuple[tuple[tuple[Done, ...], ...], ...]
    """By repeat and rank."""

    @property
    def runs(self) -> list[Run]:
        return [_run(self.schedule, each) for each in self.steps]

    @property
    def seconds(self) -> list[float]:
        return [each.step for each in self.runs]

    @property
    def typical(self) -> int:
        """The repeat whose step is the median."""
        order = sorted(range(len(self.steps)), key=lambda at: self.seconds[at])
        return order[len(order) // 2]

    @property
    def early(self) -> int:
        """Actions that began before all that they need had ended, by the machine's clock, in any repeat."""
        return sum(
            any(ended[need] > bar.start for need in self.schedule.needs(each))
            for run in self.runs
            for ended in [{each: bar.end for row in run.bars for bar in row for each in bar.slot}]
            for row in run.bars
            for bar in row
            for each in bar.slot
        )

    def predicted(self, repeats: Sequence[int]) -> Run:
        """Simulated with what each kind of slot, what lies between slots, and each hand-over took in these repeats, on
        average: a step is a sum of many."""
        times: dict[tuple[int, str], list[float]] = defaultdict(list)
        betweens: dict[tuple[int, str], list[float]] = defaultdict(list)
        handed: list[float] = []
        for at in repeats:
            run = self.runs[at]
            began = min(row[0].start for row in self.steps[at])
            ended = {each: bar.end for row in run.bars for bar in row for each in bar.slot}
            for rank, row in enumerate(run.bars):
                for number, (done, bar) in enumerate(zip(self.steps[at][rank], row, strict=True)):
                    times[rank, kind(bar.slot)].append(bar.end - bar.start)
                    came = [ended[need] for each in bar.slot for need in self.schedule.needs(each)
                            if self.schedule.rank_of(need.stage) != rank]  # fmt: skip
                    if came and max(came) > done.waited - began:  # it waited: from then on all is the hand-over's
                        handed.append(bar.start - max(came))
                    elif number:  # the rank's own: it sent what it had made, and made room for what comes
                        betweens[rank, kind(bar.slot)].append(bar.start - row[number - 1].end)
        usual = [each for found in betweens.values() for each in found] or [0.0]
        return timed(
            self.schedule, lambda rank, slot: mean(times[rank, kind(slot)]), mean(handed or [0.0]),
            between=lambda rank, slot: mean(betweens.get((rank, kind(slot)), usual)),
        )  # fmt: skip

    @property
    def own_error(self) -> float:
        """Of a step that is simulated with its own costs, relative; the median of all."""
        return median(self.predicted([at]).step / measured - 1 for at, measured in enumerate(self.seconds))

    @property
    def other_error(self) -> float:
        """Of a step that is simulated with the costs of the step before or after, relative; the median of all."""
        found = [self.predicted([at]).step for at in range(len(self.steps))]
        pairs = [(at, at + 1) for at in range(len(found) - 1)]
        return median(found[a] / self.seconds[b] - 1 for one in pairs for a, b in (one, one[::-1]))

    def alone(self) -> Run:
        """Simulated as if every rank had a core: each kind of slot costs its median processor time."""
        times: dict[tuple[int, str], list[float]] = defaultdict(list)
        for step in self.steps:
            for rank, row in enumerate(step):
                for each in row:
                    times[rank, kind(read(each.slot)[0])].append(each.processor)
        return timed(self.schedule, lambda rank, slot: median(times[rank, kind(slot)]))


def kind(slot: Slot) -> str:
    """Slots that should take equally long: one stage, one kind of action.

    >>> kind(read("0F3+7B1")[0])
    '0F+7B'
    """
    return "+".join(f"{each.stage}{each.op}" for each in slot)


def _run(schedule: Schedule, step: tuple[tuple[Done, ...], ...]) -> Run:
    begin = min(row[0].start for row in step)
    return Run(
        schedule,
        tuple(tuple(Bar(read(each.slot)[0], each.start - begin, each.end - begin) for each in row) for row in step),
    )


@dataclass(frozen=True, eq=False)
class Compared:
    """What is known so far."""

    subject: Subject
    alone: float
    """One process's loss."""
    ran: Mapping[str, Ran]
    repeats: int
    done: bool


@dataclass(eq=False)
class _Heard:
    loss: float = 0.0
    gradients: dict[str, Tensor] = field(default_factory=dict)
    kept: dict[int, tuple[int, ...]] = field(default_factory=dict)
    done: dict[int, dict[int, tuple[Done, ...]]] = field(default_factory=lambda: defaultdict(dict))


def compared(
    subject: Subject,
    schedules: Mapping[str, Schedule],
    repeats: int,
    progress: Ticks = unheard,
    nursery: Nursery | None = None,
) -> Iterator[Compared]:
    """Yields after every turn. Raises RanksError where a rank is lost."""
    ranks = next(iter(schedules.values())).n_ranks
    alone, wanted = one_process(subject)
    heard = {key: _Heard() for key in schedules}
    given: Message = {
        **subject.payload(),
        "repeats": repeats,
        "schedules": {key: [write(row) for row in each.rows] for key, each in schedules.items()},
    }
    total, turns = (repeats + 1) * len(schedules), 0
    with Ranks(ranks, lambda: progress(turns, total), loads=LOADS, nursery=nursery) as group:
        for rank, part in group.parts(STEPS, [given] * ranks):
            told = heard[part["schedule"]]
            if "repeat" not in part:
                told.loss += part["loss"]
                told.gradients |= part["gradients"]
                told.kept[rank] = tuple(part["kept"])
                turns = sum(len(each.kept) == ranks for each in heard.values())
                continue
            told.done[part["repeat"]][rank] = tuple(Done(**each) for each in part["done"])
            if len(told.done[part["repeat"]]) == ranks:
                turns += 1
                progress(turns, total)
                if turns % len(schedules) == 0 and turns < total:
                    yield _compared(subject, alone, wanted, schedules, heard, done=False)
    yield _compared(subject, alone, wanted, schedules, heard, done=True)


def _compared(
    subject: Subject,
    alone: float,
    wanted: Mapping[str, Tensor],
    schedules: Mapping[str, Schedule],
    heard: Mapping[str, _Heard],
    done: bool,
) -> Compared:
    ran = {}
    for key, schedule in schedules.items():
        told = heard[key]
        whole = [repeat for repeat, by in told.done.items() if len(by) == schedule.n_ranks]
        ran[key] = Ran(
            schedule,
            told.loss,
            apart(told.gradients, wanted),
            tuple(told.kept[rank] for rank in range(schedule.n_ranks)),
            tuple(tuple(told.done[repeat][rank] for rank in range(schedule.n_ranks)) for repeat in whole),
        )
    return Compared(subject, alone, ran, min(len(each.steps) for each in ran.values()), done)


def apart(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> float:
    """The largest relative error of a parameter's gradient; NaN where one is missing."""
    if found.keys() != wanted.keys():
        return float("nan")
    return worst(float((found[name] - each).norm() / each.norm()) for name, each in wanted.items())


def one_process(subject: Subject) -> tuple[float, dict[str, Tensor]]:
    """Loss and gradients of the whole decoder on all rows, by torch's own cross entropy."""
    decoder, windows = decoder_of(subject.payload()), subject.windows
    with torch.enable_grad():
        loss = F.cross_entropy(decoder(windows[:, :-1]).flatten(0, 1), windows[:, 1:].reshape(-1))
        loss.backward()
    return loss.item(), {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}


#: Names of the schedules that torch has, and the stages of a rank that its list is asked for.
TORCHS = {"gpipe": "GPipe", "1f1b": "1F1B", "interleaved": "Interleaved1F1B", "zbv": "ZBVZeroBubble",
          "dualpipe_v": "DualPipeV"}  # fmt: skip


def torchs(key: str, ranks: int, microbatches: int, chunks: int) -> list[str] | None:
    """torch's own list for a schedule, without gaps and reductions of gradients; None: it has none."""
    if key not in TORCHS:
        return None
    return pipeline_order(TORCHS[key], ranks, microbatches, chunks if chunks > 1 else None)


def differing(ours: Schedule, theirs: list[str]) -> tuple[int, int]:
    """How many slots differ from torch's list, and how many of these lie on the last rank."""
    found = [
        sum(a != b for a, b in zip(write(row).split(), other.split(), strict=False))
        + abs(len(row) - len(other.split()))
        for row, other in zip(ours.rows, theirs, strict=True)
    ]
    return sum(found), found[-1]


__all__ = ["Action", "Compared", "Ran", "compared", "differing", "kind", "one_process", "torchs"]
