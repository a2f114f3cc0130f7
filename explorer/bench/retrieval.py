"""Retrieval beside the field's libraries, on one thread: a graph of neighbours, BM25, a sentence's vector."""

from __future__ import annotations

import torch

from explorer.bench import Report
from explorer.bench.retrieval_embedding import embedding
from explorer.bench.retrieval_index import index
from explorer.bench.retrieval_many import many as of_many
from explorer.bench.retrieval_subsets import subsets
from explorer.bench.retrieval_words import words

DESCRIPTION = (
    "HNSW beside hnswlib at recall@10 of .95, 100,000 vectors of 384 (some minutes; count=NUMBER for fewer), BM25 "
    "beside bm25s, MiniLM beside sentence-transformers (texts=NUMBER), all subsets of five passages in SmolLM2; "
    "many=1000000: a graph of a million vectors too (a quarter of an hour or more)"
)


def run(report: Report, count: int = 100_000, texts: int = 256, many: int = 0) -> None:
    """Add times, speeds at equal results, and whether the targets are kept. A `count` of 0 leaves the graphs out."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        words(report)
        embedding(report, texts)
        subsets(report)
        if count:
            index(report, count)
        if many:
            of_many(report, many)
    finally:
        torch.set_num_threads(threads)
