"""The loops of HNSW (`stack/context/hnsw.py`): search of a layer, the heuristic, insertion, all compiled.

A heap lies in two arrays, distances and nodes, with its least distance first; of the nearest found so far the farthest
must come first, so that these are kept with their signs turned.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from explorer.stack.compiled import compiled

#: What a line of the record says of a neighbour that was looked at.
SEEN, FAR, KEPT = 0, 1, 2


class Graph(NamedTuple):
    """Vectors and the links between them; the first entry of a row of links is how many there are."""

    vectors: ndarray
    """float32 [node d], each of length 1."""
    levels: ndarray
    """int32 [node]: the highest layer that a node is in."""
    first: ndarray
    """int64 [node]: its row of layer 1 in `upper`; those of its further layers follow."""
    ground: ndarray
    """int32 [node 1 + 2M]."""
    upper: ndarray
    """int32 [row 1 + M]."""


class Scratch(NamedTuple):
    """What a search writes on; one for each thread."""

    seen: ndarray
    """int32 [node]: the number of the last search that came there."""
    number: ndarray
    """int32 [1]: of this search."""
    near_d: ndarray
    near: ndarray
    """The nearest so far, ef + 1."""
    open_d: ndarray
    open: ndarray
    """Those that are still to be expanded, as many as there are nodes."""
    record: ndarray
    """int32 [line 4]: layer, from, to, what; empty where nothing is recorded."""
    lines: ndarray
    """int64 [2]: lines written; distances calculated."""


def scratch(n: int, ef: int, lines: int = 0) -> Scratch:
    """For a graph of n nodes; `lines`: of the record."""
    return Scratch(
        np.zeros(n, np.int32), np.zeros(1, np.int32), np.empty(ef + 1, np.float32), np.empty(ef + 1, np.int32),
        np.empty(n + 1, np.float32), np.empty(n + 1, np.int32), np.empty((lines, 4), np.int32), np.zeros(2, np.int64),
    )  # fmt: skip


@compiled
def distance(a, b):  # pragma: no cover - compiled
    """1 - a·b."""
    total = np.float32(0)
    for i in range(len(a)):
        total += a[i] * b[i]
    return np.float32(1) - total


@compiled
def push(keys, items, size, key, item):  # pragma: no cover - compiled
    """Put an item into a heap of that size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if keys[parent] <= key:
            break
        keys[at], items[at] = keys[parent], items[parent]
        at = parent
    keys[at], items[at] = key, item


@compiled
def pop(keys, items, size):  # pragma: no cover - compiled
    """Take the first item off a heap of that size: the last one goes to its place and sinks."""
    last = size - 1
    key, item, at = keys[last], items[last], 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], items[at] = keys[child], items[child]
        at = child
    keys[at], items[at] = key, item


@compiled
def row_of(graph, node, level):  # pragma: no cover - compiled
    """A node's links in a layer."""
    if level == 0:
        return graph.ground[node]
    return graph.upper[graph.first[node] + level - 1]


@compiled
def told(work, level, start, to, what):  # pragma: no cover - compiled
    """Write a line of the record."""
    line = work.lines[0]
    if line < len(work.record):
        work.record[line, 0], work.record[line, 1] = level, start
        work.record[line, 2], work.record[line, 3] = to, what
        work.lines[0] = line + 1


@compiled
def descend(graph, query, node, top, bottom, work):  # pragma: no cover - compiled
    """Walk greedily through the layers from `top` down to `bottom`: always to the nearest neighbour."""
    best = distance(graph.vectors[node], query)
    work.lines[1] += 1
    for level in range(top, bottom - 1, -1):
        moved = True
        while moved:
            moved = False
            row, here = row_of(graph, node, level), node
            for i in range(1, row[0] + 1):
                d = distance(graph.vectors[row[i]], query)
                work.lines[1] += 1
                told(work, level, here, row[i], KEPT if d < best else FAR)
                if d < best:
                    best, node, moved = d, row[i], True
    return node


@compiled
def search_layer(graph, query, start, level, ef, work):  # pragma: no cover - compiled
    """The ef nearest that a best-first search from `start` finds in a layer; how many they are. They are left in
    `work.near`, a heap whose first is the farthest."""
    number = work.number[0] + 1
    work.number[0] = number
    d = distance(graph.vectors[start], query)
    work.lines[1] += 1
    work.near_d[0], work.near[0] = -d, start
    work.open_d[0], work.open[0] = d, start
    work.seen[start] = number
    near, waiting, worst = 1, 1, d
    while waiting:
        if work.open_d[0] > worst and near == ef:
            break
        node = work.open[0]
        pop(work.open_d, work.open, waiting)
        waiting -= 1
        row = row_of(graph, node, level)
        for i in range(1, row[0] + 1):
            to = row[i]
            if work.seen[to] == number:
                told(work, level, node, to, SEEN)
                continue
            work.seen[to] = number
            d = distance(graph.vectors[to], query)
            work.lines[1] += 1
            if near == ef and d >= worst:
                told(work, level, node, to, FAR)
                continue
            told(work, level, node, to, KEPT)
            push(work.open_d, work.open, waiting, d, to)
            waiting += 1
            push(work.near_d, work.near, near, -d, to)
            near += 1
            if near > ef:
                pop(work.near_d, work.near, near)
                near -= 1
            worst = -work.near_d[0]
    return near


