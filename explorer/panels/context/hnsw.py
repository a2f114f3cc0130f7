"""HNSW: one question's walk through a graph of neighbours, and why it missed what it missed."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="hnsw",
    title="HNSW",
    chapter="context",
    order=20,
    about="Nearest neighbours among 9,497 real articles by a walk through a graph: each step, and each miss explained.",
    also=("approximate nearest neighbours", "ANN", "vector index", "hnswlib", "faiss", "vector database", "ef"),
    requires=("companion:minilm-l6",),
    controls=(
        Control("question", "Question", "What is searched for.", "Which animal has a trunk and tusks?", longest=300),
        Control("count", "Articles", "How many are in the graph.", 9497, range=(50, 9497), step=50),
        Control("m", "M", "Links that a new vector gets; twice as many at level 0.", 6, choices=(3, 4, 6, 8, 16)),
        Control("build", "ef of the building", "The list’s length while building.", 32, choices=(8, 16, 32, 64, 128)),
        Control("ef", "ef", "The list’s length while searching.", 10, choices=(10, 12, 16, 24, 32, 64, 128, 256)),
        Control("step", "Step", "Up to where the walk is shown; 0: all of it.", 0, range=(0, 20_000)),
    ),
    views=(
        View(
            "walk",
            "The walk and its misses",
            "The search starts at the top level and always goes on from the nearest node that it has seen. It looks at "
            "a small part of all vectors; a neighbour is missed where no link leads to it in time.",
            controls=("question", "count", "m", "build", "ef"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.context.hnsw_loops:search_level",
                "stack.context.hnsw_loops:choose",
                "stack.context.hnsw_loops:insert",
                "stack.context.hnsw:search",
                "stack.context.hnsw:with_link",
                "stack.embeddings.similarity:principal",
            ),
            heavy=True,
        ),
        View(
            "beside",
            "Beside cells and codes",
            "The same articles and questions, indexed in four ways. A graph computes few distances and takes most "
            "memory; cells (IVF) read a part of all vectors; codes (PQ) take least memory and lose most.",
            controls=("count", "m", "build"),
            requires=(),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.context.inverted_file:InvertedFile.search",
                "stack.context.product_quantization:Quantizer.search",
                "stack.context.product_quantization:reranked",
                "figures.context.index_kinds:planned",
            ),
            heavy=True,
        ),
    ),
)
