"""HNSW against hnswlib, BM25 against bm25s: speed at equal results."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from explorer.bench import Peer, Report
from explorer.corpora import articles, questions
from explorer.experiments.context import embedding
from explorer.stack.context import bm25, hnsw

DESCRIPTION = "retrieval: HNSW and hnswlib, BM25 and bm25s; vectors=NUMBER"
HNSWLIB = Peer("hnswlib", "hnswlib", "pip install hnswlib")
BM25S = Peer("bm25s", "bm25s", "pip install bm25s")
M, BUILD, LENGTHS = 16, 100, (10, 16, 24, 32, 48, 64, 96, 128, 192, 256)


def run(report: Report, vectors: int = 9497) -> None:
    """`vectors`: how many are in the graph; beyond the articles' own they are drawn around those."""
    x, queries = _vectors(vectors)
    true = hnsw.exact(x, queries)
    _searched(report, x, queries, true)
    _words(report)


def _vectors(count: int) -> tuple[np.ndarray, np.ndarray]:
    own = embedding.kept().vectors().numpy()
    draw = np.random.default_rng(0)
    more = own[draw.integers(0, len(own), max(0, count - len(own)))]
    more = more + 0.03 * draw.standard_normal(more.shape).astype(np.float32)
    x = np.concatenate([own, more])[:count].astype(np.float32)
    asked = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()
    return x / np.linalg.norm(x, axis=1, keepdims=True), asked


def _searched(report: Report, x: np.ndarray, queries: np.ndarray, true: np.ndarray) -> None:
    hnsw.search(hnsw.built(x[:50]), queries[0])  # compiled before it is timed
    start = time.perf_counter()
    graph = hnsw.built(x, M, BUILD)
    _row(report, x, "explorer", time.perf_counter() - start, true, lambda ef: hnsw.search_all(graph, queries, 10, ef))
    theirs = report.peer(HNSWLIB)
    if theirs is None:
        return
    index = theirs.Index("ip", x.shape[1])
    index.init_index(len(x), M=M, ef_construction=BUILD)
    start = time.perf_counter()
    index.add_items(x, num_threads=1)
    seconds = time.perf_counter() - start

    def found(ef: int) -> np.ndarray:
        index.set_ef(ef)
        return index.knn_query(queries, 10, num_threads=1)[0]

    _row(report, x, "hnswlib", seconds, true, found)


def _row(
    report: Report, x: np.ndarray, subject: str, seconds: float, true: np.ndarray, found: Callable[[int], np.ndarray]
) -> None:
    """Build time, and queries a second with the shortest list that finds 95 % of the nearest ten."""
    case = f"HNSW, {len(x):,} vectors of {x.shape[1]}, one thread"
    report.add(f"{case}: build", subject, seconds, "s")
    for ef in LENGTHS:
        recall = float(hnsw.recall(found(ef), true).mean())
        if recall >= 0.95 or ef == LENGTHS[-1]:
            best = min(_timed(lambda ef=ef: found(ef)) for _ in range(5))
            report.add(f"{case}: recall@10 at ef {ef}", subject, recall, "share")
            report.add(f"{case}: queries, recall@10 of .95", subject, len(true) / best, "queries/s")
            return


def _words(report: Report) -> None:
    texts = [bm25.words(each.whole) for each in articles.read()]
    asked = [bm25.words(each.text) for each in questions.of(articles.read())]
    case = f"BM25 (Lucene), {len(texts):,} articles"
    start = time.perf_counter()
    index = bm25.indexed(texts)
    report.add(f"{case}: index", "explorer", time.perf_counter() - start, "s")
    best = min(_timed(lambda: [bm25.scores(index, each) for each in asked]) for _ in range(5))
    report.add(f"{case}: queries", "explorer", len(asked) / best, "queries/s")
    theirs = report.peer(BM25S)
    if theirs is None:
        return
    start = time.perf_counter()
    peer = theirs.BM25(method="lucene", k1=bm25.K1, b=bm25.B)
    peer.index(texts, show_progress=False)
    report.add(f"{case}: index", "bm25s", time.perf_counter() - start, "s")
    best = min(_timed(lambda: [peer.get_scores(each) for each in asked]) for _ in range(5))
    report.add(f"{case}: queries", "bm25s", len(asked) / best, "queries/s")


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
