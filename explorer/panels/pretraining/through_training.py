"""Through training: one run's checkpoints under a slider."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

#: Those that the run has kept: powers of two, from 64 on of its root.
STEPS = (0, *(2**power for power in range(6)), *(round(2 ** (power / 2)) for power in range(12, 22)))

PANEL = Panel(
    name="through_training",
    title="Through training",
    chapter="pretraining",
    order=90,
    about="What does a model learn first? One run's 18 checkpoints: its n-grams, its heads, its matrices.",
    also=(
        "checkpoints",
        "training dynamics",
        "induction head",
        "phase change",
        "n-gram",
        "bigram",
        "pythia",
        "in-context learning",
        "singular values",
        "pca",
    ),
    requires=(),
    controls=(
        Control("step", "Steps done", "The checkpoint that is shown.", 1448, choices=STEPS),
        Control("text", "Text", "What every checkpoint continues; empty: the run’s text.", longest=400),
        Control(
            "matrix",
            "Matrix",
            "Whose singular values are drawn.",
            "q",
            choices=(
                ("q", "W_Q, query"),
                ("k", "W_K, key"),
                ("v", "W_V, value"),
                ("o", "W_O, attention’s output"),
                ("gate", "W_gate"),
                ("in", "W_in"),
                ("out", "W_out"),
                ("embed", "W_E, embedding"),
            ),
        ),
        Control("block", "Block", "Of the matrix; the embedding lies before all blocks.", 1, choices=(0, 1, 2)),
    ),
    views=(
        View(
            "course",
            "The loss, and the induction score of the heads",
            "The loss of the run above the induction score of its heads, over the steps. An induction head looks at "
            "the token that followed the last time. The log comes with the weights; the scores are measured here.",
            provenance=("RECORDED", "MEASURED"),
            source=(
                "experiments.pretraining.through_training:induction_of",
                "stack.pretraining.batches:again",
                "training.kept:Keep",
            ),
            heavy=True,
        ),
        View(
            "next_token",
            "The next token of one text, at each checkpoint",
            "Every checkpoint reads the text and says the next token. Below: how far its distribution is from what "
            "counting tokens, pairs and triples of the training text would say there.",
            controls=("text",),
            requires=("run",),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "experiments.pretraining.through_training:said",
                "stack.pretraining.data.token_grams:TokenGrams",
            ),
            heavy=True,
        ),
        View(
            "ngrams",
            "Which n-gram the model imitates",
            "The distance of each checkpoint from the unigram, bigram and trigram models of its training text, mean "
            "over contexts of text held out; and its loss there beside theirs.",
            provenance=("MEASURED",),
            source=(
                "experiments.pretraining.through_training:divergence",
                "stack.pretraining.data.token_grams:TokenGrams",
            ),
            heavy=True,
        ),
        View(
            "heads",
            "What each head looks at, at each checkpoint",
            "The mean weight of each head on the token that followed last time (induction), on the previous token, and "
            "on the first token of the text.",
            provenance=("MEASURED",),
            source=("experiments.pretraining.through_training:roles",),
            heavy=True,
        ),
        View(
            "embeddings",
            "The embeddings on two fixed directions",
            "The 400 most frequent tokens on the two directions in which their embeddings differ most at the end of "
            "the run. The axes are the same at every checkpoint.",
            provenance=("MEASURED",),
            source=("experiments.pretraining.trained_matrices:mapped",),
            heavy=True,
        ),
        View(
            "spectrum",
            "The singular values of a matrix",
            "A matrix begins as noise. The singular values that leave the bulk are the directions that training writes "
            "into it.",
            controls=("matrix", "block"),
            provenance=("MEASURED",),
            source=("experiments.pretraining.trained_matrices:spectrum",),
            heavy=True,
        ),
    ),
)
