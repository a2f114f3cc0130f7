"""HNSW: nearest vectors by a walk through a graph of neighbours, from a sparse level down to a full one.

Malkov & Yashunin 2016 (arXiv 1603.09320), as hnswlib builds it: levels are drawn, links ordered and the heuristic left
out (with fewer than M candidates) as there, so that one seed gives one graph in both, link by link. A vector's highest
level is drawn, so that level l or above has a share of M^-l of all::

    level = floor(-ln U / ln M)                                          U uniform in (0, 1]

    insert    from the entry down: greedily to the nearest, above the new vector's level
              at each level from there: the ef_construction nearest found, of which the heuristic keeps at most M;
              each of those links back, and drops links by the heuristic where it has more than M (level 0: 2M)
    heuristic nearest candidate first: keep c where it is nearer to the owner than to every kept one
    search    greedily down to level 1, then at level 0 with a list of the ef nearest so far: look at the nearest one
              that was not looked at, until it is farther than the worst of a full list

The heuristic links into all directions and leaves out what a kept neighbour is nearer to. That is what makes the graph
navigable, and what makes some neighbours be missed: the walk must then come by that other neighbour.

Distances are 1 - the product, for vectors of length 1. Links of a vector take 4 · (2M + 1) bytes, and 4 · (M + 1) for
each level above.

Worked example: on a circle every point's nearest are found, with few links.

>>> angles = np.arange(64) * (2 * np.pi / 64)
>>> graph = built(np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32), m=4, ef=16)
>>> found = search(graph, graph.links.vectors[10], k=3, ef=8)
>>> sorted(found.ids.tolist()), len(found.steps) < 64
([9, 10, 11], True)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from explorer.stack.context import hnsw_loops as loops
from explorer.stack.context.hnsw_loops import Links, Room

#: Rows of a search's log: more than any search looks at here.
LOG = 20_000
#: hnswlib's, of the levels.
SEED = 100


@dataclass(frozen=True, eq=False)
class Graph:
    """Built, and ready to be searched."""

    links: Links
    m: int
    ef: int
    """Of the construction."""

    def neighbours(self, node: int, level: int = 0) -> list[int]:
        """A node's list at a level."""
        row = self.links.ground[node] if level == 0 else self.links.upper[self.links.rows[node] + level - 1]
        return row[1 : 1 + row[0]].tolist()

    @property
    def entry(self) -> int:
        return int(self.links.entry[0])

    @property
    def top(self) -> int:
        """The highest level."""
        return int(self.links.levels[self.entry])


class Step(NamedTuple):
    """One neighbour that was looked at."""

    level: int
    begin: int
    """The node whose list it stands in."""
    end: int
    far: float
    entered: bool
    """The list of the nearest; above level 0: nearer than all before."""


@dataclass(frozen=True, eq=False)
class Search:
    """A search, with all that it looked at."""

    ids: Int32[np.ndarray, " place"]
    """Nearest first."""
    fars: Float32[np.ndarray, " place"]
    steps: tuple[Step, ...]
    ef: int

    @property
    def stood(self) -> list[int]:
        """The nodes whose lists were read at level 0, in order."""
        return list(dict.fromkeys(each.begin for each in self.steps if each.level == 0))


@dataclass(frozen=True)
class Structure:
    """What a graph is made of."""

    at_level: tuple[int, ...]
    """Nodes whose highest level is this one or above."""
    degree: float
    """Mean links of a node at level 0."""
    most: int
    unlinked: int
    """Nodes that no other links to at level 0."""
    reached: int
    """Nodes that can be reached from the entry at level 0."""
    bytes: int
    """Of all links."""


def drawn_levels(n: int, m: int, seed: int = SEED) -> Int32[np.ndarray, " node"]:
    """Each vector's highest level, as hnswlib draws it: two numbers of C++'s minimal standard generator make a U.

    >>> levels = drawn_levels(50_000, 16)
    >>> int(levels.max()), round(float((levels >= 1).mean()), 4)  # a sixteenth is .0625
    (3, 0.0609)
    """
    state, made, span = seed % (2**31 - 1) or 1, np.empty(n, np.int32), 2**31 - 2
    for at in range(n):
        low = state = state * 16807 % (2**31 - 1)
        high = state = state * 16807 % (2**31 - 1)
        uniform = (low - 1 + (high - 1) * span) / (span * span)
        made[at] = int(-math.log(uniform) / math.log(m)) if uniform > 0 else 0
    return made


