"""MinHash and LSH: which of many texts nearly repeat one another, without comparing all pairs.

A text is the set of its shingles, runs of n words. Two sets agree in the least value under a random permutation with
just the probability of their Jaccard similarity

    J(A, B) = |A ∩ B| / |A ∪ B| = P(min π(A) = min π(B))

so that the share of equal entries of two *signatures* (k least values, under k permutations) estimates it (Broder
1997). A permutation is h -> (a h + b) mod (2^61 - 1), with a product that wraps around at 2^64, as datasketch and
datatrove compute it in uint64: with exact integers all values would be others.

LSH cuts a signature into b bands of r rows. Two texts become a candidate pair where all rows of one band agree:

    P(candidate) = 1 - (1 - J^r)^b

an S-curve, and no cut: FineWeb's 14 bands of 8 find J = .7 in 56 % of all cases (Penedo et al. 2024, arXiv 2406.17557).

>>> round(found_with(0.7, rows=8, bands=14), 4), round(found_with(0.8, rows=8, bands=14), 4)
(0.5645, 0.9235)
>>> round(threshold(rows=8, bands=14), 4)  # where the curve is steep
0.719
>>> round(found_with(0.8, rows=13, bands=9), 3)  # datasketch's bands for "threshold=0.8": not half of those at .8
0.399

>>> a = shingles("the cat sat on the mat and slept until noon")
>>> b = shingles("The cat sat on the mat, and slept until nine!")
>>> len(a), len(b), round(jaccard(a, b), 3)
(6, 6, 0.714)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt8, UInt64
from numpy import ndarray

from explorer.stack.compiled import compiled
from explorer.stack.pretraining.data.sha1 import hashes
from explorer.stack.pretraining.data.words import simplified

PRIME = (1 << 61) - 1
#: The least value of an empty set, by bits: the largest number.
NOTHING = {32: np.uint64(2**32 - 1), 64: np.uint64(2**64 - 1)}
#: FineWeb's: words of a shingle, bands, rows of a band.
WORDS, BANDS, ROWS = 5, 14, 8


@dataclass(frozen=True, eq=False)
class Permutations:
    """h -> (a h + b) mod (2^61 - 1), k of them; with 32 bits only the lower half of each value counts."""

    a: UInt64[ndarray, " k"]
    b: UInt64[ndarray, " k"]
    bits: int = 64

    @classmethod
    def datatrove(cls, k: int = BANDS * ROWS, seed: int = 1) -> Permutations:
        """All a, then all b, drawn from one generator; 64 bits."""
        draw = np.random.RandomState(seed)
        a = draw.randint(1, PRIME, size=k, dtype=np.uint64)
        return cls(a, draw.randint(0, PRIME, size=k, dtype=np.uint64))

    @classmethod
    def datasketch(cls, k: int = 128, seed: int = 1) -> Permutations:
        """An a and a b in turn; 32 bits: the scheme "legacy" of datasketch, its only one before 2.0."""
        draw = np.random.RandomState(seed)
        pairs = [(draw.randint(1, PRIME, dtype=np.uint64), draw.randint(0, PRIME, dtype=np.uint64)) for _ in range(k)]
        a, b = np.array(pairs, np.uint64).T.copy()
        return cls(a, b, bits=32)


def shingle_spans(text: str, n: int = WORDS) -> tuple[bytes, Int64[ndarray, " piece"], Int64[ndarray, " piece"]]:
    """The simplified text as bytes, and where each run of n words begins and ends in it."""
    plain = simplified(text).encode()
    starts, stops = runs(np.frombuffer(plain, np.uint8), n)
    return plain, starts, stops


@compiled
def runs(plain: UInt8[ndarray, " byte"], n: int) -> tuple[Int64[ndarray, " piece"], Int64[ndarray, " piece"]]:
    """Where each run of n words begins and ends; one space parts two words."""
    words = 1
    for byte in plain:
        words += byte == 32
    pieces = max(0, words - n + 1) if len(plain) else 0
    starts, stops = np.zeros(pieces, np.int64), np.full(pieces, len(plain), np.int64)
    word = 0
    for at in range(len(plain)):
        if plain[at] == 32:
            word += 1
            if word < pieces:
                starts[word] = at + 1
            if 0 <= word - n < pieces:
                stops[word - n] = at
    return starts, stops


def shingles(text: str, n: int = WORDS, bits: int = 64) -> UInt64[ndarray, " shingle"]:
    """The hash of each run of n words of the simplified text, each once, sorted; a text of fewer words has none."""
    plain, starts, stops = shingle_spans(text, n)
    return np.unique(hashes(plain, starts, stops, bits))


def jaccard(a: UInt64[ndarray, " n"], b: UInt64[ndarray, " m"]) -> float:
    """The share of all shingles that both have; of two empty sets 0."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    every = len(a) + len(b) - both
    return both / every if every else 0.0


