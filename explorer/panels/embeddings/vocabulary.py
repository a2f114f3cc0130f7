"""Vocabulary and embeddings: the tokens there are, and their vectors: neighbours, a map, analogies, untrained ones."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="vocabulary",
    title="Vocabulary and embeddings",
    chapter="embeddings",
    order=20,
    about="Every token of this model has a vector. See its neighbours, rows that look unused, and what analogies give.",
    also=(
        "glitch tokens",
        "solidgoldmagikarp",
        "word2vec",
        "cosine similarity",
        "nearest neighbours",
        "tied weights",
        "pca",
        "king queen",
    ),
    requires=("model",),
    controls=(
        Control(
            "find", "Find a token", "What is searched for: a text, bytes in hexadecimal, or an id.", "", longest=200
        ),
        Control(
            "by",
            "Find by",
            "What the search field holds.",
            "text",
            choices=(("text", "Text"), ("bytes", "Bytes"), ("id", "Id")),
        ),
        Control(
            "token", "", "The id of the chosen token; −1 is the token at the selected position.", -1, range=(-1, None)
        ),
        Control(
            "scope",
            "Rows",
            "Which rows of W_E the map shows.",
            "all",
            choices=(("all", "The whole vocabulary"), ("near", "Near the token")),
        ),
        Control(
            "table",
            "Table",
            "Whose rows the analogies add and subtract.",
            "W_E",
            choices=(("W_E", "W_E (input)"), ("W_U", "W_U (output)")),
        ),
    ),
    views=(
        View(
            "search",
            "Find a token",
            "Search by text, bytes or id. One word can have several tokens: with or without a space before it, with or "
            "without a capital. Each has its own vector. The views below show the token that you choose here.",
            depends=("position",),
            controls=("find", "by", "token"),
            provenance=("MEASURED",),
            requires=("run",),
            source=("figures.embeddings.vocabulary:matches", "zoo.vocabulary:Vocabulary"),
        ),
        View(
            "neighbours",
            "Nearest neighbours",
            "A row of W_E enters the first block; the last stream is compared with the rows of W_U. Tokens near each "
            "other in W_E enter the model as similar vectors; tokens near each other in W_U get similar logits.",
            depends=("position",),
            controls=("token",),
            compares="any",
            together=True,  # one run’s neighbours get their cosines in the other run’s table
            provenance=("MEASURED", "DERIVED"),
            requires=("run",),
            source=("stack.embeddings.similarity:nearest", "stack.embeddings.similarity:cosines"),
        ),
        View(
            "map",
            "A map of the vocabulary",
            "Each point is a token, placed by the two directions in which the rows of W_E differ most. Two directions "
            "hold little of the variance (the share is given below), so tokens that touch here may be far apart.",
            depends=("position",),
            controls=("token", "scope"),
            provenance=("MEASURED", "DERIVED"),
            requires=("run",),
            source=("stack.embeddings.similarity:principal", "stack.embeddings.similarity:Principal"),
            heavy=True,
        ),
        View(
            "under_trained",
            "Rows that look unused",
            "A tokenizer can have tokens that hardly occur in the model’s training text. This view lists the tokens "
            "whose rows are most like known unused rows, and asks the model to repeat each of them.",
            provenance=("MEASURED",),
            requires=("decoder",),
            source=(
                "stack.embeddings.under_trained:unused_direction",
                "stack.embeddings.under_trained:closeness",
                "experiments.embeddings.vocabulary:known_unused",
                "experiments.embeddings.vocabulary:repeats",
            ),
            heavy=True,
        ),
        View(
            "analogies",
            "King − man + woman",
            "Thirty well-known analogies, all counted. The nearest row is often one of the three input words; the "
            "famous results leave these out.",
            controls=("table",),
            provenance=("MEASURED",),
            source=("stack.embeddings.similarity:analogy", "experiments.embeddings.analogies:analogies"),
            heavy=True,
        ),
        View(
            "statistics",
            "What the vocabulary holds",
            "All tokens of this model, counted by what they are made of, by script and by length.",
            provenance=("MEASURED",),
            source=("figures.embeddings.vocabulary:class_of", "figures.embeddings.vocabulary:script_of"),
            heavy=True,
        ),
    ),
)
