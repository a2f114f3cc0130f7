"""Kinds of model that read the same text: losses against tokens, and differences from attention, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier.same_text import ARMS, SMOOTHED, TWICE, WINDOWS, Arm, Recording, Trained
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval

#: Tokens behind which the carried bytes are told: a training window's.
LENGTH = 256
#: What the others are compared with.
BASE = "attention"


@dataclass(frozen=True, kw_only=True)
class TextMean:
    """The mean over held-out windows, with Student's interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Float[Tensor, " window"]) -> TextMean:
        found = paired_interval(values)
        return cls(mean=float(found.mean), low=float(found.low), high=float(found.high))


@dataclass(frozen=True, kw_only=True)
class TextKind:
    """One kind of text; nats a token."""

    kind: str
    loss: float
    less_attention: TextMean
    """The loss, less attention's on the same windows."""


@dataclass(frozen=True, kw_only=True)
class TextArm:
    """One kind of model."""

    name: str
    layers: dict[str, int]
    """How many of each kind."""
    parameters: int
    carried: int
    """Bytes behind a training window."""
    loss: list[float]
    """Of the windows of so many steps each, before they are learnt from."""
    held_out: list[list[float]]
    """Step, and the mean of the kinds on fewer windows."""
    mean: float
    """Of the kinds at the end; nats a token."""
    less_attention: TextMean
    kinds: list[TextKind]
    saved: TextMean
    """By how much a token costs less when it is read a second time."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class SameText(Payload):
    """All of them."""

    base: str
    arms: list[TextArm]
    length: int
    twice: int
    windows: int
    steps_a_point: int
    seed: int
    steps: int
    tokens: int
    peak: float
    machine: str
    seconds: float


def same_text(kept: Recording) -> SameText:
    runs = {each.arm: each for each in kept.runs}
    said = kept.recipe
    return SameText(
        base=BASE, arms=[_arm(arm, runs[arm.name], runs[BASE]) for arm in ARMS], length=LENGTH, twice=TWICE,
        windows=WINDOWS, steps_a_point=SMOOTHED, seed=int(said["seed"]), steps=int(said["steps"]),
        tokens=int(said["tokens"]), peak=said["peak"], machine=kept.machine,
        seconds=sum(each.seconds for each in kept.runs),
    )  # fmt: skip


def _arm(arm: Arm, run: Trained, base: Trained) -> TextArm:
    losses = {kind: torch.tensor(values).double() for kind, values in run.windows.items()}
    less = {kind: values - torch.tensor(base.windows[kind]).double() for kind, values in losses.items()}
    kinds = [
        TextKind(kind=kind, loss=float(values.mean()), less_attention=TextMean.of(less[kind]))
        for kind, values in losses.items()
    ]
    return TextArm(
        name=arm.name, layers={kind: arm.layers.count(kind) for kind in dict.fromkeys(arm.layers)},
        parameters=run.parameters, carried=arm.carried(LENGTH), loss=run.loss, held_out=run.held_out,
        mean=sum(each.loss for each in kinds) / len(kinds),
        less_attention=TextMean.of(torch.cat(list(less.values()))), kinds=kinds,
        saved=TextMean.of(torch.tensor([each for values in run.saved.values() for each in values]).double()),
        seconds=run.seconds,
    )  # fmt: skip
