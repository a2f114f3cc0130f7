"""BM25: a passage is scored by the question's words that it holds, rare words counting most, long passages least.

Robertson et al. 1994 (Okapi at TREC-3); the five variants are those that Kamphuis et al. 2020 compare and that Lù 2024
(arXiv 2407.03618) implements::

    score(q, d) = Σ over the words w of q   idf(w) · tf(w, d)

    L = 1 - b + b · length / mean length          N passages, n of them hold w, f times in this one
    c = f / L

    variant      idf                                tf
    lucene       ln(1 + (N - n + .5) / (n + .5))    f / (k1 L + f)
    robertson    ln of (N - n + .5) / (n + .5),     f / (k1 L + f)
                 at least ln 1 = 0
    atire        ln(N / n)                          (k1 + 1) f / (k1 L + f)
    bm25l        ln((N + 1) / (n + .5))             (k1 + 1) (c + δ) / (k1 + c + δ)
    bm25+        ln((N + 1) / n)                    (k1 + 1) f / (k1 L + f) + δ
    okapi        ln((N - n + .5) / (n + .5)), where (k1 + 1) f / (k1 L + f)
                 negative: a quarter of the mean idf

The last is rank-bm25's, in wide use. BM25L and BM25+ (Lv & Zhai 2011) give a passage something even for a word that it
lacks. Each word's share is kept, so that a score can be taken apart.

Worked example: four passages, "cat dog", k1 1.5, b .75. Both words are in three of four passages or two: by Robertson's
idf no passage gets a point, and rank-bm25's ranks passage 2 first where Lucene's ranks passage 4.

>>> texts = ["the cat sat on the mat", "the dog ate my cat", "a bird sang", "the dog and the dog barked at the cat"]
>>> index = indexed([text.split() for text in texts])
>>> for variant in VARIANTS:
...     print(f"{variant:9}", *(f"{score:.6f}" for score in scores(index, ["cat", "dog"], variant)))
lucene    0.139932 0.446114 0.000000 0.448928
robertson 0.000000 0.000000 0.000000 0.000000
atire     0.282162 1.041990 0.000000 1.067318
bm25l     0.874318 1.358055 0.656139 1.366121
bm25+     1.214581 2.229663 0.713558 2.228539
okapi     0.133560 0.144664 0.000000 0.108561
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

Variant = Literal["lucene", "robertson", "atire", "bm25l", "bm25+", "okapi"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
K1, B = 1.5, 0.75
#: As bm25s has them; the paper of BM25+ takes 1.
DELTA: dict[Variant, float] = {"bm25l": 0.5, "bm25+": 0.5}
#: Words too common to tell passages apart: those of Lucene's English analyser.
STOPPED = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Index:
    """An inverted index: for each word, which passages hold it and how often."""

    words: dict[str, int]
    first: Int[np.ndarray, " word_after"]
    """Where each word's entries begin; one more than there are words."""
    passages: Int[np.ndarray, " entry"]
    counts: Float[np.ndarray, " entry"]
    lengths: Float[np.ndarray, " passage"]

    def entries(self, word: str) -> slice:
        """Where the word's entries are; nothing for an unknown word."""
        at = self.words.get(word)
        return slice(0, 0) if at is None else slice(int(self.first[at]), int(self.first[at + 1]))


def words(text: str, stopped: frozenset[str] = STOPPED) -> list[str]:
    """The text's words in lower case, without common ones.

    >>> words("The whale's a MAMMAL.")
    ['whale', 's', 'mammal']
    """
    return [each for each in _WORD.findall(text.lower()) if each not in stopped]


