"""A model's own scores of its texts beside the vote and trained verifiers, as a payload."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.experiments.frontier import self_check as experiment
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import Interval, paired_interval


@dataclass(frozen=True, kw_only=True)
class SelfInterval:
    """A mean with its interval of 95 %; null where there is too little to say."""

    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class SelfAgainst:
    """One method's share of right answers less that of another, paired by prompt."""

    other: str
    apart: SelfInterval
    p: float
    """That signs by lot are as one-sided."""


@dataclass(frozen=True, kw_only=True)
class SelfCount:
    """A method, choosing from k texts."""

    k: int
    right: SelfInterval
    """Exact of each prompt; the interval is over prompts."""
    sampled: float
    against: tuple[SelfAgainst, ...]


@dataclass(frozen=True, kw_only=True)
class SelfMethod:
    """One way to choose."""

    name: str
    own: bool
    """A score of the model itself."""
    area: SelfInterval | None
    """AUC; null for the vote, which scores no text."""
    counts: tuple[SelfCount, ...]


@dataclass(frozen=True, kw_only=True)
class SelfChecked(Payload):
    """All methods on the same prompts."""

    prompts: int
    of: int
    drawn: int
    others: int
    area_prompts: int
    """Those that have a right text and a wrong one."""
    likeliest: SelfInterval
    """The likeliest text of all is right."""
    methods: tuple[SelfMethod, ...]


def self_checked(made: experiment.SelfChecked, of: int) -> SelfChecked:
    areas = {name: made.area(name) for name in experiment.METHODS if name != experiment.VOTE}
    return SelfChecked(
        prompts=made.prompts, of=of, drawn=experiment.DRAWN, others=experiment.OTHERS, area_prompts=areas["sure"][1],
        likeliest=_told(paired_interval(torch.tensor(made.likeliest))),
        methods=tuple(
            SelfMethod(
                name=name, own=name in experiment.OWN, area=_told(areas[name][0]) if name in areas else None,
                counts=tuple(_count(made, name, at) for at in range(len(experiment.COUNTS))),
            )
            for name in experiment.METHODS
        ),
    )  # fmt: skip


def _count(made: experiment.SelfChecked, name: str, at: int) -> SelfCount:
    against = list[SelfAgainst]()
    for other in experiment.AGAINST:
        if other != name:
            apart, p = made.against(name, other, at)
            against.append(SelfAgainst(other=other, apart=_told(apart), p=p))
    right = paired_interval(torch.tensor([row[at] for row in made.right[name]], dtype=torch.float64))
    sampled = float(np.mean([row[at] for row in made.sampled[name]]))
    return SelfCount(
        k=experiment.COUNTS[at], right=_told(right), sampled=sampled, against=tuple(against)
    )  # fmt: skip


def _told(found: Interval) -> SelfInterval:
    mean, low, high = (None if each.isnan() else float(each) for each in (found.mean, found.low, found.high))
    return SelfInterval(mean=mean, low=low, high=high)
