"""Features of a dictionary as pictures: where they fire on a text, one of them beside a placebo's, a text steered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.features import (
    OnText,
    OverCorpus,
    Removed,
    Replaced,
    Studied,
)
from explorer.experiments.inside.steering import Continued
from explorer.figures.payload import Payload
from explorer.stack.evaluation.explained_variance import explained_variance
from explorer.stack.frontier.sparse_autoencoders.matching import neighbours

#: Contexts of a feature, tokens that it raises or lowers, next tokens, neighbours, bars of a histogram.
CONTEXTS, PUSHED, NEXT, NEAR, BINS = 6, 6, 5, 5, 16
#: Tokens that name a feature in a list.
NAMES = 3


@dataclass(frozen=True, kw_only=True)
class FeatureRow:
    """One feature on the text."""

    feature: int
    density: float
    """Share of the corpus's tokens on which it fires."""
    most: float
    """Its greatest activation in the corpus."""
    acts: Float[Tensor, " pos"]
    divergence: Float[Tensor, " pos"]
    """KL of the next token without it, nats."""
    random: Float[Tensor, " pos"]
    """The same, of random directions of the same length."""
    raises: Int[Tensor, " name"]
    """Tokens that it raises most where it is strongest."""


@dataclass(frozen=True, kw_only=True)
class DictionaryOnText:
    """A dictionary, and what its sum is worth in the place of the stream."""

    width: int
    rows: list[FeatureRow]
    explained: float
    """On this text."""
    l0: float
    divergence: float
    """KL of the last token's next one with the sum in the stream's place."""
    answer: float
    """The probability then of the run's likeliest token."""


@dataclass(frozen=True, kw_only=True)
class FeaturesFound(Payload):
    layer: int
    """The block whose stream the dictionaries read."""
    depths: list[int]
    """All blocks behind which this model has dictionaries."""
    word: str
    """That was searched for."""
    matches: int
    """Tokens of the corpus that hold it."""
    ids: Int[Tensor, " pos"]
    of: int
    """Tokens of the whole text."""
    corpus_tokens: int
    answer_id: int
    """The likeliest token behind the last."""
    answer: float
    trained: DictionaryOnText
    placebo: DictionaryOnText


def feature_row(text: OnText, corpus: OverCorpus, gone: Removed) -> FeatureRow:
    feature = gone.feature
    acts = text.acts[:, feature]
    return FeatureRow(
        feature=feature,
        density=float(corpus.density[feature]),
        most=float(torch.maximum(corpus.most[feature], acts.max())),
        acts=acts,
        divergence=gone.divergence,
        random=gone.random,
        raises=gone.said.topk(NAMES).indices,
    )


def dictionary_on_text(text: OnText, rows: list[FeatureRow], instead: Replaced) -> DictionaryOnText:
    return DictionaryOnText(
        width=text.acts.shape[1],
        rows=rows,
        explained=explained_variance(text.stream[1:], text.rebuilt[1:]).true if len(text.ids) > 2 else 0.0,
        l0=float((text.acts[1:] > 0).sum(-1).float().mean()),
        divergence=instead.divergence,
        answer=float(instead.probabilities[int(text.logits[-1].argmax())]),
    )


@dataclass(frozen=True, kw_only=True)
class FeatureContext:
    """A place of the corpus where the feature is strong."""

    kind: str
    ids: Int[Tensor, " near"]
    acts: Float[Tensor, " near"]
    at: int
    """The strongest of them."""


@dataclass(frozen=True, kw_only=True)
class FeatureCard:
    """One feature: over the corpus, on the text, in the model."""

    feature: int
    density: float
    most: float
    acts: Float[Tensor, " pos"]
    peak: int
    """Where it is strongest on the text."""
    share: float
    """Its length there, as a share of the stream's."""
    contexts: list[FeatureContext]
    histogram: Int[Tensor, " bin"]
    """Of its activations in the corpus, from 0 to the greatest."""
    raises: Int[Tensor, " token"]
    said: Float[Tensor, " token"]
    """What these logits lose when it is removed at the end of the stream."""
    done: Float[Tensor, " token"]
    """When it is removed behind its block."""
    lowers: Int[Tensor, " token"]
    lowers_said: Float[Tensor, " token"]
    lowers_done: Float[Tensor, " token"]
    at: int
    """Where its removal changes most."""
    divergence: float
    random: float
    next: Int[Tensor, " next"]
    before: Float[Tensor, " next"]
    after: Float[Tensor, " next"]
    near: Int[Tensor, " neighbour"]
    cosines: Float[Tensor, " neighbour"]


@dataclass(frozen=True, kw_only=True)
class FeatureBesidePlacebo(Payload):
    layer: int
    ids: Int[Tensor, " pos"]
    corpus_tokens: int
    trained: FeatureCard
    placebo: FeatureCard


def feature_card(text: OnText, corpus: OverCorpus, found: Studied) -> FeatureCard:
    gone, sae, feature = found.removed, text.dictionary.sae, found.removed.feature
    acts, over = text.acts[:, feature], corpus.acts[:, feature]
    said, done, at = gone.said, found.done, found.at
    up, down = said.topk(PUSHED).indices, (-said).topk(PUSHED).indices
    likely = found.before.topk(NEXT).indices
    near, cosines = neighbours(sae.W_dec, feature, NEAR)
    return FeatureCard(
        feature=feature,
        density=float(corpus.density[feature]),
        most=float(corpus.most[feature]),
        acts=acts,
        peak=gone.peak,
        share=float(acts[gone.peak] / text.stream[gone.peak].norm()),
        contexts=contexts(corpus, feature),
        histogram=torch.histc(over[over > 0], BINS, 0, max(float(corpus.most[feature]), 1e-6)).long(),
        raises=up,
        said=said[up],
        done=done[up],
        lowers=down,
        lowers_said=said[down],
        lowers_done=done[down],
        at=at,
        divergence=float(gone.divergence[at]),
        random=float(gone.random[at]),
        next=likely,
        before=found.before[likely],
        after=found.after[likely],
        near=near,
        cosines=cosines,
    )


def contexts(corpus: OverCorpus, feature: int) -> list[FeatureContext]:
    read = corpus.harvest.corpus
    made = []
    for row, position in corpus.places(feature, CONTEXTS):
        near = corpus.near(position)
        made.append(
            FeatureContext(
                kind=read.kinds[int(read.kind[row])],
                ids=read.ids[row, near],
                acts=corpus.of_row(row, feature)[near],
                at=position - near.start,
            )
        )
    return made


@dataclass(frozen=True, kw_only=True)
class SteeredText:
    """A continuation."""

    name: str
    """"unchanged", "feature", "random"."""
    ids: Int[Tensor, " new"]
    surprise: float
    divergence: float


@dataclass(frozen=True, kw_only=True)
class FeatureSteered(Payload):
    layer: int
    feature: int
    strength: float
    """In the feature's greatest activation in the corpus."""
    length: float
    """Of what is added."""
    stream: float
    """The mean length of the stream there."""
    texts: list[SteeredText]


def steered(names: Sequence[str], made: Sequence[Continued]) -> list[SteeredText]:
    return [
        SteeredText(name=name, ids=torch.tensor(each.ids), surprise=each.surprise, divergence=each.divergence)
        for name, each in zip(names, made, strict=False)
    ]
