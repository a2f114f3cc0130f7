"""A question -> passages, ranked by words (BM25), by meaning (MiniLM), and by both lists together.

search(library(), "How do plants make food?", encoder)  ->  Found: every list's score of every passage, in parts
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Float

from explorer.corpora import articles
from explorer.experiments.context import embedding
from explorer.fetching.progress import Progress, silent
from explorer.stack.context import bm25, fusion
from explorer.stack.context.chunking import Chunk, chunked
from explorer.zoo.text_encoder import TextEncoder

#: A list's length before fusion; pieces of a passage of an own document, and of two neighbours' overlap.
DEPTH, SIZE, OVERLAP = 100, 96, 16
LISTS = ("bm25", "dense", "rrf", "convex", "mmr")


@dataclass(frozen=True, eq=False)
class Library:
    """Passages that can be searched."""

    titles: tuple[str, ...]
    texts: tuple[str, ...]
    """As BM25 and MiniLM read them."""
    index: bm25.Index
    vectors: Float[np.ndarray, "passage d"]
    own: bool
    """Whether MiniLM has read them just now; else their vectors were kept as bytes."""


@dataclass(frozen=True, eq=False)
class Found:
    """What each list says of each passage."""

    words: tuple[str, ...]
    """The question's."""
    by_word: Float[np.ndarray, "word passage"]
    """Each word's share of BM25's score."""
    bm25: Float[np.ndarray, " passage"]
    dense: Float[np.ndarray, " passage"]
    """Cosines."""
    rrf: Float[np.ndarray, "2 passage"]
    """What BM25's and MiniLM's lists add; a passage beyond the first hundred gets nothing."""
    convex: Float[np.ndarray, "2 passage"]
    picked: tuple[int, ...]
    """The first passages by maximal marginal relevance."""
    places: dict[str, Float[np.ndarray, " passage"]]
    """Each passage's rank in each list, from 1; inf where the list lacks it."""


@cache
def library(limit: int = 0) -> Library:
    """All articles, or the first `limit`."""
    known = articles.read()[: limit or None]
    vectors = embedding.kept().vectors()[: len(known)].numpy()
    texts = tuple(each.whole for each in known)
    return Library(tuple(each.title for each in known), texts, indexed(texts), vectors, own=False)


def own_library(encoder: TextEncoder, documents: Sequence[tuple[str, str]], progress: Progress = silent) -> Library:
    """Somebody's documents (title, text), each in passages that MiniLM reads whole."""
    titles, texts = [], []
    for title, text in documents:
        chunks = passages_of(encoder, text)
        for at, each in enumerate(chunks, 1):
            titles.append(f"{title}, {at} of {len(chunks)}" if len(chunks) > 1 else title)
            texts.append(text[each.start : each.end])
    vectors = embedding.embedded(encoder, texts, progress).vectors.numpy()
    return Library(tuple(titles), tuple(texts), indexed(texts), vectors, own=True)


def passages_of(encoder: TextEncoder, text: str) -> list[Chunk]:
    """The document in passages."""
    spans = encoder.tokenizer.encode(text, add_special_tokens=False).offsets
    return chunked(text, spans, "recursive", SIZE, OVERLAP)


def indexed(texts: Sequence[str]) -> bm25.Index:
    """The texts' words."""
    return bm25.indexed([bm25.words(each) for each in texts])


def search(
    held: Library,
    question: str,
    vector: Float[np.ndarray, " d"],
    variant: bm25.Variant = "lucene",
    weight: float = 0.5,
    trade: float = 0.7,
    allowed: Bool[np.ndarray, " passage"] | None = None,
) -> Found:
    """Every list's view of the question, whose vector MiniLM made.

    `weight` is MiniLM's in the convex combination, `trade` the relevance's in maximal marginal relevance. Passages that
    are not `allowed` are in no list: the filter is applied before the ranking, so that no list comes out short.
    """
    asked = tuple(bm25.words(question))
    by_word = bm25.by_word(held.index, asked, variant)
    lexical, dense = by_word.sum(0), held.vectors @ vector
    open_ = np.ones(len(dense), bool) if allowed is None else allowed
    listed = np.stack([_listed(lexical, open_ & (lexical > 0)), _listed(dense, open_)])
    rrf = fusion.reciprocal(listed)
    convex = fusion.convex(np.stack([lexical, dense]), [1 - weight, weight])
    near = [at for at in fusion.first(np.where(open_, dense, -np.inf), DEPTH).tolist() if open_[at]]
    picked = [near[at] for at in fusion.diverse(dense[near], held.vectors[near], 10, trade)]
    scores = {"bm25": np.where(lexical > 0, lexical, -np.inf), "dense": dense,
              "rrf": np.where(rrf.sum(0) > 0, rrf.sum(0), -np.inf), "convex": convex.sum(0)}  # fmt: skip
    places = {name: fusion.ranks(np.where(open_, each, -np.inf)) for name, each in scores.items()}
    places["mmr"] = np.full(len(dense), np.inf)
    places["mmr"][picked] = np.arange(1.0, len(picked) + 1)
    return Found(asked, by_word, lexical, dense, rrf, convex, tuple(picked), places)


def _listed(scores: Float[np.ndarray, " passage"], allowed: Bool[np.ndarray, " passage"]) -> np.ndarray:
    """Ranks in a list of at most `DEPTH` passages; inf for those that it lacks."""
    places = fusion.ranks(np.where(allowed, scores, -np.inf))
    return np.where(places <= DEPTH, places, np.inf)


def best(found: Found, name: str, k: int) -> list[int]:
    """A list's first k passages."""
    places = found.places[name]
    return [int(at) for at in np.argsort(places, kind="stable")[:k] if np.isfinite(places[at])]


def counted(
    held: Library, words: Sequence[str], places: Sequence[int], variant: bm25.Variant
) -> Float[np.ndarray, " place"]:
    """BM25's scores of some passages without the index: each word is counted in the texts themselves."""
    texts = [each.lower() for each in held.texts]
    lengths = np.array([len(bm25.words(held.texts[at])) for at in places])  # place
    relative = lengths / held.index.lengths.mean()
    total = np.zeros(len(places))
    for word in words:
        said = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        n = sum(said.search(each) is not None for each in texts)
        here = np.array([len(said.findall(texts[at])) for at in places], float)  # place
        total += bm25.rarity(held.index, n, variant) * bm25.saturated(here, relative, variant)
    return total
