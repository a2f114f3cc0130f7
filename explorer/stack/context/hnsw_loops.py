"""HNSW's loops as machine code: heaps, one level's search, the neighbour heuristic, the insertion of a vector."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int32

from explorer.stack.compiled import compiled, prefetch


class Links(NamedTuple):
    """A graph in arrays, as the loops read and write them."""

    vectors: Float32[np.ndarray, "node d"]
    ground: Int32[np.ndarray, "node place"]
    """Level 0: how many neighbours, and then those; room for 2M."""
    upper: Int32[np.ndarray, "row place"]
    """The levels above, a row for each of a node's levels; room for M."""
    rows: Int32[np.ndarray, " node"]
    """Where a node's rows begin in `upper`."""
    levels: Int32[np.ndarray, " node"]
    entry: Int32[np.ndarray, 2]
    """The node that every search begins at, and how many nodes are in."""
    dropped: Int32[np.ndarray, "event 3"]
    """At level 0: whose list, which neighbour it did not get, and the nearer one for which; the owner itself where no
    place was left."""
    n_dropped: Int32[np.ndarray, 1]


class Room(NamedTuple):
    """What a search writes to."""

    seen: Int32[np.ndarray, " node"]
    """The number of the last search that saw each."""
    turn: Int32[np.ndarray, 1]
    near: Float32[np.ndarray, " place"]
    near_ids: Int32[np.ndarray, " place"]
    """The ef nearest so far: a heap with the farthest first, kept as negative distances."""
    open: Float32[np.ndarray, " place"]
    open_ids: Int32[np.ndarray, " place"]
    """Seen and not yet looked at: a heap with the nearest first."""
    log: Float32[np.ndarray, "event 5"]
    """Level, from, to, distance, whether it entered the list; no rows where nobody asks."""
    n_log: Int32[np.ndarray, 1]


@compiled
def distance(vectors: Any, at: Any, query: Any) -> Any:
    """1 - the product: the squared distance halved, for vectors of length 1."""
    total = np.float32(0.0)
    row = vectors[at]
    for i in range(query.shape[0]):
        total += row[i] * query[i]
    return np.float32(1.0) - total


@compiled
def push(keys: Any, ids: Any, size: Any, key: Any, number: Any) -> Any:
    """Into a heap with the least key first; its new size."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] <= key:
            break
        keys[at], ids[at] = keys[up], ids[up]
        at = up
    keys[at], ids[at] = key, number
    return size + 1


@compiled
def pop(keys: Any, ids: Any, size: Any) -> Any:
    """Take the first away; the new size."""
    size -= 1
    key, number = keys[size], ids[size]
    at, down = 0, 1
    while down < size:
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[at], ids[at] = keys[down], ids[down]
        at, down = down, 2 * down + 1
    keys[at], ids[at] = key, number
    return size


@compiled
def neighbours(links: Any, node: Any, level: Any) -> Any:
    """A node's list at a level: how many, and then those."""
    if level == 0:
        return links.ground[node]
    return links.upper[links.rows[node] + level - 1]


@compiled
def write(room: Any, level: Any, begin: Any, end: Any, far: Any, entered: Any) -> None:
    """Note what was looked at, while there is room."""
    at = room.n_log[0]
    if at < room.log.shape[0]:
        room.log[at, 0], room.log[at, 1], room.log[at, 2] = level, begin, end
        room.log[at, 3], room.log[at, 4] = far, entered
        room.n_log[0] = at + 1


@compiled
def descend(links: Any, room: Any, query: Any, begin: Any, top: Any, stop: Any) -> Any:
    """From level `top` down to the one above `stop`: always to the nearest neighbour, until none is nearer."""
    now = begin
    best = distance(links.vectors, now, query)
    for level in range(top, stop, -1):
        moved = True
        while moved:
            moved = False
            here = now
            row = neighbours(links, here, level)
            for i in range(1, row[0] + 1):
                far = distance(links.vectors, row[i], query)
                write(room, level, here, row[i], far, far < best)
                if far < best:
                    best, now, moved = far, row[i], True
    return now


@compiled
def soon(vectors: Any, seen: Any, node: Any) -> None:
    """Ask for the next neighbour's vector while this one's distance is taken: each lies somewhere else in memory.

    Only its first four lines of 64 bytes; by then the processor has seen where this goes.
    """
    prefetch(seen, node)
    for line in range(0, 64, 16):
        prefetch(vectors, node * vectors.shape[1] + line)


