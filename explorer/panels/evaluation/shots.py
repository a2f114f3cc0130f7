"""Shots: what worked examples in the prompt do to accuracy, and to the loss of each further answer."""

from __future__ import annotations

from explorer.corpora.tasks import shelf
from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="shots",
    title="Shots",
    chapter="evaluation",
    order=40,
    about="Accuracy against the number of worked examples, by their order and draw; the loss of answer after answer.",
    also=("few-shot", "in-context learning", "n-shot", "examples", "order sensitivity"),
    requires=("decoder",),
    controls=(
        Control("task", "Task", "The task whose items are scored.", "facts", choices=shelf.names("multiple_choice")),
        Control("items", "Items", "The first so many of the task.", 48, choices=(12, 24, 48, 96)),
        Control("most", "Most examples", "The longest prompt that is measured.", 4, choices=(1, 2, 4, 8, 16)),
        Control("length", "Examples", "How many stand in one prompt.", 12, choices=(6, 12, 24)),
        Control("sequences", "Prompts", "How many are read, each with other examples.", 8, choices=(2, 4, 8, 16, 32)),
        Control("seed", "Seed", "Draws the examples.", 0, range=SEEDS),
    ),
    views=(
        View(
            "curve",
            "Accuracy by number of examples",
            "The same items behind 0, 1, 2, 4 .. examples. Three draws and one reversed order show how much the choice "
            "of examples moves the number, beside the interval of each point.",
            controls=("task", "items", "most"),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.evaluation.shots:curve",
                "stack.evaluation.few_shot:Shots",
                "stack.evaluation.standard_errors:wilson",
                "stack.evaluation.paired_tests:mcnemar",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "loss",
            "Loss of answer after answer",
            "Examples stand one after another in one prompt. An answer that costs less behind other examples than "
            "behind its own question alone shows in-context learning: the weights are the same.",
            controls=("task", "length", "sequences", "seed"),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.evaluation.shots:sequences",
                "stack.evaluation.scoring:surprises",
                "stack.evaluation.standard_errors:clustered_error",
            ),
            heavy=True,
        ),
    ),
)
