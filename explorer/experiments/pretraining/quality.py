"""The classifier of the pipeline: trained in a second on real prose against what the crawl's recipe plants.

Half of the prose and half of the planted pages are held out, drawn by the seed. The sentences of the planted spam are
the same few in both halves: the accuracy says how well this spam is told from this prose, and nothing of the web.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from explorer.corpora import crawl
from explorer.stack.pretraining.data.quality_classifier import THRESHOLD, Classifier, Recipe, train

#: Pages of the crawl that what to leave out is taken from, and its seed: none that a link can name.
PAGES, SEED = 1400, -1
LEFT_OUT = frozenset({"spam", "keywords"})
SEEDS = (0, 1, 2)


@dataclass(frozen=True, eq=False)
class Trained:
    """A classifier and its answers on texts that it has not read."""

    classifier: Classifier
    read: int
    """Texts that it was trained on."""
    good: tuple[float, ...]
    """Of held-out prose: the probability of a good text."""
    bad: tuple[float, ...]
    """Of held-out spam and keyword lists."""

    @property
    def accuracy(self) -> float:
        right = sum(p >= THRESHOLD for p in self.good) + sum(p < THRESHOLD for p in self.bad)
        return right / (len(self.good) + len(self.bad))


@lru_cache(maxsize=8)
def trained(seed: int = 0) -> Trained:
    """By that seed: which texts are held out, and the classifier's own draws."""
    draw = random.Random(seed)  # noqa: S311 - texts, not secrets
    good = crawl.prose()
    bad = [page.text for page in crawl.pages(PAGES, SEED) if page.kind in LEFT_OUT]
    draw.shuffle(good)
    draw.shuffle(bad)
    texts = [*good[::2], *bad[::2]]
    labels = [1] * len(good[::2]) + [0] * len(bad[::2])
    made = train(texts, labels, Recipe(seed=seed))
    return Trained(made, len(texts), tuple(map(made.good, good[1::2])), tuple(map(made.good, bad[1::2])))
