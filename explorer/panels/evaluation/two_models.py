"""Two models: the same items, the ones that flip, and whether the difference is more than chance."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="two_models",
    title="Two models",
    chapter="evaluation",
    order=50,
    about="The model against itself in fewer bits or with a part removed, or another model: the items that flip.",
    also=("mcnemar", "bootstrap", "significance", "paired test", "clustered standard errors", "compare"),
    requires=("decoder",),
    controls=(
        Control(
            "second",
            "The second",
            "What stands against this model. A run that is put beside this one takes its place.",
            "int3",
            choices=(
                ("nf4", "In NF4"),
                ("int4", "In INT4"),
                ("int3", "In INT3"),
                ("int2", "In INT2"),
                ("do", "Changed inside"),
            ),
        ),
        Control(
            "do",
            "Interventions",
            "What is changed inside, as links write it, with commas between: ablate:3.1 is head L3.H1.",
            "mlp:0",
            longest=200,
        ),
        Control("items", "Items", "How many items both read.", 120, choices=(24, 60, 120, 264)),
    ),
    views=(
        View(
            "flips",
            "Which items flip",
            "Both read beginnings of sentences, where a noun of the other number stands nearer, and prefer one of two "
            "verbs. Only items that one gets right and the other does not can tell which is better.",
            controls=("second", "do", "items"),
            compares="weights",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.evaluation.paired_tests:flips",
                "stack.evaluation.paired_tests:mcnemar",
                "stack.evaluation.paired_tests:bootstrap",
                "stack.evaluation.paired_tests:items_needed",
                "stack.evaluation.standard_errors:clustered_error",
                "corpora.minimal_pairs:agreement",
            ),
            heavy=True,
        ),
    ),
)
