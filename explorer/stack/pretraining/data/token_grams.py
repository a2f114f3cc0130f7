"""n-grams of token ids, as sorted arrays: the whole distribution after a context at once.

What a small model says early in its training is what counting would say: first how frequent each token is, then what
follows the last token, then what follows the last two. The counted models are Kneser and Ney's (`kneser_ney`, which
keeps words in dictionaries and reads one word at a time); here every order is a model of its own, and its probabilities
of all tokens are one vector.

    p(w | h) = (a(hw) - D(a(hw))) / sum over v of a(hv)  +  gamma(h) p(w | h'),     1 / |V| below the unigrams

>>> grams = TokenGrams.of(np.array([0, 1, 2, 1, 2, 1, 3, 0]), d_vocab=4)
>>> [int(grams.after(context, 2).argmax()) for context in ([1], [2])]  # 1 2 and 2 1 stand most often
[2, 1]
>>> round(float(grams.after([1, 2], 3).sum()), 6)
1.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from explorer.stack.pretraining.data.kneser_ney import discounts_of

ORDER = 3
Level = tuple[Int[ndarray, " _entry"], Int[ndarray, " _entry"]]
"""Grams as numbers to the base of the vocabulary, ascending, and their counts."""


@dataclass(frozen=True, eq=False)
class TokenGrams:
    """Counted trigrams, and the models of all shorter orders that follow from them."""

    d_vocab: int
    keys: Int[ndarray, " gram"]
    """Trigrams that stand in the text, ascending."""
    counts: Int[ndarray, " gram"]

    @classmethod
    def of(cls, stream: Int[ndarray, " token"], d_vocab: int) -> TokenGrams:
        """Of a text in tokens; it has three at least."""
        a = stream.astype(np.int64)
        keys, counts = np.unique((a[:-2] * d_vocab + a[1:-1]) * d_vocab + a[2:], return_counts=True)
        return cls(d_vocab, keys, counts)

    @cached_property
    def raw(self) -> tuple[Level, Level, Level]:
        """How often each unigram, bigram and trigram stands; of the text's last two tokens once at least."""
        two = _summed(self.keys // self.d_vocab, self.counts)
        last = np.setdiff1d(self.keys % self.d_vocab**2, two[0])  # the end of the text begins no trigram
        two = _summed(np.concatenate([two[0], last]), np.concatenate([two[1], np.ones_like(last)]))
        one = _summed(two[0] // self.d_vocab, two[1])
        last = np.setdiff1d(two[0] % self.d_vocab, one[0])
        one = _summed(np.concatenate([one[0], last]), np.concatenate([one[1], np.ones_like(last)]))
        return one, two, (self.keys, self.counts)

    def levels(self, order: int) -> list[Level]:
        """What a model of that order reads: counts of its longest grams; of shorter ones how many tokens stand before
        them, or their counts where none does."""
        made = []
        for n in range(1, order):
            keys, counts = self.raw[n - 1]
            before, times = np.unique(self.raw[n][0] % self.d_vocab**n, return_counts=True)
            adjusted = counts.copy() if n > 1 else np.zeros_like(counts)
            adjusted[np.searchsorted(keys, before)] = times
            made.append((keys[adjusted > 0], adjusted[adjusted > 0]))
        return [*made, self.raw[order - 1]]

    @cached_property
    def models(self) -> tuple[list[_Level], ...]:
        """Of unigrams, bigrams and trigrams."""
        return tuple([_Level.of(*each) for each in self.levels(order)] for order in range(1, ORDER + 1))

    def after(self, context: Sequence[int], order: int) -> Float[ndarray, " d_vocab"]:
        """The probability of every token; of the context the last `order - 1` tokens are read, or all."""
        p = np.full(self.d_vocab, 1 / self.d_vocab)
        for n, level in enumerate(self.models[order - 1]):
            if n > len(context):
                break
            key = 0
            for token in context[len(context) - n :]:
                key = key * self.d_vocab + token
            p = level.mixed(key, p)
        return p


@dataclass(frozen=True, eq=False)
class _Level:
    """The grams of one length, and their discounts."""

    keys: Int[ndarray, " gram"]
    counts: Int[ndarray, " gram"]
    discount: Float[ndarray, " 4"]
    """By the count, 3 and more alike; nothing for 0."""

    @classmethod
    def of(cls, keys: Int[ndarray, " gram"], counts: Int[ndarray, " gram"]) -> _Level:
        return cls(keys, counts, np.array([0.0, *discounts_of(np.minimum(counts, 5).tolist())]))

    def mixed(self, context: int, lower: Float[ndarray, " d_vocab"]) -> Float[ndarray, " d_vocab"]:
        """What is known after this context, and the rest by the shorter one."""
        first, last = np.searchsorted(self.keys, (context * len(lower), (context + 1) * len(lower)))
        if first == last:
            return lower
        counts = self.counts[first:last]
        less = self.discount[np.minimum(counts, 3)]
        p = lower * (less.sum() / counts.sum())
        p[self.keys[first:last] % len(lower)] += (counts - less) / counts.sum()
        return p


def _summed(keys: Int[ndarray, " gram"], counts: Int[ndarray, " gram"]) -> Level:
    """The counts of equal keys together."""
    found, at = np.unique(keys, return_inverse=True)
    return found, np.bincount(at, counts, len(found)).astype(np.int64)
