"""Recall of five searches, with intervals, and each question beside what the model made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.context.rewriting import WAYS, Rewritten
from explorer.figures.payload import Payload
from explorer.stack.evaluation.paired_tests import flips, mcnemar
from explorer.stack.evaluation.standard_errors import wilson

#: Where recall is cut off.
K = 10
#: What each rewritten search is compared with.
PAIRS = (("dense", "hyde"), ("dense", "both"), ("words", "more words"))


@dataclass(frozen=True, kw_only=True)
class RewrittenRecall:
    way: str
    recall: float
    low: float
    high: float
    mrr: float


@dataclass(frozen=True, kw_only=True)
class RewrittenApart:
    one: str
    other: str
    only_one: int
    only_other: int
    p: float
    """McNemar's, exact."""


@dataclass(frozen=True, kw_only=True)
class MetricsRewriting(Payload):
    asked: int
    texts: list[str]
    titles: list[str]
    passages: list[str]
    ways: list[RewrittenRecall]
    ranks: Int[Tensor, "way question"]
    """0 where the list lacks the known article."""
    apart: list[RewrittenApart]


def rewriting(made: Rewritten, count: int) -> MetricsRewriting:
    n = len(made.questions)
    hits = torch.from_numpy(made.ranks <= K).float()
    ways = []
    for row, way in enumerate(WAYS):
        around = wilson(int(hits[row].sum()), n)
        mrr = float((1 / made.ranks[row]).mean())
        ways.append(RewrittenRecall(way=way, recall=around.mean, low=around.low, high=around.high, mrr=mrr))
    apart = []
    for one, other in PAIRS:
        flipped = flips(hits[WAYS.index(one)], hits[WAYS.index(other)])
        b, c = flipped.only_first, flipped.only_second
        apart.append(RewrittenApart(one=one, other=other, only_one=b, only_other=c, p=mcnemar(b, c)))
    return MetricsRewriting(
        asked=count,
        texts=[each.text for each in made.questions],
        titles=list(made.titles),
        passages=list(made.passages),
        ways=ways,
        ranks=torch.from_numpy(np.where(np.isfinite(made.ranks), made.ranks, 0).astype(np.int64)),
        apart=apart,
    )
