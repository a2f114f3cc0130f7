"""Metrics: every retriever on a set of questions with known articles, compared with paired tests."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="metrics",
    title="Metrics",
    chapter="context",
    order=26,
    about="373 questions with known articles: recall, MRR and nDCG of every retriever, and whether they differ.",
    also=("nDCG", "MRR", "recall@k", "BEIR", "McNemar", "retrieval evaluation", "hit rate"),
    requires=(),
    controls=(
        Control("count", "Articles", "How many are searched.", 9497, range=(100, 9497), step=100),
        Control(
            "variant",
            "BM25",
            "How words are weighed.",
            "lucene",
            choices=(
                ("lucene", "Lucene"),
                ("robertson", "Robertson"),
                ("atire", "ATIRE"),
                ("bm25l", "BM25L"),
                ("bm25+", "BM25+"),
                ("okapi", "rank-bm25"),
            ),
        ),
        Control("weight", "Meaning", "MiniLM’s weight in the convex sum.", 50, range=(0, 100), step=10, unit="%"),
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
    ),
)  # fmt: skip
