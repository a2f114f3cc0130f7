"""Why is my number different?: one model, one item set, and the accuracies that harnesses give for it."""

from __future__ import annotations

from explorer.corpora.tasks import shelf
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="harness_choices",
    title="Why is my number different?",
    chapter="evaluation",
    order=30,
    about="One model and one set of items: the accuracy under each choice of a harness, and the items that change.",
    also=("acc_norm", "few-shot", "reproducible", "leaderboard", "lm-eval", "harness"),
    requires=("decoder",),
    controls=(
        Control("task", "Task", "The task whose items are scored.", "facts", choices=shelf.names("multiple_choice")),
        Control("items", "Items", "The first so many of the task.", 24, choices=(12, 24, 48, 96)),
        Control("shots", "Examples", "Worked examples before each item.", 2, range=(0, 5)),
        Control("cell", "", "The variant and the rule whose changed items are listed: “variant.rule”.", longest=8),
    ),
    views=(
        View(
            "table",
            "One model, many accuracies",
            "Each row changes one thing that a harness or its user chooses, such as the few-shot examples; each column "
            "is a rule for the winner. All cells score the same items with the same model.",
            controls=("task", "items", "shots"),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.evaluation.harness_choices:variants",
                "experiments.evaluation.task_run:Assembled",
                "stack.evaluation.choices:Choices",
                "stack.evaluation.few_shot:Shots",
                "stack.evaluation.standard_errors:wilson",
                "stack.evaluation.choices:mean_error",
            ),
            heavy=True,
            long=True,
        ),
    ),
)
