"""Metrics: every retriever on a set of questions with known articles, compared with paired tests."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.panels.retrieval_choices import VARIANT, WEIGHT

PANEL = Panel(
    name="metrics",
    title="Metrics",
    chapter="context",
    order=26,
    about="373 questions with known articles: recall, MRR and nDCG of every retriever, and whether they differ.",
    also=("nDCG", "MRR", "recall@k", "BEIR", "McNemar", "retrieval evaluation", "hit rate", "cross-encoder"),
    requires=(),
    controls=(
        Control("count", "Articles", "How many are searched.", 9497, range=(100, 9497), step=100),
        VARIANT,
        WEIGHT,
        Control("rewritten", "Questions", "How many the model rewrites.", 12, choices=(3, 12, 24, 48, 73)),
        Control("kind", "Questions", "Which questions are listed.", "all", choices=(
            ("all", "All"), ("definition", "Definitions"), ("words", "Words of a passage"), ("own words", "Own words"),
        )),
    ),
    views=(
        View(
            "table",
            "Retrievers on known answers",
            "Each question has one article that is known to answer it; a retriever is better the higher it ranks "
            "that one, and MRR and nDCG count that. A retriever that wins on one kind of question may lose on "
            "another, and a small difference may be chance.",
            controls=("count", "variant", "weight"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.context.measures:ndcg",
                "stack.context.measures:recall",
                "stack.context.fusion:reciprocal",
                "stack.evaluation.paired_tests:mcnemar",
                "corpora.questions:of",
            ),
            heavy=True,
        ),
        View(
            "reranked",
            "The first sixteen, ranked again",
            "A cross-encoder reads the question and a passage together, one pair after another, so that it can only "
            "rank again what a list has found. How much that helps differs by kind of question.",
            controls=(),
            requires=("companion:rerank-tiny",),
            provenance=("RECORDED", "DERIVED"),
            source=(
                "stack.context.cross_encoder:CrossEncoder.forward",
                "stack.context.cross_encoder:pair",
                "stack.context.cross_encoder:listwise",
                "corpora.reranking:asked",
                "experiments.context.reranker_measured:run",
            ),
            heavy=True,
        ),
        View(
            "rewriting",
            "Questions rewritten by the model",
            "The model writes a passage that would answer the question, and the search goes by that too (HyDE). "
            "Where the model knows the subject it supplies the words that the question lacks; where it errs it leads "
            "the search away.",
            controls=("rewritten", "count"),
            requires=("decoder", "companion:minilm-l6"),
            provenance=("MEASURED", "DERIVED"),
            source=("stack.context.rewriting:mean_of", "stack.context.rewriting:longer"),
            heavy=True,
            long=True,
        ),
    ),
)  # fmt: skip