def indexed(passages: Sequence[Sequence[str]]) -> Index:
    """The index of passages that are lists of words."""
    known: dict[str, int] = {}
    ids = np.fromiter((known.setdefault(w, len(known)) for each in passages for w in each), np.int64)  # occurrence
    lengths = np.array([len(each) for each in passages], np.float64)  # passage
    n = max(len(passages), 1)
    where = np.repeat(np.arange(len(passages)), lengths.astype(np.int64))  # occurrence
    pairs, counts = np.unique(ids * n + where, return_counts=True)  # entry, by word and then by passage
    first = np.searchsorted(pairs // n, np.arange(len(known) + 1))
    return Index(known, first, pairs % n, counts.astype(np.float64), lengths)


def idf(index: Index, word: str, variant: Variant) -> float:
    """How much a word counts; 0 for one that no passage holds."""
    found = index.entries(word)
    return rarity(index, found.stop - found.start, variant)


def rarity(index: Index, n: int, variant: Variant) -> float:
    """The idf of a word that n of the passages hold."""
    return _idf(len(index.lengths), n, variant, _mean_idf(index) if variant == "okapi" else 0.0)


def _idf(total: int, n: int, variant: Variant, mean: float) -> float:
    if not n:
        return 0.0
    odds = (total - n + 0.5) / (n + 0.5)
    match variant:
        case "lucene":
            return math.log1p(odds)
        case "robertson":
            return math.log(max(odds, 1.0))
        case "atire":
            return math.log(total / n)
        case "bm25l":
            return math.log((total + 1) / (n + 0.5))
        case "bm25+":
            return math.log((total + 1) / n)
        case "okapi":
            plain = math.log(odds)
            return plain if plain >= 0 else 0.25 * mean


def _mean_idf(index: Index) -> float:
    """Of all words, negative ones among them: as rank-bm25 takes it."""
    n = np.diff(index.first)  # word
    return float(np.log((len(index.lengths) - n + 0.5) / (n + 0.5)).mean()) if len(n) else 0.0


def saturated(
    counts: Float[np.ndarray, " entry"],
    relative: Float[np.ndarray, " entry"],
    variant: Variant,
    k1: float = K1,
    b: float = B,
) -> Float[np.ndarray, " entry"]:
    """The tf part: how much so many occurrences count in a passage of that length, relative to the mean one."""
    norm = 1 - b + b * relative  # entry
    delta = DELTA.get(variant, 0.0)
    if variant == "bm25l":
        even = counts / norm + delta
        return (k1 + 1) * even / (k1 + even)
    plain = counts / (k1 * norm + counts)
    return plain if variant in ("lucene", "robertson") else (k1 + 1) * plain + delta


def by_word(
    index: Index, question: Sequence[str], variant: Variant = "lucene", k1: float = K1, b: float = B
) -> Float[np.ndarray, "word passage"]:
    """What each of the question's words adds to each passage's score. A word that is asked twice counts twice."""
    made = np.zeros((len(question), len(index.lengths)))  # word passage
    mean = index.lengths.mean() if len(index.lengths) else 1.0
    nowhere = float(saturated(np.zeros(1), np.ones(1), variant, k1, b)[0])
    for row, word in zip(made, question, strict=True):
        found, rare = index.entries(word), idf(index, word, variant)
        held = index.passages[found]  # entry
        row += rare * nowhere
        row[held] = rare * saturated(index.counts[found], index.lengths[held] / mean, variant, k1, b)
    return made


def scores(
    index: Index, question: Sequence[str], variant: Variant = "lucene", k1: float = K1, b: float = B
) -> Float[np.ndarray, " passage"]:
    """Every passage's score: the sum over the question's words."""
    made = np.zeros(len(index.lengths))  # passage
    mean, base = index.lengths.mean() if len(made) else 1.0, 0.0
    nowhere = float(saturated(np.zeros(1), np.ones(1), variant, k1, b)[0])
    for word in question:
        found, rare = index.entries(word), idf(index, word, variant)
        held = index.passages[found]  # entry
        made[held] += rare * (saturated(index.counts[found], index.lengths[held] / mean, variant, k1, b) - nowhere)
        base += rare * nowhere
    return made + base