@compiled
def search_level(links: Any, room: Any, query: Any, begin: Any, level: Any, ef: Any) -> Any:
    """The ef nearest that are found at a level from `begin`: how many there are, in room.near."""
    room.turn[0] += 1
    turn, seen = room.turn[0], room.seen
    far = distance(links.vectors, begin, query)
    size = push(room.near, room.near_ids, 0, -far, begin)
    waiting = push(room.open, room.open_ids, 0, far, begin)
    seen[begin] = turn
    while waiting > 0:
        far, node = room.open[0], room.open_ids[0]
        if far > -room.near[0] and size == ef:
            break
        waiting = pop(room.open, room.open_ids, waiting)
        row = neighbours(links, node, level)
        for i in range(1, row[0] + 1):
            other = row[i]
            if i < row[0]:
                soon(links.vectors, seen, row[i + 1])
            if seen[other] == turn:
                continue
            seen[other] = turn
            far = distance(links.vectors, other, query)
            enters = size < ef or far < -room.near[0]
            write(room, level, node, other, far, enters)
            if enters:
                waiting = push(room.open, room.open_ids, waiting, far, other)
                if size == ef:
                    size = pop(room.near, room.near_ids, size)
                size = push(room.near, room.near_ids, size, -far, other)
    return size


@compiled
def choose(links: Any, owner: Any, fars: Any, ids: Any, size: Any, most: Any, level: Any) -> Any:
    """The heuristic: of candidates, nearest first, keep those that are nearer to the owner than to any kept one.

    The kept ones are put first in `ids` and `fars`; how many there are. Fewer candidates than `most` are all kept.
    """
    if size < most:
        return size
    kept = 0
    for i in range(size):
        by = owner if kept == most else -1
        if kept == most and links.n_dropped[0] >= links.dropped.shape[0]:
            break
        for j in range(kept):
            if by < 0 and distance(links.vectors, ids[j], links.vectors[ids[i]]) < fars[i]:
                by = ids[j]
                break
        if by < 0:
            ids[kept], fars[kept] = ids[i], fars[i]
            kept += 1
        elif level == 0 and links.n_dropped[0] < links.dropped.shape[0]:
            at = links.n_dropped[0]
            links.dropped[at, 0], links.dropped[at, 1], links.dropped[at, 2] = owner, ids[i], by
            links.n_dropped[0] = at + 1
    return kept


@compiled
def add_back(links: Any, node: Any, other: Any, far: Any, level: Any, most: Any) -> None:
    """Give `other` a link to the new node; where its list is full, the heuristic decides anew."""
    row = neighbours(links, other, level)
    count = row[0]
    if count < most:
        row[count + 1] = node
        row[0] = count + 1
        return
    fars = np.empty(count + 1, np.float32)
    ids = np.empty(count + 1, np.int32)
    fars[count], ids[count] = far, node
    for i in range(count):
        ids[i] = row[i + 1]
        fars[i] = distance(links.vectors, row[i + 1], links.vectors[other])
    order = np.argsort(fars)
    fars, ids = fars[order], ids[order]
    kept = choose(links, other, fars, ids, count + 1, most, level)
    row[0] = kept
    for i in range(kept):
        row[kept - i] = ids[i]


@compiled
def insert(links: Any, room: Any, first: Any, last: Any, m: Any, ef: Any) -> None:
    """Put nodes first..last-1 into the graph."""
    for node in range(first, last):
        level, count = links.levels[node], links.entry[1]
        links.entry[1] = count + 1
        if count == 0:
            links.entry[0] = node
            continue
        top = links.levels[links.entry[0]]
        query = links.vectors[node]
        begin = descend(links, room, query, links.entry[0], top, level)
        for at in range(min(level, top), -1, -1):
            size = search_level(links, room, query, begin, at, ef)
            fars, ids = np.empty(size, np.float32), np.empty(size, np.int32)
            for i in range(size - 1, -1, -1):
                fars[i], ids[i] = -room.near[0], room.near_ids[0]
                pop(room.near, room.near_ids, i + 1)
            begin = ids[0]  # the nearest, which every choice keeps
            kept = choose(links, node, fars, ids, size, m, at)
            row = neighbours(links, node, at)
            row[0] = kept
            for i in range(kept):  # the farthest first, as hnswlib has them
                row[kept - i] = ids[i]
            for i in range(kept - 1, -1, -1):
                add_back(links, node, ids[i], fars[i], at, 2 * m if at == 0 else m)
        if level > top:
            links.entry[0] = node


@compiled
def nearest(links: Any, room: Any, query: Any, ef: Any, ids: Any, fars: Any) -> Any:
    """The nearest that are found, nearest first, into `ids` and `fars`: how many of them there are."""
    top = links.levels[links.entry[0]]
    begin = descend(links, room, query, links.entry[0], top, 0)
    size = search_level(links, room, query, begin, 0, ef)
    while size > len(ids):
        size = pop(room.near, room.near_ids, size)
    for i in range(size - 1, -1, -1):
        ids[i], fars[i] = room.near_ids[0], -room.near[0]
        pop(room.near, room.near_ids, i + 1)
    return size


@compiled
def nearest_of_all(links: Any, room: Any, queries: Any, ef: Any, ids: Any, fars: Any) -> None:
    """The same for many queries; what is not found is -1."""
    for i in range(len(queries)):
        found = nearest(links, room, queries[i], ef, ids[i], fars[i])
        ids[i, found:] = -1
