"""Emergence: exact match and token likelihood of the same answers, as the models of a sweep learn."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

_DRILL = Control(
    "drill",
    "Drill",
    "What is asked.",
    "copy",
    choices=(
        ("copy", "copy", "Eight digits, again."),
        ("back", "turn round", "Six digits, the last one first."),
        ("code", "code", "Eight digits that belong to a number, to be learned by heart."),
        ("sum", "sum", "Two numbers below 100, added."),
    ),
)

PANEL = Panel(
    name="emergence",
    title="Emergence",
    chapter="pretraining",
    order=84,
    about="Does an ability appear at once, or does the metric jump? The same answers by exact match and by likelihood.",
    also=("emergent abilities", "exact match", "phase change", "mirage", "metric", "grokking", "scaling"),
    requires=(),
    controls=(
        _DRILL,
        Control(
            "by",
            "Over",
            "What the models have spent.",
            "tokens",
            choices=(("tokens", "tokens"), ("compute", "compute")),
        ),
    ),
    views=(
        View(
            "metrics",
            "One answer, two metrics",
            "Exact match counts an answer only if every token is right; token likelihood gives part of the credit. "
            "Emergence is a jump in the first. If the second is a slope, the metric made the jump.",
            controls=("drill", "by"),
            in_page=("drill", "by"),
            provenance=("RECORDED", "DERIVED"),
            source=(
                "training.sweep:answered",
                "experiments.pretraining.emergence:sharpest",
                "corpora.drills:asked",
            ),
        ),
        View(
            "length",
            "p to the power of L",
            "If tokens were right independently, exact match of L tokens would be p^L. Each dot is a model on its "
            "way; the lines are p^L. Emergence of long answers follows from p where dots lie on the lines.",
            controls=("drill",),
            in_page=("drill",),
            provenance=("RECORDED", "FORMULA"),
            source=("training.sweep:answered", "experiments.pretraining.emergence:greedy"),
        ),
    ),
)
