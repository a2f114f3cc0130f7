"""Chunking: one document in passages by each way, what a question finds, and what is never read."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="chunking",
    title="Chunking",
    chapter="context",
    order=15,
    about="One document cut into passages in five ways: what a question finds in each, and what the model never reads.",
    also=("chunk", "chunk size", "overlap", "text splitter", "RAG", "truncation", "max_seq_length"),
    requires=("companion:minilm-l6",),
    controls=(
        Control(
            "document",
            "Document",
            "What is cut.",
            "volcanoes",
            choices=(("volcanoes", "Volcanoes, seven articles"), ("longest", "Cro-Magnon"), ("own", "Your own")),
        ),
        Control("own", "Your document", "A text; headings begin with #.", "", longest=20_000, private=True),
        Control(
            "question", "Question", "What is searched for.", "What is molten rock called on the surface?", longest=300
        ),
        Control(
            "way",
            "Shown",
            "Whose passages are drawn in the document.",
            "tokens",
            choices=(
                ("whole", "Whole"),
                ("tokens", "Tokens"),
                ("sentences", "Sentences"),
                ("recursive", "Recursive"),
                ("headings", "Headings"),
            ),
        ),
        Control("size", "Size", "Word pieces of a passage at most.", 64, choices=(24, 48, 64, 96, 192, 256, 512)),
        Control("overlap", "Overlap", "Word pieces of a passage that the next begins with.", 0, choices=(0, 8, 16, 32)),
    ),
    views=(
        View(
            "ways",
            "Five ways to cut",
            "MiniLM makes one vector of a chunk, whatever it holds, and reads 256 word pieces of it. Small chunks "
            "match a question more closely; those that end inside a sentence lose what it says. What is not read "
            "cannot be found.",
            controls=("document", "own", "question", "size", "overlap", "way"),
            in_page=("way",),
            provenance=("MEASURED",),
            source=(
                "stack.context.chunking:chunked",
                "stack.context.chunking:sections",
                "experiments.context.embedding:embedded",
            ),
            heavy=True,
        ),
    ),
)
