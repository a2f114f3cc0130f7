"""One layer in three forms, as a picture."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

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
