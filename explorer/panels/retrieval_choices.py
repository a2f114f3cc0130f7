"""What the panels on retrieval let a person set alike."""

from __future__ import annotations

from explorer.panels.controls import Control

#: The variants of `stack.context.bm25`.
VARIANT = Control(
    "variant", "BM25", "How words are weighed.", "lucene",
    choices=(
        ("lucene", "Lucene"), ("robertson", "Robertson"), ("atire", "ATIRE"), ("bm25l", "BM25L"), ("bm25+", "BM25+"),
        ("okapi", "rank-bm25"),
    ),
)  # fmt: skip
WEIGHT = Control("weight", "Meaning", "MiniLM’s weight in the convex sum.", 50, range=(0, 100), step=10, unit="%")
