"""Judge: the model asked which of two answers is better, in both orders, on pairs with known truth."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="judge",
    title="Judge",
    chapter="evaluation",
    order=80,
    about="The model says which of two answers is better, in both orders. The difference shows its position bias.",
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
            "Half their difference is the preference between the answers, their mean is the position bias. A "
            "judge that names one place in both orders makes the pair a tie.",
            controls=("pairs", "marks"),
            compares="weights",
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
