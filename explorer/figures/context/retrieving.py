"""Lists of passages side by side: every retriever's first ones, each score in its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.experiments.context.retrieving import LISTS, Found, Library, best
from explorer.figures.payload import Payload
from explorer.stack.context import bm25
from explorer.stack.context.passage_marks import marks

#: Passages of a list, and characters of one, that are shown.
SHOWN, CHARACTERS = 8, 420


@dataclass(frozen=True, kw_only=True)
class RetrievedPassage:
    title: str
    text: str
    """Its beginning."""
    characters: int
    ranks: list[int]
    """In each list, from 1; 0 where the list lacks it."""
    words: list[float]
    """What each of the question's words adds to BM25's score."""
    bm25: float
    dense: float
    rrf: list[float]
    """What BM25's list and MiniLM's add."""
    convex: list[float]
    tags: int
    orders: list[str]
    right_to_left: float
    unseen: int


@dataclass(frozen=True, kw_only=True)
class RetrieveLists(Payload):
    question: str
    examples: list[str]
    words: list[str]
    idf: list[float]
    names: list[str]
    """Of the lists."""
    lists: list[list[int]]
    """Each list's first passages, best first: places in `passages`."""
    passages: list[RetrievedPassage]
    known: int
    """The passage that is known to answer; -1 where none is."""
    searched: int
    """Passages in all."""
    allowed: int
    """Of these, those that the filter lets through."""
    weight: float
    kept: str = ""
    """Where a visitor's files are kept: "memory", "disk", "remote", or "away" while their store does not answer;
    empty where none are searched."""
    lacking: str = ""
    """Why nothing is searched, and what helps: the picture has the fields for it."""


def nothing(question: str, examples: list[str], weight: float, lacking: str, kept: str) -> RetrieveLists:
    """Lists of no passages."""
    return RetrieveLists(
        question=question, examples=examples, words=[], idf=[], names=list(LISTS), lists=[[] for _ in LISTS],
        passages=[], known=-1, searched=0, allowed=0, weight=weight, lacking=lacking, kept=kept,
    )  # fmt: skip


def lists(
    held: Library, found: Found, question: str, variant: bm25.Variant, known: int, examples: list[str], weight: float,
    allowed: int, kept: str,
) -> RetrieveLists:  # fmt: skip
    """`known` is the right passage's place among all, -1 where nobody knows."""
    shown = {name: best(found, name, SHOWN) for name in LISTS}
    places = list(dict.fromkeys([at for each in shown.values() for at in each] + ([known] if known >= 0 else [])))
    return RetrieveLists(
        question=question,
        examples=examples,
        words=list(found.words),
        idf=[bm25.idf(held.index, word, variant) for word in found.words],
        names=list(LISTS),
        lists=[[places.index(at) for at in shown[name]] for name in LISTS],
        passages=[_passage(held, found, at) for at in places],
        known=places.index(known) if known >= 0 else -1,
        searched=len(held.texts),
        allowed=allowed,
        weight=weight,
        kept=kept,
    )


def _passage(held: Library, found: Found, at: int) -> RetrievedPassage:
    text, seen = held.texts[at], marks(held.texts[at])
    return RetrievedPassage(
        title=held.titles[at],
        text=text[:CHARACTERS].removeprefix(f"{held.titles[at]}\n\n"),
        characters=len(text),
        ranks=[int(p) if np.isfinite(p := found.places[name][at]) else 0 for name in LISTS],
        words=found.by_word[:, at].tolist(),
        bm25=float(found.bm25[at]),
        dense=float(found.dense[at]),
        rrf=found.rrf[:, at].tolist(),
        convex=found.convex[:, at].tolist(),
        tags=seen.tags,
        orders=list(seen.orders),
        right_to_left=seen.right_to_left,
        unseen=seen.unseen,
    )
