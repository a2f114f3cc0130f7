"""Metrics: every retriever on a set of questions with known articles, compared with paired tests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.corpora import articles, questions
from explorer.corpora.questions import Question
from explorer.errors import NotApplicableError
from explorer.experiments.context import embedding, retrieving
from explorer.experiments.context import measuring as experiment
from explorer.experiments.context import reranker_measured as again
from explorer.experiments.context import rewriting as rewritten
from explorer.figures.context import measuring as figure
from explorer.figures.context import reranking_measured as reranked_figure
from explorer.figures.context import rewriting as rewriting_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.context import bm25
from explorer.stack.worst import worst
from explorer.zoo.pair_reader import PairReader
from explorer.zoo.text_encoder import TextEncoder

#: Questions whose kept ranks are measured again.
ASKED_AGAIN = 8


def table(scene: Scene) -> Rendered[figure.RetrievalMetrics]:
    count, variant = scene.whole("count"), scene.one_of("variant", bm25.VARIANTS)
    made = experiment.measured(variant, scene.whole("weight") / 100, count, scene.progress)
    if not made.questions:
        raise NotApplicableError(f"No question is about the first {count} articles.", "Take more articles.")
    data = figure.metrics(made, count)
    return Rendered(data, _checks(made, data, count, variant))


def reranked(scene: Scene) -> Rendered[reranked_figure.MetricsReranked]:
    known, made = articles.read(), again.kept()
    asked = questions.of(known)
    data = reranked_figure.reranked(made, asked, [each.title for each in known])
    return Rendered(data, _checks_reranked(scene.companion("rerank-tiny", PairReader), made, asked))


def _checks_reranked(reader: PairReader, made: again.Again, asked: tuple[Question, ...]) -> tuple[Check, ...]:
    some = list(range(0, len(asked), len(asked) // ASKED_AGAIN))[:ASKED_AGAIN]
    scored = again.asked_again(reader, made, some)
    known, first = articles.read(), some[0]
    pairs = [(asked[first].text, known[place].whole) for place in made.places[first][:4]]
    apart = [reader.scores(question, [text]).item() - again.of_transformers(reader, question, text)
             for question, text in pairs]  # fmt: skip
    return (
        Check(
            f"The kept ranks of {len(some)} questions = those by the reranker now",
            float(sum(abs(a - b) for a, b in (each.ranks for each in scored))), 0.0, "places",
        ),
        Check(f"Scores of {len(pairs)} pairs = transformers’ BERT with its head", worst(*map(abs, apart)), 1e-4),
    )  # fmt: skip


def rewriting(scene: Scene) -> Iterator[Rendered[rewriting_figure.MetricsRewriting]]:
    count, encoder = scene.whole("rewritten"), scene.companion("minilm-l6", TextEncoder)
    among, held, made = scene.whole("count"), None, None
    for made in rewritten.rewritten(scene.model, encoder, count, among, scene.ticks("Questions")):
        if held is not None:
            yield Rendered(held)
        held = rewriting_figure.rewriting(made, count)
    if made is None or held is None:
        raise NotApplicableError(f"No question is about the first {among} articles.", "Take more articles.")
    yield Rendered(held, _by_counting(made, among))


def _by_counting(made: rewritten.Rewritten, among: int) -> tuple[Check, ...]:
    """Ranks of the question's own vector from the vectors that are kept, by counting those that are nearer."""
    vectors = embedding.kept().vectors().numpy()[:among]
    asked = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()
    every = list(questions.of(articles.read()))
    off = []
    for at, each in enumerate(made.questions):
        cosines = vectors @ asked[every.index(each)]
        near = int((cosines > cosines[each.article] + 0.004).sum()) + 1
        far = int((cosines > cosines[each.article] - 0.004).sum())
        off.append(float(not near <= made.ranks[0, at] <= max(far, near)))
    return (
        Check(
            "Ranks by the question read now = those by its kept vector, but for cosines as near as rounding",
            sum(off), 0.0, "others",
        ),
    )  # fmt: skip


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