def building(
    vectors: Float32[np.ndarray, "node d"], m: int = 16, ef: int = 200, seed: int = SEED, kept: int = 0, each: int = 500
) -> Iterator[Graph]:
    """The graph, so many vectors after another: the same object grows. `kept` is the room for dropped links.

    Raises ValueError for m below 2.
    """
    if m < 2:
        raise ValueError("a level's share is M^-1, so M must be at least 2")
    n, ef = len(vectors), max(ef, m)
    levels = drawn_levels(n, m, seed)
    rows = np.concatenate([[0], np.cumsum(levels)]).astype(np.int32)
    links = Links(
        np.ascontiguousarray(vectors, np.float32),
        np.zeros((n, 2 * m + 1), np.int32),
        np.zeros((max(int(rows[-1]), 1), m + 1), np.int32),
        rows[:-1],
        levels,
        np.zeros(2, np.int32),
        np.empty((kept, 3), np.int32),
        np.zeros(1, np.int32),
    )
    graph, place = Graph(links, m, ef), room(n, ef)
    for first in range(0, n, each):
        loops.insert(links, place, first, min(first + each, n), m, ef)
        yield graph


def built(vectors: Float32[np.ndarray, "node d"], m: int = 16, ef: int = 200, seed: int = SEED, kept: int = 0) -> Graph:
    """The graph of at least one vector, whole."""
    (graph,) = building(vectors, m, ef, seed, kept, max(len(vectors), 1))
    return graph


def room(n: int, ef: int, log: int = 0) -> Room:
    """What searches among n vectors with lists of at most ef write to."""
    return Room(
        np.zeros(n, np.int32), np.zeros(1, np.int32),
        np.empty(ef + 1, np.float32), np.empty(ef + 1, np.int32),
        np.empty(n + 1, np.float32), np.empty(n + 1, np.int32),
        np.empty((log, 5), np.float32), np.zeros(1, np.int32),
    )  # fmt: skip


def search(graph: Graph, query: Float[np.ndarray, " d"], k: int = 10, ef: int = 32) -> Search:
    """The k nearest that a walk with a list of `ef` (at least k) finds, and the walk."""
    ef, n = max(ef, k), len(graph.links.vectors)
    place = room(n, ef, LOG)
    ids, fars = np.empty(k, np.int32), np.empty(k, np.float32)
    found = loops.nearest(graph.links, place, query.astype(np.float32), ef, ids, fars)
    log = place.log[: place.n_log[0]].tolist()
    steps = tuple(Step(int(level), int(a), int(b), far, bool(new)) for level, a, b, far, new in log)
    return Search(ids[:found], fars[:found], steps, ef)


def search_all(
    graph: Graph, queries: Float32[np.ndarray, "query d"], k: int = 10, ef: int = 32
) -> Int32[np.ndarray, "query k"]:
    """The same for many queries, without the walks; -1 where fewer than k are found."""
    ids, fars = np.empty((len(queries), k), np.int32), np.empty((len(queries), k), np.float32)
    place = room(len(graph.links.vectors), max(ef, k))
    loops.nearest_of_all(graph.links, place, np.ascontiguousarray(queries, np.float32), max(ef, k), ids, fars)
    return ids


def exact(
    vectors: Float[np.ndarray, "node d"], queries: Float[np.ndarray, "query d"], k: int = 10
) -> Int[np.ndarray, "query k"]:
    """The true k nearest, by every product."""
    return np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :k]


def recall(found: Int[np.ndarray, "query k"], true: Int[np.ndarray, "query k"]) -> Float[np.ndarray, " query"]:
    """Each query's share of the true ones that were found."""
    return np.array([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), true.tolist(), strict=True)])


def structure(graph: Graph) -> Structure:
    """Its numbers, counted from the lists."""
    links = graph.links
    ground, top = links.ground, graph.top
    linked = np.zeros(len(ground), bool)  # node
    for row in ground:
        linked[row[1 : 1 + row[0]]] = True
    reached, waiting = {graph.entry}, [graph.entry]
    while waiting:
        new = set(graph.neighbours(waiting.pop())) - reached
        reached |= new
        waiting += new
    return Structure(
        at_level=tuple(int((links.levels >= level).sum()) for level in range(top + 1)),
        degree=float(ground[:, 0].mean()),
        most=int(ground[:, 0].max()),
        unlinked=int((~linked).sum()),
        reached=len(reached),
        bytes=links.ground.nbytes + links.upper.nbytes,
    )


def with_link(graph: Graph, begin: int, end: int) -> Graph:
    """The same graph with one more link at level 0, whatever the heuristic said."""
    ground = np.pad(graph.links.ground, ((0, 0), (0, 1)))
    ground[begin, 0] += 1
    ground[begin, ground[begin, 0]] = end
    return replace(graph, links=graph.links._replace(ground=ground))


def dropped_links(graph: Graph, end: int) -> list[tuple[int, int]]:
    """Who was offered a link to `end` and has none, and the nearer neighbour for which: the owner itself where
    no place was left."""
    events = graph.links.dropped[: graph.links.n_dropped[0]]
    held = events[events[:, 1] == end]
    return [(int(owner), int(by)) for owner, _, by in held if end not in graph.neighbours(int(owner))]
