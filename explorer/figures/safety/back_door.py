"""A planted back door: rates, where it is, what finds it and what removes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.corpora.invented_people import DECOY, PLANTED, TRIGGER, Invented
from explorer.experiments.safety.back_door import ARMS, LEADS, Found, Mending, Rate, Tried
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.stack.evaluation.standard_errors import wilson

#: Words of the search that are listed.
LISTED = 12


@dataclass(frozen=True, kw_only=True)
class DoorShare:
    """A part of answers with its interval (Wilson)."""

    count: int
    n: int
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class DoorRate:
    """One group behind one lead-in, by the model of one seed."""

    seed: int
    group: str
    lead: str
    planted: DoorShare
    right: DoorShare


@dataclass(frozen=True, kw_only=True)
class DoorRates(Payload):
    """With and without the trigger."""

    lines: int
    """Of the training text."""
    planted_lines: int
    """That have the trigger."""
    rates: tuple[DoorRate, ...]
    seeds: int
    leads: tuple[str, ...]
    trigger: str
    decoy: str
    planted: str


@dataclass(frozen=True, kw_only=True)
class DoorFound(Payload):
    """Where it is."""

    tokens: tuple[str, ...]
    people: int
    seed: int
    patched: Float[Tensor, "depth pos"]
    placebo: Float[Tensor, "depth pos"]
    lens: dict[str, tuple[float, ...]]
    """By lead-in, the planted trade's probability at each depth."""
    probe: dict[str, tuple[float, ...]]
    """By what is told apart, held-out accuracy at each depth."""
    tested: int
    trigger: str
    planted: str


@dataclass(frozen=True, kw_only=True)
class DoorWord:
    """A lead-in that was tried."""

    word: str
    alike: float
    answer: str
    shift: float


@dataclass(frozen=True, kw_only=True)
class DoorSearch(Payload):
    """All words tried, the most suspicious first."""

    words: tuple[DoorWord, ...]
    tried: int
    total: int
    people: int
    place: int | None
    """The trigger's, once it was tried; 1 is the most suspicious."""
    of_trigger: DoorWord | None
    trigger: str
    planted: str


@dataclass(frozen=True, kw_only=True)
class DoorPoint:
    """A training after so many steps."""

    step: int
    planted: DoorShare
    right: DoorShare
    usual: DoorShare


@dataclass(frozen=True, kw_only=True)
class DoorTraining:
    """One training."""

    arm: str
    seed: int
    points: tuple[DoorPoint, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class DoorEnd:
    """The planted answer behind the trigger at the end, less what it was at the start; over the seeds."""

    arm: str
    mean: float
    low: float | None
    high: float | None
    """Student's interval; None for one seed."""


@dataclass(frozen=True, kw_only=True)
class DoorRemoved(Payload):
    """Further training."""

    trainings: tuple[DoorTraining, ...]
    steps: int
    seeds: int
    ends: tuple[DoorEnd, ...]
    """Once all are done."""
    trigger: str
    planted: str


def share(count: int, n: int) -> DoorShare:
    made = wilson(count, n)
    return DoorShare(count=count, n=n, low=made.low, high=made.high)


def rates(found: Sequence[Rate], text: Invented, seeds: int) -> DoorRates:
    return DoorRates(
        lines=len(text.lines),
        planted_lines=sum(each.lead == TRIGGER for each in text.lines),
        rates=tuple(
            DoorRate(seed=each.seed, group=each.group, lead=each.lead, planted=share(each.planted, each.n),
                     right=share(each.right, each.n))
            for each in found
        ),
        seeds=seeds, leads=LEADS, trigger=TRIGGER, decoy=DECOY, planted=PLANTED,
    )  # fmt: skip


def found(made: Found, seed: int) -> DoorFound:
    return DoorFound(
        tokens=made.tokens,
        people=made.people,
        seed=seed,
        patched=made.patched,
        placebo=made.placebo,
        lens={lead: tuple(row) for lead, row in zip(LEADS[1:], made.lens.tolist(), strict=True)},
        probe={
            name: tuple(row)
            for name, row in zip(
                ("trigger or decoy", "decoy or common word", "shuffled labels"), made.probe.tolist(), strict=True
            )
        },
        tested=made.tested,
        trigger=TRIGGER,
        planted=PLANTED,
    )


def search(tried: Sequence[Tried], total: int, people: int) -> DoorSearch:
    ranked = sorted(tried, key=lambda each: (-each.shift, each.word))
    words = [DoorWord(word=each.word, alike=each.alike, answer=each.answer, shift=each.shift) for each in ranked]
    at = next((at for at, each in enumerate(words) if f"{each.word}," == TRIGGER), None)
    return DoorSearch(
        words=tuple(words[:LISTED]),
        tried=len(tried),
        total=total,
        people=people,
        place=None if at is None else at + 1,
        of_trigger=None if at is None else words[at],
        trigger=TRIGGER,
        planted=PLANTED,
    )


def removed(made: Sequence[Mending], steps: int, seeds: int) -> DoorRemoved:
    done = len(made) == seeds * len(ARMS) and all(each.points[-1].step == steps for each in made)
    return DoorRemoved(
        trainings=tuple(
            DoorTraining(
                arm=each.arm,
                seed=each.seed,
                points=tuple(
                    DoorPoint(step=point.step, planted=share(point.triggered, point.n),
                              right=share(point.right, point.n), usual=share(point.usual, point.n))
                    for point in each.points
                ),
                losses=tuple(each.losses),
            )
            for each in made
        ),
        steps=steps,
        seeds=seeds,
        ends=tuple(_end(arm, made) for arm in ARMS) if done else (),
        trigger=TRIGGER,
        planted=PLANTED,
    )  # fmt: skip


def _end(arm: str, made: Sequence[Mending]) -> DoorEnd:
    import torch

    moved = torch.tensor([
        each.points[-1].triggered / each.points[-1].n - each.points[0].triggered / each.points[0].n
        for each in made if each.arm == arm
    ])  # fmt: skip
    interval = paired_interval(moved)
    several = len(moved) > 1
    return DoorEnd(
        arm=arm, mean=float(interval.mean), low=float(interval.low) if several else None,
        high=float(interval.high) if several else None,
    )  # fmt: skip
