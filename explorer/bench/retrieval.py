"""Retrieval beside the field's libraries, on one thread: a graph of neighbours beside hnswlib's."""

from __future__ import annotations

from explorer.bench import Report
from explorer.bench.retrieval_index import index

DESCRIPTION = "HNSW beside hnswlib at recall@10 of .95, 100,000 vectors of 384 (some minutes); count=NUMBER for fewer"


def run(report: Report, count: int = 100_000) -> None:
    """Add build times, queries a second at equal recall, and whether the targets are kept."""
    index(report, count)
