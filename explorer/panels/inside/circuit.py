"""Circuit: the few heads and MLPs that do a task, pruned by an estimate and held to what they do alone."""

from __future__ import annotations

from explorer.corpora.prompt_pairs import TASKS
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="circuit",
    title="Circuit",
    chapter="inside",
    order=4,
    about="The few heads and MLPs that do a task: drawn, pruned, and tested alone.",
    also=("faithfulness", "completeness", "minimality", "ACDC", "EAP", "IOI", "induction"),
    requires=("decoder",),
    controls=(
        Control("task", "Task", "What the circuit does.", "ioi", choices=tuple(TASKS.items())),
        Control("item", "Example", "Another draw of the task’s words; 0 is the best-known one.", 0, range=(0, 99)),
        Control(
            "kept",
            "Parts kept",
            "The parts with the largest estimates; all others give what they gave in the changed run.",
            24,
            choices=(4, 8, 12, 16, 24, 32, 48, 64, 96, 128),
        ),
        Control(
            "steps",
            "Ranked by",
            "Gradients between the two prompts’ embeddings.",
            5,
            choices=((1, "1 gradient"), (5, "5 gradients")),
        ),
    ),
    views=(
        View(
            "graph",
            "What so few parts do alone",
            "The drawn parts keep the clean prompt’s activations, and all others take the changed prompt’s. A graph "
            "found by estimates is a guess: the curve says how much of the answer it carries alone, and how much is "
            "left without it.",
            controls=("task", "item", "kept", "steps"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.frontier.circuits:alone",
                "stack.frontier.circuits:ranked",
                "stack.frontier.edges:edge_scores",
            ),
            heavy=True,
        ),
    ),
)
