"""Metrics: every retriever on a set of questions with known articles, compared with paired tests."""

from __future__ import annotations

import numpy as np

from explorer.errors import NotApplicableError
from explorer.experiments.context import measuring as experiment
from explorer.experiments.context import retrieving
from explorer.figures.context import measuring as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.context import bm25
from explorer.stack.worst import worst


def table(scene: Scene) -> Rendered[figure.RetrievalMetrics]:
    count, variant = scene.whole("count"), scene.one_of("variant", bm25.VARIANTS)
    made = experiment.measured(variant, scene.whole("weight") / 100, count, scene.progress)
    if not made.questions:
        raise NotApplicableError(f"No question is about the first {count} articles.", "Take more articles.")
    data = figure.metrics(made, count)
    return Rendered(data, _checks(made, data, count, variant))


def _checks(
    made: experiment.Measured, data: figure.RetrievalMetrics, count: int, variant: bm25.Variant
) -> tuple[Check, ...]:
    held = retrieving.library(count)
    apart = []
    for at, question in list(enumerate(made.questions))[:: max(1, len(made.questions) // 12)]:
        rank, top = made.ranks[0][at], made.tops[0][at]
        if top < 0 or not np.isfinite(rank):
            continue
        first, known = retrieving.counted(held, bm25.words(question.text), [top, question.article], variant)
        apart.append(float(first < known - 1e-9) + float((rank == 1) != (top == question.article)))
    ranks = made.ranks
    # With one relevant passage nDCG is 1 / log2(1 + rank) within the first ten: no sorting, no sums.
    plain = np.where(ranks <= figure.K, 1 / np.log2(1 + ranks), 0).mean(1)
    return (
        Check(
            f"In {len(apart)} questions words counted in the texts rank BM25’s first no lower than the known one",
            float(sum(apart)), 0.0, "exceptions",
        ),
        Check(
            "nDCG by the definition = 1 / log2(1 + rank) of the one known article",
            worst(abs(each.ndcg - float(plain[each.retriever])) for each in data.scores if each.kind == "all"), 1e-9,
        ),
    )  # fmt: skip
