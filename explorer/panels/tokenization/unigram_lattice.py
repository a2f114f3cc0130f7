"""Unigram lattice: all ways to cut a text, the likeliest, some drawn at random, and how it is learned."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="unigram_lattice",
    title="Unigram lattice",
    chapter="tokenization",
    order=40,
    about="A tokenizer that knows a probability for each token: every way to cut a text, and the likeliest.",
    also=("sentencepiece", "viterbi", "subword regularization", "expectation maximization", "kudo", "t5", "xlm-r"),
    requires=(),
    views=(
        View(
            "lattice",
            "Every way to cut it, and the likeliest",
            "The tokens that fit a text form a lattice; a path from left to right is one way to cut it, its "
            "probability the product of its tokens’. Viterbi finds the best without listing all.",
            controls=("vocabulary", "typed", "passage", "size"),
            provenance=("DERIVED",),
            source=(
                "stack.tokenization.unigram_lattice:Lattice",
                "stack.tokenization.unigram_lattice:lattice",
                "stack.tokenization.unigram:best_cuts",
            ),
            heavy=True,
        ),
        View(
            "draws",
            "Cuts drawn at random",
            "Subword regularization trains a model on cuts that are drawn anew each time, each with its probability to "
            "the power α: at 1 as likely as they are, near 0 all alike.",
            controls=("vocabulary", "typed", "passage", "size", "alpha", "seed"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.tokenization.unigram_lattice:Lattice.sample",
                "stack.tokenization.unigram_lattice:Lattice.sums",
            ),
            heavy=True,
        ),
        View(
            "training",
            "How the probabilities are learned",
            "It begins with every stretch that occurs twice in the chosen passage. Each round counts how often a piece "
            "is used over all cuts, and makes that its probability; each pruning takes away the pieces that are missed "
            "least.",
            controls=("passage", "size"),
            provenance=("MEASURED",),
            source=(
                "stack.tokenization.unigram_training:train",
                "stack.tokenization.unigram_training:_round",
                "stack.tokenization.unigram_pruning:pruned",
                "stack.tokenization.unigram_seeds:seeds",
            ),
            heavy=True,
        ),
    ),
)
