r"""A quality classifier of fasttext's kind: is a text more like good texts, or more like what to leave out?

Joulin et al. 2016 (arXiv 1607.01759): each word and each pair of neighbours is hashed to a row of one table, the rows
of a text are averaged, and one linear layer with a softmax gives the classes:

    h = (1/F) Σ_f E[f],     p = softmax(W h),     loss = -log p[label]
    ∂loss/∂W = (p - y) hᵀ,  ∂loss/∂E[f] = (1/F) Wᵀ (p - y)   for each f of the text, once for each time it stands there

trained by plain SGD, a text a step, with a rate that falls to 0. Words are hashed by FNV-1a in 32 bits, pairs by
fasttext's h(ab) = 116049371 h(a) + h(b). DCLM (Li et al. 2024, arXiv 2406.11794) chooses training texts by such a
classifier, GPT-3 (Brown et al. 2020, arXiv 2005.14165, appendix A) by a like one. It prefers what resembles its good
examples, whatever their worth.

Since h is a mean, the log odds are a sum over the features, and each word's part in the verdict is exact.

>>> texts = ["the sea is salt and wide", "buy cheap lamps now", "rivers carry salt to the sea", "cheap lamps for all"]
>>> model = train(texts, [1, 0, 1, 0], Recipe(buckets=256, epochs=30))
>>> [model.read(text).good > 0.5 for text in ("salt of the sea", "buy lamps")]
[True, False]
>>> reading = model.read("buy salt")
>>> [f.text for f in reading.features], abs(sum(f.toward for f in reading.features) - reading.log_odds) < 1e-6
(['buy', 'salt', 'buy salt'], True)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from jaxtyping import Float32, Int64
from numpy import ndarray

from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import words

#: Of being a good text, at least.
THRESHOLD = 0.5
_PAIR = 116049371


@dataclass(frozen=True)
class Recipe:
    """How a classifier is trained."""

    buckets: int = 1 << 15
    """Rows of the table."""
    width: int = 10
    epochs: int = 5
    rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.buckets, self.width, self.epochs) < 1 or self.rate <= 0:
            raise ValueError("a classifier needs rows, width, epochs and a rate above 0")


@dataclass(frozen=True)
class Feature:
    """A word or a pair of words, and what it adds to the log odds of a good text."""

    text: str
    toward: float


@dataclass(frozen=True)
class Reading:
    """What the classifier says of a text."""

    features: tuple[Feature, ...]
    log_odds: float
    good: float
    """The probability of a good text."""
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Classifier:
    """The table, and the linear layer: row 0 is what to leave out, row 1 a good text."""

    table: Float32[ndarray, "bucket width"]
    output: Float32[ndarray, "2 width"]

    def good(self, text: str) -> float:
        """The probability of a good text; of a text without words 1/2."""
        rows = features(text, len(self.table))
        return float(forward(self.table, self.output, rows)[1][1]) if len(rows) else 0.5

    def verdict(self, text: str, least: float = THRESHOLD) -> Verdict:
        return Verdict("quality_classifier", self.good(text), least, "at least")

    def read(self, text: str, least: float = THRESHOLD) -> Reading:
        """The verdict, feature by feature: all words, then all pairs."""
        own = words(text.lower())
        rows = features(text, len(self.table))
        toward = self.table[rows] @ (self.output[1] - self.output[0]) / max(1, len(rows))
        names = [*own, *(" ".join(pair) for pair in pairwise(own))]
        log_odds = float(toward.sum())
        made = tuple(Feature(name, float(each)) for name, each in zip(names, toward, strict=True))
        good = self.good(text)
        return Reading(made, log_odds, good, Verdict("quality_classifier", good, least, "at least"))


def features(text: str, buckets: int) -> Int64[ndarray, " feature"]:
    """The row of each word, then of each pair of neighbours."""
    hashed = np.array([fnv(word) for word in words(text.lower())], np.uint64)
    pairs = hashed[:-1] * np.uint64(_PAIR) + hashed[1:]  # wraps around at 2^64
    return (np.concatenate([hashed, pairs]) % np.uint64(buckets)).astype(np.int64)


@lru_cache(maxsize=1 << 16)
def fnv(word: str) -> int:
    """FNV-1a in 32 bits, of the bytes as signed numbers: fasttext's.

    >>> fnv(""), fnv("a")
    (2166136261, 3826002220)
    """
    made = 2166136261
    for byte in word.encode("utf-8", "replace"):
        made = ((made ^ (byte | (0xFFFFFF00 if byte > 127 else 0))) * 16777619) & 0xFFFFFFFF
    return made


def forward(
    table: Float32[ndarray, "bucket width"], output: Float32[ndarray, "2 width"], rows: Int64[ndarray, " feature"]
) -> tuple[Float32[ndarray, " width"], Float32[ndarray, " 2"]]:
    """The mean of the rows, and the probabilities."""
    hidden = table[rows].mean(0)
    logits = output @ hidden
    raised = np.exp(logits - logits.max())
    return hidden, raised / raised.sum()


def gradients(
    table: Float32[ndarray, "bucket width"],
    output: Float32[ndarray, "2 width"],
    rows: Int64[ndarray, " feature"],
    label: int,
) -> tuple[float, Float32[ndarray, "2 width"], Float32[ndarray, " width"]]:
    """The loss in nats, its gradient by the layer, and the one by each row of the text, each time it stands there."""
    hidden, p = forward(table, output, rows)
    apart = p.copy()
    apart[label] -= 1
    return -math.log(max(float(p[label]), 1e-30)), np.outer(apart, hidden), apart @ output / np.float32(len(rows))


def train(texts: Sequence[str], labels: Sequence[int], recipe: Recipe = Recipe()) -> Classifier:
    """A classifier of texts that are good (1) or to be left out (0). Raises ValueError without both."""
    if set(labels) != {0, 1}:
        raise ValueError("a classifier needs texts of both kinds")
    draw = np.random.default_rng(recipe.seed)
    table = draw.uniform(-1, 1, (recipe.buckets, recipe.width)).astype(np.float32) / np.float32(recipe.width)
    output = np.zeros((2, recipe.width), np.float32)
    read = [(features(text, recipe.buckets), label) for text, label in zip(texts, labels, strict=True)]
    read = [each for each in read if len(each[0])]
    steps = recipe.epochs * len(read)
    for epoch in range(recipe.epochs):
        for at, one in enumerate(draw.permutation(len(read))):
            rows, label = read[one]
            rate = np.float32(recipe.rate * (1 - (epoch * len(read) + at) / steps))
            _, by_output, by_row = gradients(table, output, rows, label)
            output -= rate * by_output
            np.subtract.at(table, rows, rate * by_row)
    return Classifier(table, output)
