"""Scoreboard: this model, its formats, caches, adapters and interventions, and other models on the same items."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="scoreboard",
    title="Scoreboard",
    chapter="evaluation",
    order=88,
    about="This model, its number formats, caches and changes, and other models on the same items: which differ?",
    also=("leaderboard", "benchmark", "accuracy", "holm", "multiple comparisons", "lm-eval", "quantized", "kv cache"),
    requires=("decoder",),
    controls=(
        Control(
            "rows",
            "Rows",
            "What is measured beside this model, with commas between: formats, cache policies, do, adapters, models.",
            "nf4,int3,cache:window:16",
            longest=600,
        ),
        Control(
            "do",
            "Interventions",
            "What is changed inside in the row “do”, as links write it: ablate:3.1 is head L3.H1.",
            "mlp:0",
            longest=200,
        ),
        Control("tasks", "Tasks", "The columns, with commas between.", "copy,induction,agreement", longest=200),
        Control("items", "Items", "The first so many of each task.", 24, choices=(12, 24, 48, 96, 300)),
        Control("cell", "", "The cell whose items are listed: “row.column”.", longest=8),
        Control("sort", "", "The task by which the rows are sorted; “down” behind it: the best first.", "", longest=40),
    ),
    views=(
        View(
            "board",
            "Rows and tasks",
            "Each cell is the accuracy on the same items, with an interval of 95 %. Each further row is compared with "
            "the first, item by item. Of many comparisons some look real by chance: Holm’s adjustment raises their p.",
            controls=("rows", "do", "tasks", "items"),
            compares="weights",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.evaluation.scoreboard:measured",
                "experiments.evaluation.cached_reader:Cached",
                "stack.evaluation.scoring:score",
                "stack.evaluation.standard_errors:wilson",
                "stack.evaluation.paired_tests:mcnemar",
                "stack.evaluation.several_comparisons:holm",
            ),
            heavy=True,
            long=True,
        ),
    ),
)
