"""Metrics clinic: defects that real tools had, computed beside the right formula."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="metrics_clinic",
    title="Metrics clinic",
    chapter="evaluation",
    order=90,
    about="Four defects of real evaluation tools, computed beside the right formula.",
    also=("explained variance", "gsm8k", "extraction", "elo", "padding", "sae", "judge", "bug"),
    requires=(),
    controls=(
        Control(
            "shift", "Mean of each coordinate", "How far from zero the vectors lie.", 5.0, range=(0.0, 10.0), step=0.5
        ),
        Control(
            "noise",
            "Reconstruction",
            "What stands in for the vectors.",
            "mean",
            choices=(
                ("mean", "Their mean"),
                ("half", "Noise of half their spread"),
                ("same", "The vectors themselves"),
            ),
        ),
        Control(
            "scales",
            "Lengths",
            "Whether all tokens spread alike.",
            "one",
            choices=(("one", "Alike"), ("two", "Half of them 100 times shorter")),
        ),
        Control("text", "A text of your own", "An answer of which each filter takes a part.", longest=300),
        Control("right", "Right answer", "The number that is right for this text.", "5", longest=24),
        Control("last", "Tokens in the last batch", "The other batches hold 64 tokens each.", 8, range=(1, 64)),
        Control(
            "order",
            "Order of the games",
            "The same ten wins and ten losses.",
            "wins",
            choices=(("wins", "Wins first"), ("losses", "Losses first"), ("turns", "In turns"), ("drawn", "Shuffled")),
        ),
        Control("seed", "Seed", "Shuffles the games.", range=SEEDS, default=0),
    ),
    views=(
        View(
            "variance",
            "Explained variance",
            "How much of some vectors a reconstruction explains, by three formulas. Predicting the mean explains "
            "nothing. One formula in use averages a ratio; another one squares a mean of squares.",
            controls=("shift", "noise", "scales"),
            provenance=("DERIVED",),
            source=("stack.evaluation.explained_variance:explained_variance",),
        ),
        View(
            "filters",
            "The part that counts as the answer",
            "A filter extracts the answer from a text, and only this part is scored. GSM8K’s flexible filter takes "
            "a row of dots for a number. A judgement’s first mark is not always its verdict.",
            controls=("text", "right"),
            provenance=("DERIVED",),
            source=(
                "stack.evaluation.free_answers:flexible",
                "stack.evaluation.free_answers:strict",
                "stack.evaluation.free_answers:number",
                "stack.evaluation.judge:last_mark",
            ),
        ),
        View(
            "denominators",
            "A mean of means",
            "The model reads a text in three batches of 64 tokens and a shorter last one, each by itself. The mean of "
            "the batches’ means counts each token of the last batch more often than the others. A score over the "
            "answered texts only is higher than one over all.",
            controls=("last",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.evaluation.batch_losses:batch_losses",
                "figures.evaluation.metrics_clinic:denominators",
            ),
            heavy=True,
            requires=("decoder",),
        ),
        View(
            "order",
            "Elo’s order",
            "The rating of a player over the same ten wins and ten losses in another order. Elo counts the last games "
            "more. Bradley-Terry fits all games at once, and no order changes it.",
            controls=("order", "seed"),
            provenance=("DERIVED",),
            source=("stack.evaluation.elo:course", "stack.evaluation.bradley_terry:bradley_terry"),
        ),
    ),
)
