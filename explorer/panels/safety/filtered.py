"""Filter: the same small model trained with and without the lines that a filter of the training text removes."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="filtered",
    title="Filter",
    chapter="safety",
    order=90,
    about="A list of words removes a topic from the training text. What does a model trained on the rest still know?",
    also=("data filtering", "pre-training filter", "blocklist", "word list", "unlearning", "precision", "recall"),
    requires=(),
    controls=(
        Control("people", "People", "Of each topic, at most.", 30, choices=(8, 20, 30)),
        Control("line", "Your line", "Read by the filter.", "A turkey has the key to the drawer.", longest=200),
    ),
    views=(
        View(
            "twins",
            "What each twin knows",
            "Two models begin alike and take as many steps. One reads the whole text, the other what the "
            "filter leaves. The filter looks for the word “key”; of every second person the text tells the hiding "
            "place in other words too.",
            controls=("people",),
            provenance=("MEASURED",),
            source=(
                "experiments.safety.filtered:known",
                "training.planted:nats",
                "training.planted:left_by_filter",
                "stack.architectures.paired_interval:paired_interval",
            ),
            heavy=True,
        ),
        View(
            "let_through",
            "What the filter let through, and what it took with it",
            "The rule that made the text knows which lines tell a hiding place; the filter knows a list of words. "
            "Lines in other words pass, and harmless lines with a listed word go.",
            controls=("line",),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.toxicity:read",
                "stack.pretraining.data.pipeline:run",
                "experiments.safety.filtered:kind_of",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
