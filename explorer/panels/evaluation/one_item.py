"""One item, opened: each choice's tokens, every rule's winner, and what a changed space does."""

from __future__ import annotations

from explorer.corpora.tasks import shelf
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="one_item",
    title="One item, opened",
    chapter="evaluation",
    order=20,
    about="One item of a benchmark: each choice’s tokens, and which choice wins under which rule.",
    also=(
        "multiple choice",
        "acc_norm",
        "log-likelihood",
        "benchmark",
        "MMLU",
        "HellaSwag",
        "WinoGrande",
        "TruthfulQA",
    ),
    requires=("decoder",),
    controls=(
        Control("task", "Task", "The task whose item is scored.", "facts", choices=shelf.names("multiple_choice")),
        Control("item", "Item", "Its place in the task, counted from 0.", 43, range=(0, None)),
        Control("shots", "Examples", "Worked examples before the item.", 0, range=(0, 8)),
    ),
    views=(
        View(
            "choices",
            "Which choice wins, and why",
            "The model writes nothing: the choice that it finds likeliest after the prompt counts as its answer. "
            "Each further token lowers log p, so tools divide by a choice’s characters, bytes or tokens.",
            controls=("task", "item", "shots"),
            compares="weights",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.evaluation.choices:Choices",
                "stack.evaluation.encoding:pair",
                "stack.evaluation.few_shot:Shots",
                "stack.evaluation.scoring:score",
            ),
            heavy=True,
        ),
    ),
)
