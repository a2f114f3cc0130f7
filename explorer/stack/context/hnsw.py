"""HNSW: the nearest of many vectors, by a walk over a graph of neighbours in layers.

Each vector is a node. Its highest layer is drawn, so that a share M^-l of all nodes is in layer l or above::

    level = floor(-ln U / ln M)          P(level >= l) = M^-l

A search starts at one node of the top layer, walks greedily to the nearest node of each layer, and searches layer 0
best first with the ef nearest nodes found so far. A new node is linked to at most M of the ef_construction nearest in
each layer, and they to it; a node keeps at most M links, in layer 0 at most 2M. Which ones is said by a heuristic: from
near to far, a candidate stays only if it is nearer to the node than to every one that stays already. It keeps links in
all directions, and it is why a near neighbour can be missed.

Malkov and Yashunin 2016 (arXiv 1603.09320). Levels are drawn, links ordered and the heuristic skipped (with fewer than
M candidates) as in hnswlib, so that one seed gives one graph in both. Distances are 1 - a·b of vectors of length 1.

>>> rng = np.random.default_rng(0)
>>> vectors = unit(rng.normal(size=(500, 8)))
>>> index = Index.built(vectors, m=8, ef_construction=64)
>>> found = index.search(vectors[:5], k=3, ef=32)
>>> found.ids[:, 0].tolist()
[0, 1, 2, 3, 4]
>>> exact_nearest(vectors, vectors[:5], 3).ids.tolist() == found.ids.tolist()
True
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, Int32, Int64
from numpy import ndarray

from explorer.stack.context import hnsw_loops as loops
from explorer.stack.context.hnsw_loops import Graph, scratch

#: hnswlib's seed of levels.
SEED = 100
#: Nodes inserted between two words of progress.
AT_ONCE = 2000
_RANGE = 2**31 - 2


def unit(vectors: Float[ndarray, "node d"]) -> Float32[ndarray, "node d"]:
    """Each divided by its length, as float32; a vector of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def levels_drawn(n: int, m: int, seed: int = SEED) -> Int32[ndarray, " node"]:
    """The highest layer of each node, as hnswlib draws it: C++'s minimal standard generator, two numbers a draw.

    >>> drawn = levels_drawn(50_000, 16)
    >>> int(drawn.max()), round(float((drawn >= 1).mean()), 4)  # a sixteenth is .0625
    (3, 0.0609)
    """
    state, made = seed % (2**31 - 1) or 1, np.empty(n, np.int32)
    for at in range(n):
        low = state = state * 16807 % (2**31 - 1)
        high = state = state * 16807 % (2**31 - 1)
        u = ((low - 1) + (high - 1) * _RANGE) / (_RANGE * _RANGE)
        made[at] = int(-math.log(u) / math.log(m)) if u > 0 else 0
    return made


@dataclass(frozen=True, eq=False)
class Found:
    """The nearest of each query, nearest first; -1 where fewer were found."""

    ids: Int32[ndarray, "query k"]
    distances: Float32[ndarray, "query k"]
    calculated: float
    """Distances calculated for a query, on average."""


@dataclass(frozen=True, eq=False)
class Replay:
    """One search, step by step."""

    ids: Int32[ndarray, " found"]
    distances: Float32[ndarray, " found"]
    steps: Int32[ndarray, "step 4"]
    """Layer, the node that was expanded, the neighbour that was looked at, and what came of it: 0 it was seen before,
    1 it is too far, 2 it is kept (above layer 0: the walk goes on there)."""

    @property
    def expanded(self) -> list[int]:
        """Nodes of layer 0 whose links were read, in order."""
        return list(dict.fromkeys(self.steps[self.steps[:, 0] == 0, 1].tolist()))

    @property
    def seen(self) -> set[int]:
        """Nodes whose distance was calculated in layer 0."""
        return {int(each) for each in self.steps[self.steps[:, 0] == 0][:, 1:3].ravel()}


