"""Vocabulary and embeddings: the tokens there are, and their vectors: neighbours, a map, analogies, untrained ones."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="vocabulary",
    title="Vocabulary and embeddings",
    chapter="embeddings",
    order=20,
    about="Every token of this model and its vector: who stands near whom, what was never trained, what analogies do.",
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
    views=(
        View(
            "search",
            "Find a token",
            "By its text, its bytes or its id. One and the same word has several tokens, with and without a space, "
            "with and without a capital: each has a vector of its own. The one chosen here is what the views below "
            "show.",
            depends=("position",),
            controls=("find", "by", "token"),
            provenance=("MEASURED",),
            requires=("run",),
            source=("figures.embeddings.vocabulary:matches", "zoo.vocabulary:Vocabulary"),
        ),
        View(
            "neighbours",
            "Nearest neighbours",
            "W_E is what enters the first block, W_U what the last stream is compared with. Near in W_E: read alike; "
            "near in W_U: said in the same places.",
            depends=("position",),
            controls=("token",),
            compares="any",
            provenance=("MEASURED", "DERIVED"),
            requires=("run",),
            source=("stack.embeddings.similarity:nearest", "stack.embeddings.similarity:cosines"),
        ),
        View(
            "map",
            "A map of the vocabulary",
            "Each token on the two directions in which rows of W_E differ most. How little of the variance two "
            "directions hold stands beside it: tokens that touch here may be far apart.",
            depends=("position",),
            controls=("token", "scope"),
            provenance=("MEASURED", "DERIVED"),
            requires=("run",),
            source=("stack.embeddings.similarity:principal", "stack.embeddings.similarity:Principal"),
            heavy=True,
        ),
        View(
            "under_trained",
            "Never trained, or hardly",
            "Tokenizer and model were trained on different texts: some tokens the model has hardly ever seen. Their "
            "rows lie where unused rows lie; the check is to ask the model to repeat them.",
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
            "Thirty well-known analogies, all of them counted. Often the nearest row is one of the words that were "
            "put in; the famous results leave those out.",
            controls=("table",),
            provenance=("MEASURED",),
            source=("stack.embeddings.similarity:analogy", "experiments.embeddings.analogies:analogies"),
            heavy=True,
        ),
        View(
            "statistics",
            "What the vocabulary holds",
            "All tokens of this model counted: by what they are made of, by the script of their letters, by length.",
            provenance=("MEASURED",),
            source=("figures.embeddings.vocabulary:class_of", "figures.embeddings.vocabulary:script_of"),
            heavy=True,
        ),
    ),
)
