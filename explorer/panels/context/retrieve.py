"""Retrieve: one question, the lists of every retriever side by side, each score taken apart."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.panels.retrieval_choices import VARIANT, WEIGHT

PANEL = Panel(
    name="retrieve",
    title="Retrieve",
    chapter="context",
    order=10,
    about="A question and 9,497 articles: what a search by words finds, what one by meaning finds, and both fused.",
    also=(
        "BM25",
        "dense retrieval",
        "hybrid search",
        "RRF",
        "MMR",
        "rank fusion",
        "semantic search",
        "RAG",
        "SPLADE",
        "rerank",
    ),
    requires=("companion:minilm-l6",),
    controls=(
        Control(
            "question", "Question", "What is searched for.", "How do plants make food out of sunshine?", longest=300
        ),
        Control(
            "source",
            "Search in",
            "Which passages are searched.",
            "articles",
            choices=(("articles", "Wikipedia’s articles"), ("own", "Your own"), ("files", "Your files")),
        ),
        Control(
            "own", "Your documents", "Documents with a line of --- between two.", "", longest=200_000, private=True
        ),
        Control("documents", "Your files", "The files that are kept, by name.", "", longest=4000, private=True),
        VARIANT,
        WEIGHT,
        Control("trade", "Relevance", "Its part in maximal marginal relevance.", 70, range=(0, 100), step=10, unit="%"),
        Control("title", "Title holds", "Only passages whose title holds this are searched.", "", longest=60),
        Control("passage", "", "The passage whose scores are taken apart.", 0, range=(0, 999)),
        Control("candidate", "", "The passage, ranked again, that is taken apart; 0: the likeliest.", 0, range=(0, 16)),
    ),
    views=(
        View(
            "lists",
            "Every retriever’s list",
            "Each column is one retriever’s ranking of the same passages. BM25 needs the question’s own words; MiniLM "
            "compares meanings and may miss a rare name. Choose a passage to see why it stands where it does.",
            controls=("question", "source", "own", "documents", "variant", "weight", "trade", "title"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.context.bm25:by_word",
                "stack.context.bm25:saturated",
                "stack.context.fusion:reciprocal",
                "stack.context.fusion:convex",
                "stack.context.fusion:diverse",
                "stack.transformer.encoder:mean_pooled",
                "stack.context.document_store:Store",
            ),
            heavy=True,
        ),
        View(
            "again",
            "The first sixteen, ranked again",
            "A slower look at few passages. SPLADE gives a text weights for words, also for words that it lacks. A "
            "cross-encoder reads question and passage together. The model on this page says how likely each passage "
            "makes the question, token by token. The panel Metrics has what each is worth.",
            controls=("question", "source", "own", "documents", "variant", "weight", "title", "candidate"),
            in_page=("candidate",),
            requires=("decoder", "companion:minilm-l6", "companion:splade-tiny", "companion:rerank-tiny"),
            provenance=("MEASURED",),
            source=(
                "stack.context.splade:word_weights",
                "stack.context.splade:shared",
                "stack.context.cross_encoder:CrossEncoder.forward",
                "stack.context.query_likelihood:likelihoods",
                "experiments.context.reranking:prompted",
            ),
            heavy=True,
        ),
    ),
)
