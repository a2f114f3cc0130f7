"""HNSW of very many vectors: seconds of building, memory, recall. Our graph alone: it takes an hour for a million."""

from __future__ import annotations

import time

import numpy as np

from explorer.bench import Report
from explorer.bench.retrieval_index import EF_CONSTRUCTION, D, K, M, vectors
from explorer.stack.context import hnsw

#: Questions, and the lengths of the list that are tried.
QUERIES, LENGTHS = 100, (64, 128, 256)


def many(report: Report, count: int) -> None:
    """Add what a graph of so many vectors takes, and what it finds."""
    made = vectors(count + QUERIES)
    held, queries = made[:count], made[count:]
    case = f"{count:,} vectors of {D}, M {M}, ef_construction {EF_CONSTRUCTION}"
    hnsw.search_all(hnsw.built(held[: 4 * M]), queries[:1], K, K)  # the machine code
    start = time.perf_counter()
    graph = hnsw.built(held, M, EF_CONSTRUCTION)
    report.add(f"{case}: build, one thread", "explorer", time.perf_counter() - start, "s")
    report.add(f"{case}: vectors", "explorer", held.nbytes / 1e6, "MB")
    report.add(f"{case}: links", "explorer", hnsw.structure(graph).bytes / 1e6, "MB")
    right = np.stack([np.argsort(-(held @ query), kind="stable")[:K] for query in queries])
    for ef in LENGTHS:
        start = time.perf_counter()
        found = hnsw.search_all(graph, queries, K, ef)
        seconds = (time.perf_counter() - start) / QUERIES
        report.add(f"{case}: recall@{K}, ef {ef}", "explorer", float(hnsw.recall(found, right).mean()), "share")
        report.add(f"{case}: a query, ef {ef}", "explorer", 1e3 * seconds, "ms")
