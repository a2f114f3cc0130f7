"""Mixing and batches: what a mix really draws, and what a batch of packed documents looks like."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from pydoc_data import topics
from random import Random
from statistics import NormalDist

import numpy as np

from explorer.corpora import crawl, passages
from explorer.errors import NotApplicableError
from explorer.experiments.shelf_course import DENSE, tokenizer_of
from explorer.stack.pretraining.data import mixing, packing
from explorer.stack.pretraining.data.packing import Packed, Row
from explorer.zoo.card import shelf_folder

#: Rows of a batch.
ROWS = 32
#: Characters of a piece of documentation, at least and about; of each topic, one piece in so many is packed.
PIECE, EVERY = (180, 200), 4
#: Standard errors of an interval that holds 95 % of all counts.
NORMAL = NormalDist().inv_cdf(0.975)
PACKINGS: dict[str, Callable[[Sequence[int], int], Packed]] = {
    "greedy_crop": packing.greedy_crop,
    "best_fit_crop": packing.best_fit_crop,
    "greedy_pad": packing.greedy_pad,
    "stream": packing.stream,
}


@dataclass(frozen=True)
class Source:
    """A text of the shelf's own models."""

    kind: str
    size: int
    """Characters that are trained on."""
    weight: float
    """How often the shelf's recipe draws it, up to a factor."""


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """The six texts, as the record of the shelf's training has them."""
    record = json.loads((shelf_folder() / DENSE / "training.json").read_text(encoding="utf-8"))
    return tuple(Source(each["kind"], each["characters"], float(each["weight"])) for each in record["texts"])


@dataclass(frozen=True)
class Drawn:
    """A source, and how often it was drawn."""

    source: Source
    share: float
    """Its probability."""
    epochs: float
    expected: float
    low: float
    high: float
    """Between them lie 95 % of all counts: the normal approximation of the binomial."""
    count: int


def drawn(by: str, temperature: float, most: int, characters: int, batches: int, seed: int) -> list[Drawn]:
    """Batches that are really drawn. `by`: "size" or "recipe"; `most`: epochs that no source exceeds, 0 for any number.

    Raises NotApplicableError where all sources together are too small.
    """
    known = sources()
    sizes = [each.size for each in known]
    if by == "recipe":
        total = sum(each.weight for each in known)
        shares = [each.weight / total for each in known]
    else:
        shares = mixing.weights(sizes, temperature)
    if most:
        try:
            shares = mixing.capped(sizes, shares, characters, most)
        except ValueError as error:
            raise NotApplicableError(
                f"There is too little text: {error}.", "Allow more epochs or draw less."
            ) from error
    each_epoch = mixing.epochs(sizes, shares, characters)
    sampled = np.bincount(
        [kind for step in range(batches) for kind in mixing.drawn(shares, ROWS, seed, step)], minlength=len(known)
    )
    rows, made = batches * ROWS, []
    for source, share, epoch, count in zip(known, shares, each_epoch, sampled.tolist(), strict=True):
        half = NORMAL * sqrt(rows * share * (1 - share))
        made.append(Drawn(source, share, epoch, rows * share, rows * share - half, rows * share + half, count))
    return made


# ---- one batch -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Document:
    """A text in the tokens of the shelf's models."""

    name: str
    ids: tuple[int, ...]


@lru_cache(maxsize=1)
def documents() -> tuple[Document, ...]:
    """Pieces of the interpreter's documentation, and the passages, each behind an end-of-text token."""
    tokenizer = tokenizer_of(DENSE)
    texts = [
        (f"Python: {name}, piece {at}", piece)
        for name in sorted(topics.topics)
        for at, piece in enumerate(crawl.cut(topics.topics[name], *PIECE))
        if at % EVERY == 0
    ]
    texts += [(f"{kind.kind}: {one.document}", one.text) for kind in passages.read() for one in kind.excerpts]
    encoded = tokenizer.encode_batch([text for _, text in texts])
    return tuple(Document(name, (0, *each.ids)) for (name, _), each in zip(texts, encoded, strict=True))


@dataclass(frozen=True, eq=False)
class Batch:
    """Documents in an order that the seed draws, packed in four ways."""

    documents: list[Document]
    packed: dict[str, Packed]

    def ids(self, row: Row) -> list[int]:
        return [token for piece in row for token in self.documents[piece.document].ids[piece.start : piece.stop]]


def batch(length: int, seed: int) -> Batch:
    """All documents in rows of so many tokens."""
    order = list(documents())
    Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
    lengths = [len(each.ids) for each in order]
    return Batch(order, {name: how(lengths, length) for name, how in PACKINGS.items()})


def pairs(row: Row) -> int:
    """Pairs of query and key in one document, counted in the mask itself."""
    document = np.concatenate([np.full(piece.tokens, at) for at, piece in enumerate(row)])
    mask = np.tril(document[:, None] == document[None, :])
    return int(mask.sum())


def tokens_apart(made: Batch, packed: Packed) -> int:
    """Tokens kept more than once or out of their document's order, and those that are neither kept nor counted as
    lost: none where the packing is right."""
    seen = [np.zeros(len(each.ids), int) for each in made.documents]
    for row in packed.rows:
        for piece in row:
            seen[piece.document][piece.start : piece.stop] += 1
    twice = sum(int((each > 1).sum()) for each in seen)
    kept = sum(int((each > 0).sum()) for each in seen)
    return twice + abs(kept - packed.kept) + abs(packed.given - packed.cropped - kept)
