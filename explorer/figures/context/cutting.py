"""One document by each way of cutting: where passages begin and end, what is not read, what a question finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.experiments.context.cutting import Cut
from explorer.figures.payload import Payload
from explorer.stack.context.chunking import Chunk, torn


@dataclass(frozen=True, kw_only=True)
class ChunkedPassage:
    start: int
    """In characters of the document, as Python counts them."""
    end: int
    read: int
    """MiniLM reads up to here."""
    pieces: int
    given: int
    """Pieces with headings, [CLS] and [SEP]."""
    headings: list[str]
    cosine: float


@dataclass(frozen=True, kw_only=True)
class ChunkedWay:
    way: str
    passages: list[ChunkedPassage]
    best: int
    torn: int
    """Passages that end inside a sentence."""
    twice: int
    """Pieces that stand in more than one passage, counted each further time."""
    lost: int
    """Pieces that MiniLM does not read."""


@dataclass(frozen=True, kw_only=True)
class ChunkingWays(Payload):
    question: str
    text: list[str]
    """The document between all places that the passages name."""
    places: list[int]
    """Where each of these begins, and the document's end."""
    pieces: int
    size: int
    overlap: int
    ways: list[ChunkedWay]


def ways(text: str, question: str, pieces: int, size: int, overlap: int, made: Sequence[Cut]) -> ChunkingWays:
    """`pieces`: of the document."""
    named = {place for cut in made for chunk in cut.chunks for place in (chunk.start, chunk.end)}
    places = sorted({0, len(text)} | named | {place for cut in made for place in cut.read})
    return ChunkingWays(
        question=question,
        text=[text[a:b] for a, b in pairwise(places)],
        places=places,
        pieces=pieces,
        size=size,
        overlap=overlap,
        ways=[_way(text, pieces, each) for each in made],
    )


def _way(text: str, pieces: int, made: Cut) -> ChunkedWay:
    rows = zip(made.chunks, made.read, made.given, made.cosines.tolist(), strict=True)
    return ChunkedWay(
        way=made.way,
        passages=[_passage(chunk, read, given, cosine) for chunk, read, given, cosine in rows],
        best=made.best,
        torn=torn(text, made.chunks),
        twice=sum(each.pieces for each in made.chunks) - pieces,
        lost=made.lost,
    )


def _passage(chunk: Chunk, read: int, given: int, cosine: float) -> ChunkedPassage:
    return ChunkedPassage(
        start=chunk.start,
        end=chunk.end,
        read=min(read, chunk.end),
        pieces=chunk.pieces,
        given=given,
        headings=list(chunk.headings),
        cosine=cosine,
    )