def signature(found: UInt64[ndarray, " shingle"], permutations: Permutations) -> UInt64[ndarray, " k"]:
    """The least value of a set under each permutation; of an empty set the largest number that there is."""
    mask = NOTHING[permutations.bits]
    least = np.full(len(permutations.a), mask, np.uint64)
    lower(found, permutations.a, permutations.b, mask, least)
    return least


def signatures(texts: Iterable[str], permutations: Permutations, n: int = WORDS) -> UInt64[ndarray, "text k"]:
    """A row a text."""
    bits = permutations.bits
    rows = [signature(hashes(*shingle_spans(text, n), bits), permutations) for text in texts]
    return np.stack(rows) if rows else np.empty((0, len(permutations.a)), np.uint64)


@compiled
def lower(
    found: UInt64[ndarray, " shingle"],
    a: UInt64[ndarray, " k"],
    b: UInt64[ndarray, " k"],
    mask: np.uint64,
    least: UInt64[ndarray, " k"],
) -> None:
    """Lower each entry of `least` to the least value of the set under its permutation."""
    prime = np.uint64((1 << 61) - 1)
    for hashed in found:
        for k in range(len(a)):
            value = hashed * a[k] + b[k]  # wraps around at 2^64
            value = (value & prime) + (value >> np.uint64(61))  # 2^61 = 1 modulo the prime
            value = value - prime if value >= prime else value
            value &= mask
            least[k] = min(least[k], value)


def found_with(similarity: float, rows: int, bands: int) -> float:
    """The probability that a pair of that Jaccard similarity becomes a candidate."""
    return 1 - (1 - similarity**rows) ** bands


def threshold(rows: int, bands: int) -> float:
    """(1/b)^(1/r): about where the S-curve is steepest."""
    return (1 / bands) ** (1 / rows)


def candidates(
    made: UInt64[ndarray, "text k"], rows: int = ROWS, bands: int = BANDS
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Pairs of texts that agree in all rows of some band, with those bands.

    In a group of equal bands each text is paired with the first alone: n of them give n - 1 pairs, not n^2. A text
    without a shingle is no candidate, as in datatrove.

    >>> candidates(np.array([[1, 2, 9, 9], [1, 2, 7, 8], [3, 4, 7, 8]], np.uint64), rows=2, bands=2)
    {(0, 1): (0,), (1, 2): (1,)}
    """
    found: dict[tuple[int, int], list[int]] = {}
    some = np.flatnonzero(~((made == NOTHING[32]) | (made == NOTHING[64])).all(1)).tolist()
    for band in range(bands):
        first: dict[bytes, int] = {}
        cut = np.ascontiguousarray(made[:, band * rows : (band + 1) * rows])
        for text in some:
            other = first.setdefault(cut[text].tobytes(), text)
            if other != text:
                found.setdefault((other, text), []).append(band)
    return {pair: tuple(which) for pair, which in sorted(found.items())}


def clusters(pairs: Iterable[Sequence[int]], texts: int) -> list[int]:
    """For each text the first one of its cluster: texts that are linked by pairs, whatever lies between (union-find).

    >>> clusters([(0, 2), (2, 3)], texts=5)
    [0, 1, 0, 0, 4]
    """
    parent = list(range(texts))

    def root(text: int) -> int:
        while parent[text] != text:
            parent[text] = parent[parent[text]]
            text = parent[text]
        return text

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(text) for text in range(texts)]
