"""Two weights of a hidden token: bounds, what is written, and the differences with their intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

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
    """Nats of a hidden token, the fewest hidden first. Their mean is the bound."""
    written: list[float]
    """By order: what a written token costs the judge."""
    distinct: list[float]
    """By order: the share of different tokens."""
    curve: list[list[float]]
    """Step, and the bound then, on fewer windows."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class MaskWeightGap:
    """Uniform weights less 1/t, with Student's interval: over seeds, or over texts."""

    name: str
    mean: float
    low: float
    high: float
    values: list[float]
    """Of each seed, or of each text the mean of its seeds."""


@dataclass(frozen=True, kw_only=True)
class TwinsWeights(Payload):
    """Both weights."""

    runs: list[MaskWeightRun]
    gaps: list[MaskWeightGap]
    """Over seeds: of the bound, of what is written in each order, of the share of different tokens in each."""
    shares: list[MaskWeightGap]
    """Over seeds: of the nats of a hidden token, by the part of the share that is hidden."""
    kinds: list[MaskWeightGap]
    """Over texts: of the bound, by kind."""
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
        _gap("bound", kept, lambda run: float(_by_share(run).mean())),
        *(_gap(f"written, {order}", kept, lambda run, order=order: run.written[order]) for order in ORDERS),
        *(_gap(f"different tokens, {order}", kept, lambda run, order=order: run.distinct[order]) for order in ORDERS),
    ]
    shares = [
        _gap(f"{at / PARTS:.0%} to {(at + 1) / PARTS:.0%}", kept, lambda run, at=at: float(_by_share(run)[at]))
        for at in range(PARTS)
    ]
    return TwinsWeights(
        runs=[_run(each) for each in kept.runs], gaps=gaps, shares=shares, kinds=_kinds(kept), orders=list(ORDERS),
        parts=PARTS, seeds=list(SEEDS), windows=WINDOWS, texts=EACH, temperature=TEMPERATURE,
        steps=kept.runs[0].steps, begins=begins, start_apart=kept.start_apart, machine=kept.machine,
        seconds=kept.start + sum(each.seconds for each in kept.runs),
    )  # fmt: skip


def _run(run: Weighed) -> MaskWeightRun:
    by_share = _by_share(run)
    return MaskWeightRun(
        weighing=run.weighing, seed=run.seed, bound=float(by_share.mean()), by_share=by_share.tolist(),
        written=[run.written[order] for order in ORDERS], distinct=[run.distinct[order] for order in ORDERS],
        curve=run.curve, seconds=run.seconds,
    )  # fmt: skip


def _by_share(run: Weighed) -> Float[Tensor, " part"]:
    """The mean of the kinds, each with an equal say."""
    return torch.stack([torch.tensor(nats).double().mean(0) for nats in run.nats.values()]).mean(0)


def _gap(name: str, kept: Recording, of: Callable[[Weighed], float]) -> MaskWeightGap:
    pairs = zip(kept.of("uniform"), kept.of("inverse"), strict=True)
    return _interval(name, torch.tensor([of(uniform) - of(inverse) for uniform, inverse in pairs]).double())


def _kinds(kept: Recording) -> list[MaskWeightGap]:
    """Of each window the mean of its parts and of the seeds."""
    found = []
    for kind in kept.runs[0].nats:
        uniform, inverse = (
            torch.tensor([run.nats[kind] for run in kept.of(weighing)]).double().mean((0, 2))
            for weighing in ("uniform", "inverse")
        )
        found.append(_interval(kind, uniform - inverse))
    return found


def _interval(name: str, values: Float[Tensor, " value"]) -> MaskWeightGap:
    found = paired_interval(values)
    return MaskWeightGap(
        name=name, mean=float(found.mean), low=float(found.low), high=float(found.high), values=values.tolist()
    )
