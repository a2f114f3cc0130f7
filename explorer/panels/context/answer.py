"""Answer: what a model says with passages and without, and which passage caused which word."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="answer",
    title="Answer",
    chapter="context",
    order=30,
    about="An answer out of five passages: which one the model cites, which it attends to, and which caused it.",
    also=("RAG", "retrieval-augmented", "citation", "grounding", "ContextCite", "Shapley", "prompt injection"),
    requires=("decoder",),
    controls=(
        Control(
            "example",
            "Passages",
            "Which passages the model is given.",
            "twice",
            choices=(
                ("twice", "Two of five hold the answer"),
                ("once", "One of five"),
                ("missing", "None of five"),
                ("nothing", "No passage at all"),
                ("retrieved", "Found among 9,497 articles"),
                ("own", "Your own"),
            ),
        ),
        Control("question", "Question", "What the model is asked; empty: the example’s question.", "", longest=300),
        Control("own", "Your passages", "Passages with an empty line between two.", "", longest=6000, private=True),
        Control(
            "retriever",
            "Retriever",
            "What finds the articles.",
            "rrf",
            choices=(
                ("bm25", "BM25"),
                ("dense", "MiniLM"),
                ("rrf", "RRF"),
                ("convex", "Convex"),
                ("mmr", "MMR"),
            ),
        ),
        Control("k", "Articles", "How many of the list are given to the model.", 3, range=(1, 5)),
        Control(
            "change",
            "Change",
            "What is done to the passages before the model reads them.",
            "none",
            choices=(
                ("none", "Nothing"),
                ("reversed", "Reverse the order"),
                ("without", "Take one out"),
                ("contradiction", "Change the answer in them"),
                ("instruction", "Put an instruction in"),
            ),
        ),
        Control("target", "Passage", "The passage that is taken out or changed.", 2, range=(1, 5)),
        Control("token", "", "The token of the answer that the columns explain; empty: the whole answer."),
    ),
    views=(
        View(
            "causes",
            "Cited, attended, caused",
            "The model answers with the passages in its prompt. The view then reads the same answer with every "
            "subset of them, so that what each passage caused, its Shapley value, is exact. A passage can be cited "
            "or attended to without being the cause.",
            controls=("example", "question", "own", "retriever", "k", "change", "target"),
            optional=("companion:minilm-l6",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.context.grounded:ablated",
                "stack.context.attribution:shapley",
                "stack.context.attribution:leave_one_out",
                "stack.context.attribution:contextcite",
                "stack.context.attribution:lasso",
                "stack.context.passage_attention:to_passages",
                "stack.context.abstention:threshold",
            ),
            heavy=True,
        ),
    ),
)
