"""A graph over the articles' vectors, one question's walk through it, and why it missed what it missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from explorer.experiments.context import embedding
from explorer.fetching.progress import Progress, silent
from explorer.stack.context import hnsw
from explorer.stack.context.hnsw import Graph, Search

#: The nearest that are asked for, links told of a missed one, and the lengths of the list that are tried.
K = 10
SHOWN = 4
LENGTHS = (10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class Offer:
    """A link that was offered to a node's list and not kept."""

    owner: int
    by: int
    """The neighbour that was kept, nearer to the missed one than the owner is; the owner itself where no place was
    left."""
    stood: bool
    """Whether the walk read the owner's list: with the link it would have seen the missed one."""
    seen: bool
    """Whether the walk saw `by`."""
    enough: bool | None
    """Whether the walk finds the missed one once the link is put back; None where it does not stand at the owner."""


@dataclass(frozen=True)
class Missed:
    """One of the true nearest that the walk did not find."""

    node: int
    ef: int
    """The shortest list tried that finds it; 0 where none does."""
    offers: tuple[Offer, ...]


@dataclass(frozen=True, eq=False)
class Walked:
    """One question."""

    graph: Graph
    query: Float32[np.ndarray, " d"]
    search: Search
    true: Int[np.ndarray, " place"]
    missed: tuple[Missed, ...]
    recalls: Float[np.ndarray, "length query"]
    """Of all questions of the set, by the list's length."""
    looked: Float[np.ndarray, " length"]
    """Distances computed for this question."""
    structure: hnsw.Structure


def graph_of(count: int, m: int, ef: int, progress: Progress = silent) -> Graph:
    """The first `count` articles in a graph."""
    vectors = embedding.kept().vectors()[:count].numpy()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    graph = None
    for graph in hnsw.building(vectors, m, ef, kept=count * (ef + 8 * m)):
        progress("Vectors put into the graph", int(graph.links.entry[1]), count)
    assert graph is not None
    return graph


def walked(graph: Graph, query: Float32[np.ndarray, " d"], ef: int, progress: Progress = silent) -> Walked:
    """The question's walk, and each of the set's questions searched with lists of every length."""
    vectors = graph.links.vectors
    found = hnsw.search(graph, query, K, ef)
    true = hnsw.exact(vectors, query[None], K)[0]
    missed = tuple(_missed(graph, query, found, int(at)) for at in true if at not in found.ids)
    asked = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()
    right = hnsw.exact(vectors, asked, K)
    recalls = []
    for at, length in enumerate(LENGTHS, 1):
        recalls.append(hnsw.recall(hnsw.search_all(graph, asked, K, length), right))
        progress("Lengths of the list tried", at, len(LENGTHS))
    looked = np.array([float(len(hnsw.search(graph, query, K, length).steps)) for length in LENGTHS])
    return Walked(graph, query, found, true, missed, np.stack(recalls), looked, hnsw.structure(graph))


def _missed(graph: Graph, query: Float32[np.ndarray, " d"], found: Search, node: int) -> Missed:
    stood, seen = set(found.stood), {step.end for step in found.steps}
    offers = dict.fromkeys(hnsw.dropped_links(graph, node))
    sought = sorted(offers, key=lambda each: (each[0] not in stood, each[1] not in seen))[:SHOWN]
    made = []
    for owner, by in sought:
        again = _again(graph, query, found, owner, node) if owner in stood else None
        made.append(Offer(owner, by, owner in stood, by in seen, again))
    ef = next((each for each in LENGTHS if node in hnsw.search(graph, query, K, each).ids), 0)
    return Missed(node, ef, tuple(made))


def _again(graph: Graph, query: Float32[np.ndarray, " d"], found: Search, owner: int, node: int) -> bool:
    """Whether the same search finds the node when the owner has a link to it."""
    return node in hnsw.search(hnsw.with_link(graph, owner, node), query, K, found.ef).ids
