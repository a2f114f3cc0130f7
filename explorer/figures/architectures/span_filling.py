"""Span corruption as a picture: a text, its source and target, and what the model writes, token by token."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from explorer.experiments.architectures.span_filling import LONGEST, Filling, Trained, spans_of
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class CutSpan:
    """One span that was cut out."""

    sentinel: str
    truth: list[str]
    written: list[str]
    """What the model writes there by itself; empty if it never names the sentinel."""
    right: bool


@dataclass(frozen=True, kw_only=True)
class SpansAsked:
    title: str
    """Of the model."""
    examples: list[str]
    text: str
    density: int
    """Per cent of the tokens."""
    mean_span: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class SpanFilling(Payload):
    asked: SpansAsked
    tokens: list[str]
    noise: Bool[Tensor, " token"]
    left_out: int
    source: list[str]
    target: list[str]
    marks: list[int]
    """Of each token of the target: the number of the sentinel that it is, -1 for others."""
    p: Float[Tensor, " target"]
    """The model's probability of the right token, those before it given."""
    likeliest: list[str]
    likeliest_p: Float[Tensor, " target"]
    spans: list[CutSpan]
    ended: bool
    """Whether it wrote its end token in time."""
    usual: int
    """Tokens of the texts that it was trained on: all as long."""
    pairs: int
    all_pairs: int
    loss: float
    even: float
    """Nats a token of a model that holds all tokens for equally likely."""


def shown(
    made: Filling,
    asked: SpansAsked,
    trained: Trained,
    pieces: Callable[[Sequence[int]], list[str]],
    sentinels: tuple[int, ...],
) -> SpanFilling:
    """`pieces`: each id as text."""
    top, end = made.logits.softmax(-1).max(-1), int(made.target[-1])
    truth, written = (spans_of(part, sentinels) for part in (made.cut.target.tolist(), made.writing.ids.tolist()))
    fills = {mark: [each for each in written.get(mark, []) if each != end] for mark in truth}
    spans = [
        CutSpan(sentinel=pieces([mark])[0], truth=pieces(cut), written=pieces(fills[mark]), right=fills[mark] == cut)
        for mark, cut in truth.items()
    ]
    known = {mark: number for number, mark in enumerate(sentinels)}
    return SpanFilling(
        asked=asked,
        tokens=pieces(made.ids.tolist()),
        noise=made.cut.noise,
        left_out=made.left_out,
        source=pieces(made.source.tolist()),
        target=pieces(made.target.tolist()),
        marks=[known.get(each, -1) for each in made.target.tolist()],
        p=made.chances,
        likeliest=pieces(top.indices.tolist()),
        likeliest_p=top.values,
        spans=spans,
        ended=made.writing.ended,
        usual=LONGEST,
        pairs=trained.pairs,
        all_pairs=trained.all_pairs,
        loss=trained.loss,
        even=math.log(made.logits.shape[-1]),
    )
