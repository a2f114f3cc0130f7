"""One layer in three forms, as a picture."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier.step_rules import StepRules
from explorer.experiments.frontier.three_forms import Views
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class FormErrors:
    """How far a layer's matrix and its blocks are from its recurrence, in largest values of y."""

    name: str
    matrix: float
    blocks: float


@dataclass(frozen=True, kw_only=True)
class ThreeForms(Payload):
    """One channel of one layer on one text."""

    title: str
    text: str
    tokens: list[str]
    layer: int
    layers: int
    channel: int
    channels: int
    block: int
    states: Float[Tensor, "pos state"]
    M: Float[Tensor, "query key"]
    y: Float[Tensor, "way pos"]
    """Recurrence, matrix, blocks, compiled."""
    compiled: float
    """The error of the compiled scan."""
    errors: list[FormErrors]


@dataclass(frozen=True, kw_only=True)
class StepRuleShare:
    """One of a channel's states: of what Euler's step writes, what the exact one does."""

    speed: float
    """-A, the mean of all channels."""
    mean: float
    low: float
    median: float
    high: float
    """Quartiles over tokens and channels."""


@dataclass(frozen=True, kw_only=True)
class EulerOrExact(Payload):
    """Both steps on one layer, and one text by both."""

    text: str
    tokens: list[str]
    layer: int
    layers: int
    dt: list[float]
    """Quartiles."""
    states: list[StepRuleShare]
    nats: Float[Tensor, "rule pos"]
    """Of each token but the first, by Euler's step and by the exact one, in every layer."""
    mean: list[float]
    """Of both."""
    same: int
    """Positions whose likeliest next token is the same by both."""


def euler_or_exact(text: str, tokens: tuple[str, ...], place: tuple[int, int], found: StepRules) -> EulerOrExact:
    """place: layer of layers."""
    values = zip(found.speed.tolist(), *found.share.tolist(), strict=True)
    return EulerOrExact(
        text=text, tokens=list(tokens), layer=place[0], layers=place[1], dt=found.dt.tolist(),
        states=[
            StepRuleShare(speed=speed, mean=mean, low=low, median=median, high=high)
            for speed, mean, low, median, high in values
        ],
        nats=found.nats, mean=found.nats.mean(1).tolist(), same=found.same,
    )  # fmt: skip


def three_forms(
    title: str, text: str, tokens: tuple[str, ...], place: tuple[int, int, int, int], block: int, found: Views
) -> ThreeForms:
    """place: layer of layers, channel of channels."""
    layer, layers, channel, channels = place
    named = {title: found.errors[:2]} | {f"{name} (drawn numbers)": each for name, each in found.families.items()}
    return ThreeForms(
        title=title, text=text, tokens=list(tokens), layer=layer, layers=layers, channel=channel, channels=channels,
        block=block, states=found.states, M=found.M, y=found.y, compiled=found.errors[2],
        errors=[FormErrors(name=name, matrix=each[0], blocks=each[1]) for name, each in named.items()],
    )  # fmt: skip
