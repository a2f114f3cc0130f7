"""BM25 beside bm25s and rank-bm25: the index of all articles, and the set's questions, on one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.bench import Peer, Report
from explorer.corpora import articles, questions
from explorer.stack.context import bm25
from explorer.stack.context.bm25_weights import Weights
from explorer.stack.worst import worst

BM25S = Peer("bm25s", "bm25s", "pip install bm25s")
RANK_BM25 = Peer("rank-bm25", "rank_bm25", "pip install rank-bm25")
#: Questions that rank-bm25 gets: it counts every word in every article anew.
FEW = 20


def words(report: Report) -> None:
    """Add seconds of indexing, queries a second of each, and how far the scores are apart."""
    known = articles.read()
    texts = [bm25.words(each.whole) for each in known]
    asked = [bm25.words(each.text) for each in questions.of(known)]
    case = f"BM25 (Lucene), {len(texts):,} articles"
    Weights.of(bm25.indexed(texts[:2])).scores(asked[0])  # the machine code, compiled or read from disk
    seconds, weights = _timed(lambda: Weights.of(bm25.indexed(texts)))
    report.add(f"{case}: index", "explorer", seconds, "s")
    acts: dict[str, Callable[[], Any]] = {"explorer": lambda: [weights.scores(each) for each in asked]}
    if (package := report.peer(BM25S)) is not None:
        theirs = package.BM25(method="lucene", k1=bm25.K1, b=bm25.B)
        seconds, _ = _timed(lambda: theirs.index(texts, show_progress=False))
        report.add(f"{case}: index", "bm25s", seconds, "s")
        acts["bm25s"] = lambda: [theirs.get_scores(each) for each in asked]
        apart = worst(*(float(np.abs(weights.scores(each) - theirs.get_scores(each)).max()) for each in asked[:FEW]))
        report.add(f"{case}: largest difference from bm25s's scores", "explorer", apart, "score")
    medians = report.time(f"{case}: {len(asked)} questions", acts)
    for subject, milliseconds in medians.items():
        report.add(f"{case}: questions a second", subject, 1e3 * len(asked) / milliseconds, "1/s")
    if "bm25s" in medians:
        speed = medians["bm25s"] / medians["explorer"]
        report.judge("questions a second, of bm25s's, at least", speed, "1", speed >= 1)
    if (package := report.peer(RANK_BM25)) is not None:
        okapi_weights = Weights.of(weights.index, "okapi")
        okapi = package.BM25Okapi(texts, k1=bm25.K1, b=bm25.B)
        few = report.time(
            f"BM25 (rank-bm25's Okapi), {FEW} questions",
            {
                "explorer": lambda: [okapi_weights.scores(each) for each in asked[:FEW]],
                "rank-bm25": lambda: [okapi.get_scores(each) for each in asked[:FEW]],
            },
            rounds=5,
        )
        report.add("BM25: speed, of rank-bm25's", "explorer", few["rank-bm25"] / few["explorer"], "times")


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    made = act()
    return time.perf_counter() - start, made
