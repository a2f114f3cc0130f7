"""Near duplicates: two texts with what they share, and planted pairs on the S-curve of bands and rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from explorer.experiments.pretraining.near_duplicates import Caught, Compared
from explorer.experiments.pretraining.repeated_passages import Repeated
from explorer.figures.payload import Payload
from explorer.stack.pretraining.data.minhash import found_with, threshold

#: Passages that are listed, and characters of each.
SHOWN, LONGEST = 12, 240
#: Where page and server compare the curve.
PROVED = (0.1, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.99)


@dataclass(frozen=True, kw_only=True)
class DuplicateSides(Payload):
    """Two texts, word by word, and their signatures."""

    text: str
    other: str
    words: tuple[str, ...]
    shared: Bool[ndarray, " word"]
    other_words: tuple[str, ...]
    other_shared: Bool[ndarray, " other_word"]
    both: int
    every: int
    jaccard: float
    estimate: float
    equal: Bool[ndarray, "band row"]
    chance: float
    """Of a pair this similar to become a candidate, over all permutations."""


@dataclass(frozen=True, kw_only=True)
class DuplicateCurve(Payload):
    """Planted pairs of a crawl, and which of them are found."""

    documents: int
    rows: int
    bands: int
    threshold: float
    jaccard: Float[ndarray, " pair"]
    estimate: Float[ndarray, " pair"]
    caught: Bool[ndarray, " pair"]
    candidates: int
    strange: int
    removed: int
    proved: tuple[tuple[float, float], ...]
    """Points of the module's curve: the page's are held against them."""


@dataclass(frozen=True, kw_only=True)
class DuplicatePassage(Payload):
    """A passage that stood before."""

    text: str
    count: int
    """How often it is cut."""
    bytes: int
    """That this takes off the crawl."""


@dataclass(frozen=True, kw_only=True)
class DuplicatePassages(Payload):
    """What a crawl holds more than once."""

    documents: int
    bytes: int
    at_least: int
    copies: int
    covered: int
    different: int
    """Passages, of which the first ones are shown."""
    passages: tuple[DuplicatePassage, ...]


def passages(made: Repeated) -> DuplicatePassages:
    return DuplicatePassages(
        documents=made.pages,
        bytes=made.bytes,
        at_least=made.at_least,
        copies=len(made.copies),
        covered=made.covered,
        different=len(made.passages),
        passages=tuple(
            DuplicatePassage(text=text[:LONGEST], count=count, bytes=len(text.encode()) * count)
            for text, count in made.passages[:SHOWN]
        ),
    )


def sides(text: str, other: str, made: Compared, rows: int, bands: int) -> DuplicateSides:
    equal = (made.signatures[0] == made.signatures[1]).reshape(bands, rows)
    return DuplicateSides(
        text=text,
        other=other,
        words=made.words[0],
        shared=made.shared[0],
        other_words=made.words[1],
        other_shared=made.shared[1],
        both=made.both,
        every=made.every,
        jaccard=made.jaccard,
        estimate=float(equal.mean()) if made.every else 0.0,
        equal=equal if made.every else np.zeros_like(equal),
        chance=found_with(made.jaccard, rows, bands),
    )


def curve(made: Caught) -> DuplicateCurve:
    return DuplicateCurve(
        documents=made.documents,
        rows=made.rows,
        bands=made.bands,
        threshold=threshold(made.rows, made.bands),
        jaccard=made.jaccard,
        estimate=made.estimate,
        caught=made.caught,
        candidates=made.candidates,
        strange=made.strange,
        removed=made.removed,
        proved=tuple((s, found_with(s, made.rows, made.bands)) for s in PROVED),
    )
