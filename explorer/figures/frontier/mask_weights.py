"""Two weights of a hidden token, by seed: bounds, what is written, and the differences with their intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from explorer.experiments.frontier.mask_weights import (
    EACH,
    ORDERS,
    PARTS,
    SEEDS,
    TEMPERATURE,
    WINDOWS,
    Recording,
    Weighed,
)
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval


@dataclass(frozen=True, kw_only=True)
class MaskWeightRun:
    """One training."""

    weighing: str
    seed: int
    bound: float
    """The mean of all kinds of text; nats a token."""
    by_share: list[float]
    """Nats of a hidden token, the fewest hidden first."""
    written: list[float]
    """By order: what a written token costs the judge."""
    distinct: list[float]
    """By order: the share of different tokens."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class MaskWeightGap:
    """Uniform weights less 1/t, seed by seed, with Student's interval."""

    name: str
    mean: float
    low: float
    high: float
    seeds: list[float]


@dataclass(frozen=True, kw_only=True)
class TwinsWeights(Payload):
    """Both weights."""

    runs: list[MaskWeightRun]
    gaps: list[MaskWeightGap]
    """Of the bound, of what is written in each order, of the share of different tokens in each."""
    shares: list[MaskWeightGap]
    """Of the nats of a hidden token, by the part of the share that is hidden."""
    orders: list[str]
    parts: int
    seeds: list[int]
    windows: int
    texts: int
    """Written for the judge, of each kind."""
    temperature: float
    steps: int
    begins: int
    start_apart: float
    machine: str
    seconds: float


def twins_weights(kept: Recording, begins: int) -> TwinsWeights:
    gaps = [
        _gap("bound", kept, lambda run: _mean(run.bound)),
        *(_gap(f"written, {order}", kept, lambda run, order=order: run.written[order]) for order in ORDERS),
        *(_gap(f"different tokens, {order}", kept, lambda run, order=order: run.distinct[order]) for order in ORDERS),
    ]
    shares = [
        _gap(f"{part / PARTS:.0%} to {(part + 1) / PARTS:.0%}", kept, lambda run, part=part: run.by_share[part])
        for part in range(PARTS)
    ]
    return TwinsWeights(
        runs=[_run(each) for each in kept.runs], gaps=gaps, shares=shares, orders=list(ORDERS), parts=PARTS,
        seeds=list(SEEDS), windows=WINDOWS, texts=EACH, temperature=TEMPERATURE,
        steps=kept.runs[0].steps, begins=begins, start_apart=kept.start_apart, machine=kept.machine,
        seconds=kept.start + sum(each.seconds for each in kept.runs),
    )  # fmt: skip


def _run(run: Weighed) -> MaskWeightRun:
    return MaskWeightRun(
        weighing=run.weighing, seed=run.seed, bound=_mean(run.bound), by_share=run.by_share,
        written=[run.written[order] for order in ORDERS], distinct=[run.distinct[order] for order in ORDERS],
        seconds=run.seconds,
    )  # fmt: skip


def _mean(bound: dict[str, float]) -> float:
    return sum(bound.values()) / len(bound)


def _gap(name: str, kept: Recording, of: Callable[[Weighed], float]) -> MaskWeightGap:
    pairs = zip(kept.of("uniform"), kept.of("inverse"), strict=True)
    values = [of(uniform) - of(inverse) for uniform, inverse in pairs]
    found = paired_interval(torch.tensor(values).double())
    return MaskWeightGap(name=name, mean=float(found.mean), low=float(found.low), high=float(found.high), seeds=values)
