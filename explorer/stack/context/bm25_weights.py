"""BM25 with its weights worked out beforehand: a question is then a sum of numbers that lie ready.

What a word adds to a passage's score depends on no question, so that it can be calculated once for every entry of the
inverted index (as bm25s does: Lù 2024, arXiv 2407.03618)::

    score(passage) = base(question) + Σ_words weight[word, passage]
    weight         = idf(word) · (tf part - tf part of a passage without the word)

BM25L and BM25+ give passages without a word something too: that is the base, the same for all.

>>> from explorer.stack.context import bm25
>>> index = bm25.indexed([["cat", "sat"], ["dog", "ate", "cat"], ["bird"]])
>>> weights = Weights.of(index, "bm25+")
>>> bool(np.allclose(weights.scores(["cat", "dog"]), bm25.scores(index, ["cat", "dog"], "bm25+"), atol=1e-6))
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from explorer.stack.compiled import compiled
from explorer.stack.context import bm25
from explorer.stack.context.bm25 import K1, B, Index, Variant


@dataclass(frozen=True, eq=False)
class Weights:
    """What each word adds to each passage that holds it, by one variant."""

    index: Index
    added: Float32[ndarray, " entry"]
    base: Float[ndarray, " word"]
    """What a word adds to every passage."""

    @classmethod
    def of(cls, index: Index, variant: Variant = "lucene", k1: float = K1, b: float = B) -> Weights:
        """The index's, for one variant and its numbers."""
        n = np.diff(index.first)  # word
        known, at = np.unique(n, return_inverse=True)
        rare = np.array([bm25.rarity(index, int(each), variant) for each in known])[at]  # word
        mean = index.lengths.mean() if len(index.lengths) else 1.0
        nowhere = float(bm25.saturated(np.zeros(1), np.ones(1), variant, k1, b)[0])
        tf = bm25.saturated(index.counts, index.lengths[index.passages] / mean, variant, k1, b)  # entry
        return cls(index, (np.repeat(rare, n) * (tf - nowhere)).astype(np.float32), rare * nowhere)

    def scores(self, question: Sequence[str]) -> Float32[ndarray, " passage"]:
        """Every passage's score; a word that is asked twice counts twice."""
        known = self.index.words
        ids = np.array([known[each] for each in question if each in known], np.int64)  # asked
        index = self.index
        return _summed(ids, index.first, index.passages, self.added, self.base, len(index.lengths))


@compiled
def _summed(ids, first, passages, added, base, n):  # pragma: no cover - compiled
    """The words' weights added up, passage by passage."""
    start = 0.0
    for word in ids:
        start += base[word]
    made = np.full(n, np.float32(start))
    for word in ids:
        for entry in range(first[word], first[word + 1]):
            made[passages[entry]] += added[entry]
    return made
