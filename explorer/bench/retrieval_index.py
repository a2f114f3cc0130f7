"""HNSW beside hnswlib: building a graph, and searching it at equal recall, both on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from explorer.bench import Peer, Report
from explorer.stack.context import hnsw
from explorer.stack.context.hnsw import Graph

HNSWLIB = Peer("hnswlib", "hnswlib", "pip install hnswlib==0.8.0", "it is compiled: that takes a C++ compiler")
#: Numbers of a vector as MiniLM makes them, of which so many vary freely; queries; nearest that are asked for.
D, FREE, QUERIES, K = 384, 32, 500, 10
M, EF_CONSTRUCTION = 16, 200
RECALL = 0.95
#: Vectors that are put into a graph before the other one's turn.
TURN = 500
LENGTHS = (10, 16, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 384, 512)
#: The targets: speed of search, time of building, of hnswlib's.
SPEED, BUILD = 0.7, 1.5
Search = Callable[[int], Any]


def index(report: Report, count: int, rounds: int = 5) -> None:
    """Add build times, the shortest list that reaches the recall, and queries a second."""
    made = vectors(count + QUERIES)
    held, queries = made[:count], made[count:]
    right = hnsw.exact(held, queries, K)
    hnsw.search_all(hnsw.built(held[: 4 * M]), queries[:1], K, K)  # the machine code, compiled or read from disk
    case = f"{count:,} vectors of {D}, M {M}, ef_construction {EF_CONSTRUCTION}"
    package = report.peer(HNSWLIB)
    ours, theirs, seconds = _built(held, package)
    for subject, taken in seconds.items():
        report.add(f"{case}: build, in turns of {TURN:,}", subject, taken, "s")
    searches: dict[str, Search] = {"explorer": lambda ef: hnsw.search_all(ours, queries, K, ef)}
    if theirs is not None:
        ratio = seconds["explorer"] / seconds["hnswlib"]
        report.judge("build time, of hnswlib's, at most", ratio, f"{BUILD}", ratio <= BUILD)
        same = np.mean([ours.neighbours(at) == row for at, row in enumerate(_rows(theirs, count))])
        report.add(f"{case}: rows of links equal to hnswlib's, in order", "explorer", float(same), "share")
        searches["hnswlib"] = partial(_search, theirs, queries)
    lengths = {subject: _shortest(search, right) for subject, search in searches.items()}
    for subject, (ef, reached) in lengths.items():
        report.add(f"{case}: ef for recall@{K} {RECALL}", subject, ef, "nodes")
        report.add(f"{case}: recall@{K} with it", subject, reached, "share")
    acts = {subject: partial(searches[subject], ef) for subject, (ef, _) in lengths.items()}
    medians = report.time(f"{case}: {QUERIES} queries at that recall", acts, rounds)
    for subject, milliseconds in medians.items():
        report.add(f"{case}: queries a second", subject, 1e3 * QUERIES / milliseconds, "1/s")
    if "hnswlib" in medians:
        speed = medians["hnswlib"] / medians["explorer"]
        report.judge("queries a second, of hnswlib's, at least", speed, f"{SPEED}", speed >= SPEED)


def vectors(count: int, seed: int = 0) -> Float32[ndarray, "vector d"]:
    """Drawn: numbers that vary along `FREE` directions, and a little along all; each of length 1."""
    draw = np.random.default_rng(seed)
    along = draw.normal(size=(FREE, D)).astype(np.float32)
    free = draw.standard_normal((count, FREE), np.float32)
    made = free @ along + draw.standard_normal((count, D), np.float32)  # vector d
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def _built(held: Float32[ndarray, "vector d"], package: Any) -> tuple[Graph, Any, dict[str, float]]:
    """Both graphs, so many vectors of each in turn, so that a slow moment falls on both; the seconds of each."""
    theirs = None if package is None else package.Index("ip", D)
    if theirs is not None:
        theirs.init_index(len(held), M=M, ef_construction=EF_CONSTRUCTION)
    seconds = {"explorer": 0.0} | ({} if theirs is None else {"hnswlib": 0.0})
    steps = hnsw.building(held, M, EF_CONSTRUCTION, each=TURN)
    ours = None
    for low in range(0, len(held), TURN):
        start = time.perf_counter()
        ours = next(steps)
        seconds["explorer"] += time.perf_counter() - start
        if theirs is not None:
            start = time.perf_counter()
            theirs.add_items(held[low : low + TURN], num_threads=1)
            seconds["hnswlib"] += time.perf_counter() - start
    assert ours is not None
    return ours, theirs, seconds


def _search(theirs: Any, queries: Float32[ndarray, "query d"], ef: int) -> Any:
    theirs.set_ef(ef)
    return theirs.knn_query(queries, K, num_threads=1)[0].astype(np.int32)


def _rows(theirs: Any, count: int) -> list[list[int]]:
    """The links of layer 0 as hnswlib keeps them: how many, and then those."""
    state = theirs.__getstate__()
    state = state[0] if isinstance(state, tuple) else state
    raw = state["data_level0"].view(np.uint8).reshape(-1, state["size_data_per_element"])[:count, : 4 * (1 + 2 * M)]
    rows = raw.copy().view(np.uint32)
    return [row[1 : 1 + (int(row[0]) & 0xFFFF)].tolist() for row in rows]


def _shortest(search: Search, right: ndarray) -> tuple[int, float]:
    """The shortest list tried that reaches the recall, and that recall; the longest where none does."""
    reached = 0.0
    for ef in LENGTHS:
        reached = float(hnsw.recall(search(ef), right).mean())
        if reached >= RECALL:
            return ef, reached
    return LENGTHS[-1], reached
