"""A text under each pre-training objective, and the model's loss in the orders that it can read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from explorer.experiments.pretraining.objectives import Lost, Made, Settings
from explorer.figures.payload import Payload
from explorer.stack.pretraining.objectives.example import Example
from explorer.stack.pretraining.span_corruption import lengths_for

#: Positions of T5's encoder.
SOURCE = 512


@dataclass(frozen=True, kw_only=True)
class ObjectiveExample(Payload):
    """The text under one objective."""

    name: str
    inputs: Int[ndarray, " pos"]
    """Ids; from the vocabulary's size on, marks."""
    targets: Int[ndarray, "head pos"]
    """-100 where there is none."""
    places: Int[ndarray, " pos"]
    wanted: Int[ndarray, "head pos"]
    attends: Bool[ndarray, "query key"]
    share: float
    """Of the positions, those that give a loss."""
    predicted: int
    """Tokens of the text."""


@dataclass(frozen=True, kw_only=True)
class ObjectivesShown(Payload):
    """One text under all objectives."""

    text: str
    ids: tuple[int, ...]
    left_out: int
    d_vocab: int
    marks: tuple[str, ...]
    """Names of the ids that follow the vocabulary."""
    examples: tuple[ObjectiveExample, ...]
    missing: dict[str, str]
    source: int
    """Positions of T5's encoder."""
    fits: int
    """Tokens whose source fills them."""
    target: int
    """Positions of its target."""


@dataclass(frozen=True, kw_only=True)
class ObjectiveLosses(Payload):
    """The loss of each token, in nats."""

    text: str
    ids: tuple[int, ...]
    lead: tuple[int, ...]
    left_out: int
    causal: Float[ndarray, " token"]
    middle_last: Float[ndarray, " token"]
    order: Int[ndarray, " token"]
    begin: int
    """Of the middle."""
    end: int
    prefix: int
    shifted_twice: float


def shown(made: Made, text: str, settings: Settings) -> ObjectivesShown:
    sizes = lengths_for(SOURCE, settings.rate, settings.mean_span)
    return ObjectivesShown(
        text=text,
        ids=tuple(made.text.ids.tolist()),
        left_out=made.text.left_out,
        d_vocab=made.new.d_vocab,
        marks=made.new.names,
        examples=tuple(_example(name, each) for name, each in made.examples.items()),
        missing=made.missing,
        source=sizes.source,
        fits=sizes.tokens,
        target=sizes.target,
    )


def _example(name: str, made: Example) -> ObjectiveExample:
    return ObjectiveExample(
        name=name,
        inputs=made.inputs.numpy(),
        targets=made.targets.numpy(),
        places=made.places.numpy(),
        wanted=made.wanted.numpy(),
        attends=made.attends.numpy(),
        share=made.share,
        predicted=made.predicted,
    )


def losses(made: Lost, text: str) -> ObjectiveLosses:
    return ObjectiveLosses(
        text=text,
        ids=tuple(made.text.ids.tolist()),
        lead=made.text.lead,
        left_out=made.text.left_out,
        causal=made.causal.numpy().astype(np.float32),
        middle_last=made.middle_last.numpy().astype(np.float32),
        order=made.order.numpy(),
        begin=made.cut.begin,
        end=made.cut.end,
        prefix=made.prefix,
        shifted_twice=made.shifted_twice,
    )
