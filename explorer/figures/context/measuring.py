"""A table of retrievers over a set of questions, each question openable, two of them compared by a paired test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora.questions import KINDS
from explorer.experiments.context.measuring import RETRIEVERS, Measured
from explorer.figures.payload import Payload
from explorer.stack.context import measures
from explorer.stack.evaluation.paired_tests import bootstrap, flips, mcnemar
from explorer.stack.evaluation.standard_errors import interval

#: Where recall and nDCG are cut off.
K = 10


@dataclass(frozen=True, kw_only=True)
class RetrieverScores:
    """One retriever on questions of one kind, or on all."""

    retriever: int
    kind: str
    questions: int
    first: float
    """The share of questions whose known article is first."""
    recall: float
    low: float
    high: float
    mrr: float
    ndcg: float


@dataclass(frozen=True, kw_only=True)
class RetrieversApart:
    """Two retrievers on all questions: is the known article among the first ten?"""

    one: int
    other: int
    only_one: int
    only_other: int
    p: float
    """McNemar's, exact."""
    difference: float
    """Of nDCG, the other minus the one."""
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class RetrievalMetrics(Payload):
    retrievers: list[str]
    kinds: list[str]
    texts: list[str]
    kind: list[int]
    """Of each question."""
    titles: list[str]
    """Of each question's known article."""
    ranks: Int[Tensor, "retriever question"]
    """0 where the list lacks it."""
    scores: list[RetrieverScores]
    """All questions first, then kind by kind."""
    apart: list[RetrieversApart]
    articles: int


def metrics(made: Measured, count: int) -> RetrievalMetrics:
    kind = np.array([KINDS.index(q.kind) for q in made.questions])
    rows = [_scores(made, row, "all", np.ones(len(kind), bool)) for row in range(len(RETRIEVERS))]
    for at, name in enumerate(KINDS):
        if (kind == at).any():
            rows += [_scores(made, row, name, kind == at) for row in range(len(RETRIEVERS))]
    pairs = [(a, b) for a in range(len(RETRIEVERS)) for b in range(a + 1, len(RETRIEVERS))]
    return RetrievalMetrics(
        retrievers=list(RETRIEVERS),
        kinds=list(KINDS),
        texts=[q.text for q in made.questions],
        kind=kind.tolist(),
        titles=list(made.titles),
        ranks=torch.from_numpy(np.where(np.isfinite(made.ranks), made.ranks, 0).astype(np.int64)),
        scores=rows,
        apart=[_apart(made, a, b) for a, b in pairs],
        articles=count,
    )


def relevance(rank: float) -> list[float]:
    """Of a list's first passages, with one known article."""
    return [float(place == rank) for place in range(1, K + 1)]


def _each(made: Measured, row: int) -> np.ndarray:
    """nDCG of each question."""
    return np.array([measures.ndcg(relevance(rank), [1.0], K) for rank in made.ranks[row]])


def _scores(made: Measured, row: int, kind: str, chosen: np.ndarray) -> RetrieverScores:
    ranks = made.ranks[row][chosen]
    hits = [measures.recall(relevance(rank), 1, K) for rank in ranks]
    around = interval(torch.tensor(hits, dtype=torch.float64))
    return RetrieverScores(
        retriever=row,
        kind=kind,
        questions=len(ranks),
        first=float((ranks == 1).mean()),
        recall=float(np.mean(hits)),
        low=max(around.low, 0.0),
        high=min(around.high, 1.0),
        mrr=float((1 / ranks).mean()),
        ndcg=float(_each(made, row)[chosen].mean()),
    )


def _apart(made: Measured, one: int, other: int) -> RetrieversApart:
    hits = torch.from_numpy(made.ranks <= K).float()
    flipped = flips(hits[one], hits[other])
    a, b = (torch.from_numpy(_each(made, row)) for row in (one, other))
    drawn = bootstrap(a, b, torch.Generator().manual_seed(0), 2000)
    return RetrieversApart(
        one=one, other=other, only_one=flipped.only_first, only_other=flipped.only_second,
        p=mcnemar(flipped.only_first, flipped.only_second), difference=drawn.mean, low=drawn.low, high=drawn.high,
    )  # fmt: skip