@dataclass(frozen=True, eq=False)
class Index:
    """A graph that is whole up to `size` nodes."""

    graph: Graph
    m: int
    ef_construction: int
    entry: int
    top: int
    """The highest layer, in which the entry is."""
    size: int
    pruned: Int32[ndarray, "link 4"]
    """What the heuristic took away, where it was recorded: layer, from, to, and the neighbour that is nearer to it (the
    node itself where no place was left)."""

    @classmethod
    def built(
        cls,
        vectors: Float32[ndarray, "node d"],
        m: int = 16,
        ef_construction: int = 200,
        seed: int = SEED,
        record: int = 0,
    ) -> Index:
        """The whole graph. `record`: links taken away that are kept, at most."""
        *_, last = growing(vectors, m, ef_construction, seed, record)
        return last

    def search(self, queries: Float32[ndarray, "query d"], k: int, ef: int) -> Found:
        """The k nearest of each query; ef is at least k."""
        ids, distances = np.empty((len(queries), k), np.int32), np.zeros((len(queries), k), np.float32)
        work = scratch(len(self.graph.levels), max(ef, k))
        if self.size:
            loops.search_many(self.graph, queries, self.entry, self.top, k, max(ef, k), work, ids, distances)
        else:
            ids[:] = -1
        return Found(ids, distances, float(work.lines[1]) / max(1, len(queries)))

    def replay(self, query: Float32[ndarray, " d"], k: int, ef: int) -> Replay:
        """One search with all that it looked at."""
        n = len(self.graph.levels)
        lines = int(self.graph.ground[:, 0].sum() + self.graph.upper[:, 0].sum() * 2) + n
        work = scratch(n, max(ef, k), lines)
        ids, distances = np.empty(max(ef, k), np.int32), np.empty(max(ef, k), np.float32)
        kept = loops.search(self.graph, query, self.entry, self.top, k, max(ef, k), work, ids, distances)
        return Replay(ids[:kept], distances[:kept], work.record[: int(work.lines[0])].copy())

    def links(self, node: int, level: int = 0) -> Int32[ndarray, " link"]:
        """The neighbours of a node in a layer."""
        row = loops.row_of(self.graph, node, level)
        return row[1 : 1 + row[0]]

    def with_link(self, start: int, to: int) -> Index:
        """The same with one more link in layer 0, whatever the heuristic said."""
        ground = np.concatenate([self.graph.ground, np.zeros((len(self.graph.ground), 1), np.int32)], axis=1)
        ground[start, 0] += 1
        ground[start, ground[start, 0]] = to
        return Index(
            self.graph._replace(ground=ground),
            self.m,
            self.ef_construction,
            self.entry,
            self.top,
            self.size,
            self.pruned,
        )

    @property
    def link_bytes(self) -> int:
        """Bytes of all that is not vectors."""
        return sum(each.nbytes for each in (self.graph.levels, self.graph.first, self.graph.ground, self.graph.upper))


def growing(
    vectors: Float32[ndarray, "node d"],
    m: int = 16,
    ef_construction: int = 200,
    seed: int = SEED,
    record: int = 0,
    at_once: int = AT_ONCE,
) -> Iterator[Index]:
    """The graph after every `at_once` nodes; all share their arrays. An ef_construction below m is m, as in hnswlib.

    Raises ValueError for m below 2.
    """
    if m < 2:
        raise ValueError(f"M is {m}; a layer holds a share M^-1 of the one below, so that M must be at least 2")
    n, ef = len(vectors), max(ef_construction, m)
    levels = levels_drawn(n, m, seed)
    first = np.zeros(n, np.int64)
    np.cumsum(levels[:-1], out=first[1:])
    graph = Graph(
        np.ascontiguousarray(vectors, np.float32),
        levels,
        first,
        np.zeros((n, 1 + 2 * m), np.int32),
        np.zeros((int(levels.sum()), 1 + m), np.int32),
    )
    work, pruned, count = scratch(n, ef), np.empty((record, 4), np.int32), np.zeros(1, np.int64)
    entry, top = 0, int(levels[0]) if n else 0
    for low in range(0, max(n, 1), at_once):
        high = min(n, low + at_once)
        entry, top = loops.grow(graph, low, high, entry, top, m, ef, work, pruned, count)
        yield Index(graph, m, ef, int(entry), int(top), high, pruned[: int(count[0])])


def exact_nearest(vectors: Float32[ndarray, "node d"], queries: Float32[ndarray, "query d"], k: int) -> Found:
    """By every distance; of equal ones the lower node first."""
    distances = 1 - queries @ vectors.T  # query node
    ids = np.argsort(distances, axis=1, kind="stable")[:, :k]
    nearest = np.take_along_axis(distances, ids, axis=1)
    return Found(ids.astype(np.int32), nearest.astype(np.float32), float(len(vectors)))


def recall(found: Int[ndarray, "query k"], exact: Int[ndarray, "query k"]) -> Float[ndarray, " query"]:
    """The share of the exact nearest that were found, for each query.

    >>> recall(np.array([[3, 1], [0, 7]]), np.array([[1, 3], [0, 2]])).tolist()
    [1.0, 0.5]
    """
    return (found[:, :, None] == exact[:, None]).any(1).mean(1)


def reachable(index: Index) -> Int64[ndarray, " node"]:
    """The nodes that a walk over links of layer 0 can come to from the entry."""
    seen, waiting = np.zeros(index.size, bool), [index.entry]
    seen[index.entry] = True
    while waiting:
        for to in index.links(waiting.pop()).tolist():
            if not seen[to]:
                seen[to] = True
                waiting.append(to)
    return np.flatnonzero(seen)
