"""What ranking the first passages again is worth: measures before and after, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora.questions import KINDS, Question
from explorer.experiments.context.reranker_measured import DEPTH, SHELF, Again
from explorer.figures.payload import Payload
from explorer.stack.context import measures
from explorer.stack.evaluation.paired_tests import bootstrap

K, DRAWS = 10, 2000
#: As the picture names them; "before" is RRF's list.
ORDERS = ("before", "cross", "splade", "likelihood")


@dataclass(frozen=True, kw_only=True)
class OrderScores:
    """One order on the questions of one kind; a rank beyond the first passages counts as none."""

    order: str
    kind: str
    few: bool
    """Whether these are the few questions that the likelihood was measured on."""
    questions: int
    first: float
    recall: float
    mrr: float
    ndcg: float
    difference: float
    """Of nDCG, to the first list on the same questions."""
    low: float
    high: float
    mrr_low: float
    """Of the difference of MRR."""
    mrr_high: float


@dataclass(frozen=True, kw_only=True)
class MetricsReranked(Payload):
    depth: int
    scores: list[OrderScores]
    """All questions first, then kind by kind; then the same of the few."""
    seeds: list[float]
    """The difference of nDCG on all questions with each seed's reranker, the shelf's first."""
    milliseconds: list[float]
    """Of a question, as `ORDERS` has them from the second on."""
    texts: list[str]
    kind: list[str]
    titles: list[str]
    ranks: Int[Tensor, "order question"]
    """0 where the known article is not among the first passages, -1 where nothing was measured."""


def reranked(made: Again, asked: Sequence[Question], titles: Sequence[str]) -> MetricsReranked:
    every, few = list(range(len(asked))), made.few
    likely = dict(zip(few, made.likelihood, strict=True))
    ranks = [made.before, made.ranks[SHELF], made.ranks["splade"], [likely.get(at, -1) for at in every]]
    rows = []
    for kind in ("all", *KINDS):
        chosen = [at for at in every if kind in ("all", asked[at].kind)]
        rows += [_scores(ranks, row, kind, chosen, few=False) for row in range(3)]
    for kind in ("all", *KINDS):
        chosen = [at for at in few if kind in ("all", asked[at].kind)]
        rows += [_scores(ranks, row, kind, chosen, few=True) for row in range(4)]
    crossed = sorted(name for name in made.ranks if name.startswith("cross "))
    before = float(gains(made.before).mean())
    return MetricsReranked(
        depth=DEPTH,
        scores=rows,
        seeds=[float(gains(made.ranks[name]).mean()) - before for name in crossed],
        milliseconds=[made.milliseconds[name] for name in (SHELF, "splade", "likelihood")],
        texts=[each.text for each in asked],
        kind=[each.kind for each in asked],
        titles=[titles[each.article] for each in asked],
        ranks=torch.tensor(ranks),
    )


def gains(ranks: Sequence[int]) -> Tensor:
    """nDCG of each question."""
    rows = [[float(place == rank) for place in range(1, K + 1)] for rank in ranks]
    return torch.tensor([measures.ndcg(row, [1.0], K) for row in rows], dtype=torch.float64)


def _inverse(ranks: Sequence[int]) -> Tensor:
    return torch.tensor([1 / rank if rank else 0.0 for rank in ranks], dtype=torch.float64)


def _scores(ranks: Sequence[Sequence[int]], row: int, kind: str, chosen: Sequence[int], few: bool) -> OrderScores:
    here, before = ([ranks[each][at] for at in chosen] for each in (row, 0))
    drawn = bootstrap(gains(before), gains(here), torch.Generator().manual_seed(0), DRAWS)
    inverse = bootstrap(_inverse(before), _inverse(here), torch.Generator().manual_seed(0), DRAWS)
    return OrderScores(
        order=ORDERS[row],
        kind=kind,
        few=few,
        questions=len(here),
        first=sum(rank == 1 for rank in here) / len(here),
        recall=sum(1 <= rank <= K for rank in here) / len(here),
        mrr=float(_inverse(here).mean()),
        ndcg=float(gains(here).mean()),
        difference=drawn.mean,
        low=drawn.low,
        high=drawn.high,
        mrr_low=inverse.low,
        mrr_high=inverse.high,
    )
