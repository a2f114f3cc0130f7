"""HNSW of very many vectors: seconds of building, memory, recall, as the graph grows. Our graph alone."""

from __future__ import annotations

import sys
import time

import numpy as np
from jaxtyping import Float32, Int
from numpy import ndarray

from explorer.bench import Report
from explorer.bench.retrieval_index import EF_CONSTRUCTION, D, K, M, vectors
from explorer.stack.context import hnsw

#: Questions, and the lengths of the list that are tried.
QUERIES, LENGTHS = 100, (64, 128, 256, 512)
#: Parts that are built one after another, and those behind which the graph is searched.
PARTS, SEARCHED = 10, (1, 3, 5, 10)


def many(report: Report, count: int) -> None:
    """Add what a graph of so many vectors takes, and what it finds, on its way there too."""
    made = vectors(count + QUERIES)
    held, queries = made[:count], made[count:]
    hnsw.search_all(hnsw.built(held[: 4 * M]), queries[:1], K, K)  # the machine code
    taken, worked, each = 0.0, 0.0, -(-count // PARTS)
    steps = hnsw.building(held, M, EF_CONSTRUCTION, each=each)
    for part in range(1, PARTS + 1):
        start, before = time.perf_counter(), time.process_time()
        graph = next(steps, None)
        if graph is None:  # fewer vectors than parts
            break
        taken, worked = taken + time.perf_counter() - start, worked + time.process_time() - before
        n = min(part * each, count)
        print(f"{n:,} vectors are in: {taken:.0f} s, {worked:.0f} of the processor", file=sys.stderr, flush=True)
        if part not in SEARCHED:
            continue
        case = f"{n:,} vectors of {D}, M {M}, ef_construction {EF_CONSTRUCTION}"
        report.add(f"{case}: build, one thread", "explorer", taken, "s")
        report.add(f"{case}: build, the processor's time alone", "explorer", worked, "s")
        report.add(f"{case}: vectors", "explorer", held[:n].nbytes / 1e6, "MB")
        report.add(f"{case}: links", "explorer", _links(graph, n) / 1e6, "MB")
        _searched(report, case, graph, queries, nearest(held[:n], queries))
        print(report.table(), file=sys.stderr, flush=True)


def _links(graph: hnsw.Graph, n: int) -> int:
    """Bytes of the first n vectors' links."""
    links = graph.links
    return links.ground[:n].nbytes + int(links.levels[:n].sum()) * links.upper.itemsize * links.upper.shape[1]


def nearest(held: Float32[ndarray, "vector d"], queries: Float32[ndarray, "query d"]) -> Int[ndarray, "query k"]:
    """The true ones, a query at a time: all products at once would take more memory than the vectors."""
    found = []
    for query in queries:
        near = held @ query
        some = np.argpartition(-near, K)[:K]
        found.append(some[np.argsort(-near[some], kind="stable")])
    return np.stack(found)


def _searched(report: Report, case: str, graph: hnsw.Graph, queries: ndarray, right: ndarray) -> None:
    for ef in LENGTHS:
        start = time.perf_counter()
        found = hnsw.search_all(graph, queries, K, ef)
        seconds = (time.perf_counter() - start) / QUERIES
        report.add(f"{case}: recall@{K}, ef {ef}", "explorer", float(hnsw.recall(found, right).mean()), "share")
        report.add(f"{case}: a query, ef {ef}", "explorer", 1e3 * seconds, "ms")
