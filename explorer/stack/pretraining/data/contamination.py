r"""Contamination: which documents hold items of a benchmark, by the n-grams of words that both have.

    overlap(item, texts) = |n-grams of the item that occur in some text| / |n-grams of the item|

GPT-3 took n = 13 (Brown et al. 2020, arXiv 2005.14165, appendix C), lower case, without punctuation. A document goes
where it holds more than `THRESHOLD` of some item's n-grams. One n-gram in common can be a phrase that many texts have;
an item reworded in every 13 words is not found at all.

>>> overlap("a b c d e".split(), [["x", "b", "c", "d", "y"]], 3)  # one of three
0.3333333333333333
>>> items = Items.of(["How many legs has a spider with all of its eight legs?", "What?"], n=8)
>>> items.short  # an item of fewer than n words is never found
1
>>> found = items.read("Quiz: how many legs has a spider with all its legs?")
>>> found.item, found.verdict.value, found.verdict.kept  # one of five
(0, 0.2, True)
>>> items.read("How many legs has a spider with all of its eight arms?").verdict.value
0.8
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from explorer.stack.pretraining.data.verdict import Verdict
from explorer.stack.pretraining.data.words import placed

#: Words of an n-gram.
N = 13
#: Of an item's n-grams, at most, in a document that is kept.
THRESHOLD = 0.5
Gram = tuple[str, ...]


def grams(words: Sequence[str], n: int) -> list[Gram]:
    return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]


def overlap(words: Sequence[str], texts: Iterable[Sequence[str]], n: int = N) -> float:
    """The part of the item's n-grams that occur in some text; NaN where the item has fewer than n words."""
    own = grams(words, n)
    if not own:
        return math.nan
    known = {gram for text in texts for gram in grams(text, n)}
    return sum(gram in known for gram in own) / len(own)


@dataclass(frozen=True)
class Reading:
    """What a document has of the benchmark."""

    item: int | None
    """The one of which it has most; None where it has nothing of any."""
    spans: tuple[tuple[int, int], ...]
    """Where n-grams of that item stand in the text, joined where they overlap."""
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Items:
    """A benchmark's items, by n-gram."""

    n: int
    sizes: tuple[int, ...]
    """How many n-grams each item has."""
    index: dict[Gram, tuple[tuple[int, int], ...]]
    """For each n-gram the items that have it, and how often."""

    @classmethod
    def of(cls, items: Iterable[str], n: int = N) -> Items:
        index: dict[Gram, dict[int, int]] = {}
        sizes = []
        for at, item in enumerate(items):
            own = grams([word for word, _, _ in _plain(item)], n)
            sizes.append(len(own))
            for gram in own:
                held = index.setdefault(gram, {})
                held[at] = held.get(at, 0) + 1
        return cls(n, tuple(sizes), {gram: tuple(held.items()) for gram, held in index.items()})

    @property
    def short(self) -> int:
        """Items of fewer than n words."""
        return self.sizes.count(0)

    def read(self, text: str, most: float = THRESHOLD) -> Reading:
        """The item of which the text has the largest part; of several the first."""
        words = _plain(text)
        where: dict[int, dict[Gram, int]] = {}
        found = [
            (at, gram) for at, gram in enumerate(grams([word for word, _, _ in words], self.n)) if gram in self.index
        ]
        for _, gram in found:
            for item, count in self.index[gram]:
                where.setdefault(item, {})[gram] = count
        share = {item: sum(held.values()) / self.sizes[item] for item, held in where.items()}
        item = min(share, key=lambda each: (-share[each], each), default=None)
        spans: list[tuple[int, int]] = []
        for at, gram in found:
            if item is not None and gram in where[item]:
                start, stop = words[at][1], words[at + self.n - 1][2]
                if spans and start <= spans[-1][1]:
                    start = spans.pop()[0]
                spans.append((start, stop))
        value = share[item] if item is not None else 0.0
        return Reading(item, tuple(spans), Verdict("benchmark_items", value, most, "at most"))


def _plain(text: str) -> list[tuple[str, int, int]]:
    """Words in lower case without punctuation, and where they stand."""
    return [(word.lower(), start, stop) for word, start, stop in placed(text) if word[0].isalnum()]
