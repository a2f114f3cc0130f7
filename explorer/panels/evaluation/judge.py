"""Judge: the model asked which of two answers is better, in both orders, on pairs with known truth."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="judge",
    title="Judge",
    chapter="evaluation",
    order=80,
    about="The model is asked which of two answers is better. Does its verdict stay when they change places?",
    also=("llm as a judge", "position bias", "mt-bench", "pairwise", "agreement"),
    requires=("decoder",),
    controls=(
        Control("pairs", "Pairs of each kind", "More pairs narrow the intervals.", 8, choices=(4, 8, 24)),
        Control(
            "marks",
            "Places are called",
            "What the judge names: it may prefer a mark itself.",
            "letters",
            choices=(("letters", "A and B"), ("numbers", "1 and 2")),
        ),
    ),
    views=(
        View(
            "orders",
            "Both orders",
            "The log-odds that the judge names the first place, with the right answer there and with the wrong one. "
            "What changes with the order is its preference; what stays is its position bias. Where it names one "
            "place both times, the pair is a tie.",
            controls=("pairs", "marks"),
            provenance=("MEASURED",),
            source=(
                "stack.evaluation.judge:Verdict",
                "stack.evaluation.judge:score",
                "experiments.evaluation.judge:prompt",
                "experiments.evaluation.judge:judged",
            ),
            heavy=True,
        ),
    ),
)
