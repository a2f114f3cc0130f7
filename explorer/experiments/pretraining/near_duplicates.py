"""Near duplicates: two texts shingle by shingle, and the planted copies of a whole crawl by MinHash and LSH."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64
from numpy import ndarray

from explorer.corpora import crawl, passages
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.pretraining.data import minhash

#: Pages between two words of progress.
AT_ONCE = 100


@dataclass(frozen=True, eq=False)
class Compared:
    """Two texts, simplified, and what MinHash makes of them."""

    words: tuple[tuple[str, ...], tuple[str, ...]]
    shared: tuple[Bool[ndarray, " word"], Bool[ndarray, " other"]]
    """Whether a word stands in a shingle that both texts have."""
    both: int
    """Shingles of both."""
    every: int
    """Shingles of either."""
    jaccard: float
    signatures: UInt64[ndarray, "2 k"]
    by_words: float
    """The Jaccard similarity of the runs of words themselves, without a hash."""


def compared(a: str, b: str, permutations: minhash.Permutations) -> Compared:
    """The two texts side by side."""
    spans = [minhash.shingle_spans(text) for text in (a, b)]
    hashed = [minhash.hashes(*each, permutations.bits) for each in spans]
    sets = [np.unique(each) for each in hashed]
    words = [tuple(plain.decode().split(" ")) if plain else () for plain, _, _ in spans]
    shared = []
    for its, own, other in zip(words, hashed, reversed(sets), strict=True):
        inside = np.zeros(len(its), bool)
        for at in np.flatnonzero(np.isin(own, other)):
            inside[at : at + minhash.WORDS] = True
        shared.append(inside)
    both = len(np.intersect1d(sets[0], sets[1]))
    made = np.stack([minhash.signature(each, permutations) for each in sets])
    every = len(np.union1d(sets[0], sets[1]))
    return Compared(
        (words[0], words[1]),
        (shared[0], shared[1]),
        both,
        every,
        minhash.jaccard(sets[0], sets[1]),
        made,
        _by_words(words),
    )


def _by_words(words: Sequence[tuple[str, ...]]) -> float:
    runs = [{each[i : i + minhash.WORDS] for i in range(len(each) - minhash.WORDS + 1)} for each in words]
    every = len(runs[0] | runs[1])
    return len(runs[0] & runs[1]) / every if every else 0.0


def passage() -> str:
    """What stands at the left while nobody has typed."""
    return passages.read()[0].excerpts[0].text


def reworded(text: str, percent: int, seed: int) -> str:
    """The text with that part of its words replaced by words of other passages, drawn by the seed."""
    draw = random.Random(seed)  # noqa: S311 - words, not secrets
    words = text.split()
    other = [word for kind in passages.read()[1:] for word in kind.excerpts[0].text.split()]
    for place in draw.sample(range(len(words)), round(len(words) * percent / 100)):
        words[place] = draw.choice(other)
    return " ".join(words)


@dataclass(frozen=True, eq=False)
class Caught:
    """The planted copies of a crawl, and what LSH finds."""

    documents: int
    rows: int
    bands: int
    jaccard: Float[ndarray, " pair"]
    """Of each planted pair."""
    estimate: Float[ndarray, " pair"]
    """The share of equal entries of its signatures."""
    caught: Bool[ndarray, " pair"]
    """Whether it agrees in all rows of some band."""
    planted: Int[ndarray, "pair 2"]
    candidates: int
    """Candidate pairs among all pages; of a group of equal bands each page with the first."""
    strange: int
    """Candidate pairs that are no copies of one page, nor of one article in one language."""
    removed: int
    """Pages that are not the first of their cluster."""


def caught(documents: int, seed: int, rows: int, bands: int, tell: Ticks = unheard) -> Iterator[Caught]:
    """A crawl of so many pages, once it is read."""
    pages = crawl.pages(documents, seed)
    permutations = minhash.Permutations.datatrove(rows * bands)
    tell(0, documents)
    parts = []
    for start in range(0, documents, AT_ONCE):
        parts.append(minhash.signatures([page.text for page in pages[start : start + AT_ONCE]], permutations))
        tell(min(documents, start + AT_ONCE), documents)
    made = np.concatenate(parts)
    planted = np.array([(page.origin, at) for at, page in enumerate(pages) if page.origin is not None])
    sets = {int(at): minhash.shingles(pages[at].text) for at in np.unique(planted)}
    equal = made[planted[:, 0]] == made[planted[:, 1]]
    found = minhash.candidates(made, rows, bands)
    # What is no copy is its own root: two pages are of one root where one was copied from the other, or both from one.
    roots = [at if page.origin is None else page.origin for at, page in enumerate(pages)]
    yield Caught(
        documents=documents,
        rows=rows,
        bands=bands,
        jaccard=np.array([minhash.jaccard(sets[int(a)], sets[int(b)]) for a, b in planted]),
        estimate=equal.mean(1),
        caught=agreeing(equal, rows, bands),
        planted=planted,
        candidates=len(found),
        strange=sum(roots[a] != roots[b] and pages[a].text != pages[b].text for a, b in found),
        removed=sum(root != at for at, root in enumerate(minhash.clusters(found, documents))),
    )


def agreeing(equal: Bool[ndarray, "pair k"], rows: int, bands: int) -> Bool[ndarray, " pair"]:
    """Whether all rows of some band agree."""
    return np.any(np.all(equal.reshape(-1, bands, rows), axis=2), axis=1)