@compiled
def heuristic(graph, keys, items, n, most, whose, level, pruned, count):  # pragma: no cover - compiled
    """Of n candidates, nearest first, leave those that are nearer to `whose` than to any kept before; how many stay.

    Where there are fewer than `most`, all stay (as in hnswlib). What falls is written to `pruned`: layer, from, to, by.
    """
    if n < most:
        return n
    kept = 0
    for i in range(n):
        by = -1
        if kept >= most:
            by = whose  # no place is left
        else:
            for j in range(kept):
                if distance(graph.vectors[items[j]], graph.vectors[items[i]]) < keys[i]:
                    by = items[j]
                    break
        if by < 0:
            keys[kept], items[kept] = keys[i], items[i]
            kept += 1
        elif count[0] < len(pruned):
            line = count[0]
            pruned[line, 0], pruned[line, 1], pruned[line, 2], pruned[line, 3] = level, whose, items[i], by
            count[0] = line + 1
    return kept


@compiled
def linked_back(graph, node, to, d, level, most, keys, items, pruned, count):  # pragma: no cover - compiled
    """Link `to` back to the new node; where its row is full, the heuristic chooses among all."""
    row = row_of(graph, to, level)
    if row[0] < most:
        row[0] += 1
        row[row[0]] = node
        return
    n = 0
    for i in range(row[0] + 1):
        other = node if i == row[0] else row[i + 1]
        key = d if i == row[0] else distance(graph.vectors[other], graph.vectors[to])
        at = n
        while at > 0 and keys[at - 1] > key:
            keys[at], items[at] = keys[at - 1], items[at - 1]
            at -= 1
        keys[at], items[at] = key, other
        n += 1
    kept = heuristic(graph, keys, items, n, most, to, level, pruned, count)
    row[0] = kept
    for i in range(kept):
        row[kept - i] = items[i]


@compiled
def insert(graph, node, entry, top, m, ef, work, pruned, count):  # pragma: no cover - compiled
    """Link a node into every layer that it is in. `entry` is in the highest layer so far, which is `top`."""
    query, level = graph.vectors[node], graph.levels[node]
    start = entry
    if level < top:
        start = descend(graph, query, entry, top, level + 1, work)
    keys, items = np.empty(max(ef, 2 * m) + 2, np.float32), np.empty(max(ef, 2 * m) + 2, np.int32)
    backs, ids = np.empty(2 * m + 2, np.float32), np.empty(2 * m + 2, np.int32)
    for at in range(min(level, top), -1, -1):
        n = search_layer(graph, query, start, at, ef, work)
        for i in range(n - 1, -1, -1):
            keys[i], items[i] = -work.near_d[0], work.near[0]
            pop(work.near_d, work.near, i + 1)
        kept = heuristic(graph, keys, items, n, m, node, at, pruned, count)
        row = row_of(graph, node, at)
        row[0] = kept
        for i in range(kept):  # the farthest first, as hnswlib has them
            row[kept - i] = items[i]
        for i in range(kept - 1, -1, -1):
            linked_back(graph, node, items[i], keys[i], at, 2 * m if at == 0 else m, backs, ids, pruned, count)
        start = items[0]


@compiled
def grow(graph, low, high, entry, top, m, ef, work, pruned, count):  # pragma: no cover - compiled
    """Insert the nodes from `low` to `high`; the entry and its layer afterwards."""
    for node in range(low, high):
        if node > 0:
            insert(graph, node, entry, top, m, ef, work, pruned, count)
        if node == 0 or graph.levels[node] > top:
            entry, top = node, graph.levels[node]
    return entry, top


@compiled
def search(graph, query, entry, top, k, ef, work, ids, distances):  # pragma: no cover - compiled
    """Write the k nearest of the ef that are found, nearest first; how many there are."""
    start = descend(graph, query, entry, top, 1, work)
    n = search_layer(graph, query, start, 0, ef, work)
    while n > k:
        pop(work.near_d, work.near, n)
        n -= 1
    for i in range(n - 1, -1, -1):
        distances[i], ids[i] = -work.near_d[0], work.near[0]
        pop(work.near_d, work.near, i + 1)
    return n


@compiled
def search_many(graph, queries, entry, top, k, ef, work, ids, distances):  # pragma: no cover - compiled
    """The same of many queries."""
    for i in range(len(queries)):
        n = search(graph, queries[i], entry, top, k, ef, work, ids[i], distances[i])
        for j in range(n, k):
            ids[i, j] = -1
