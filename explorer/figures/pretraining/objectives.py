"""A text under each pre-training objective, and the model's loss in the orders that it can read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from explorer.experiments.pretraining.objective_twins import Read, Run
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


@dataclass(frozen=True, kw_only=True)
class TwinRun(Payload):
    """One training."""

    name: str
    steps: int
    tokens: int
    targets: int
    flops: float
    parameters: int
    held_out: float
    curve: tuple[tuple[float, float], ...]
    sha256: str


@dataclass(frozen=True, kw_only=True)
class TwinLosses(Payload):
    """What the model of one objective loses on the text, and how it was trained."""

    name: str
    nats: Float[ndarray, " token"]
    """By the text's tokens; NaN where one is not predicted."""
    hidden: Bool[ndarray, " token"]
    """Whether the inputs lack it."""
    positions: int
    targets: int
    """Of all heads, marks included."""
    heads: tuple[float, ...]
    """The mean of each."""
    marks: float
    run: TwinRun


@dataclass(frozen=True, kw_only=True)
class TwinsShown(Payload):
    """One text read by a model of each objective."""

    text: str
    ids: tuple[int, ...]
    """Of the twins' own vocabulary."""
    tokens: tuple[str, ...]
    left_out: int
    seed: int
    """Of the trainings."""
    twins: tuple[TwinLosses, ...]


def twins(
    made: list[Read], runs: tuple[Run, ...], text: str, ids: list[int], tokens: list[str], left_out: int, seed: int
) -> TwinsShown:
    by_name = {each.name: each for each in runs}
    return TwinsShown(
        text=text,
        ids=tuple(ids),
        tokens=tuple(tokens),
        left_out=left_out,
        seed=seed,
        twins=tuple(_twin(each, by_name[each.name]) for each in made),
    )


def _twin(made: Read, run: Run) -> TwinLosses:
    return TwinLosses(
        name=made.name,
        nats=made.by_token.numpy(),
        hidden=made.hidden.numpy(),
        positions=len(made.example.inputs),
        targets=int(made.example.counted.sum()),
        heads=made.heads,
        marks=made.marks,
        run=TwinRun(**vars(run)),
    )


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
