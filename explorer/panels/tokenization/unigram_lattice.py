"""Unigram lattice: all ways to cut a text, the likeliest, some drawn at random, and how it is learned."""

from __future__ import annotations

from explorer.corpora.catalogue import SOURCES
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="unigram_lattice",
    title="Unigram lattice",
    chapter="tokenization",
    order=40,
    about="This tokenizer gives each token a probability. See every way to cut a text, and the likeliest.",
    also=("sentencepiece", "viterbi", "subword regularization", "expectation maximization", "kudo", "t5", "xlm-r"),
    requires=(),
    controls=(
        Control(
            "vocabulary",
            "Vocabulary",
            "Whose tokens and probabilities cut the text.",
            "trained",
            choices=(("trained", "Trained here"), ("xlmr", "Nomic Embed v2 (XLM-R’s pieces)")),
        ),
        Control("typed", "", "The text that is cut; edit it to use your own.", "unbelievable", longest=40),
        Control(
            "passage",
            "Passage",
            "The text that the vocabulary is trained on.",
            "all",
            choices=(("all", "All six kinds"), *((each.kind, each.title) for each in SOURCES.values())),
        ),
        Control("size", "Tokens", "Tokens of the vocabulary that is trained.", 1000, range=(None, 4000), step=50),
        Control(
            "alpha",
            "α",
            "Each cut is drawn with its probability raised to this power.",
            0.3,
            range=(0.0, 1.5),
            step=0.05,
        ),
        Control("seed", "Seed", "The seed of the draws.", 1, range=(0, 999_999)),
    ),
    views=(
        View(
            "lattice",
            "Every way to cut it, and the likeliest",
            "The tokens that fit a text form a lattice. A path from left to right is one way to cut the text; its "
            "probability is the product of its tokens’ probabilities. Viterbi’s algorithm finds the best path without "
            "listing all.",
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
            "Subword regularization trains a model on random cuts. Each cut is drawn with its probability raised to "
            "the power α: at α = 1 by its probability, near α = 0 all cuts are equally likely.",
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
            "The training begins with every piece that occurs twice in the passage. Each round counts how often all "
            "cuts use a piece and makes this share its probability. Each pruning removes the pieces whose loss costs "
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
