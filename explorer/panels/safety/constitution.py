"""Constitution: draft, critique and revision under principles, judged, and what the critiques find."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="constitution",
    title="Constitution",
    chapter="safety",
    order=12,
    about="The model criticises its own draft by your principles and writes it anew. Does that make it better?",
    also=("constitutional AI", "RLAIF", "critique", "revision", "kappa", "self-critique", "principles", "DPO"),
    requires=("decoder",),
    controls=(
        Control("request", "Request", "What the model is asked to write.",
                "Write a note to a neighbour who plays loud music at night.", longest=400),
        Control("principles", "Principles", "One a line; three at most.",
                "Be polite and kind.\nBe short: use as few words as you can.", longest=600),
        Control("rule", "Principle", "One that a program can judge as well.", "short",
                choices=(("polite", "Be polite"), ("short", "Be short"), ("calm", "Stay calm"))),
        Control("requests", "Requests", "Each gives a draft and a revision.", 6, choices=(3, 6, 12), range=(1, 12)),
        Control("items", "Questions of each kind", "Animals, colours, sums, opposites.", 4, choices=(2, 4, 12),
                range=(1, 12)),
    ),
    views=(
        View(
            "steps",
            "Draft, critique, revision",
            "Each step with what the model was asked, and the words that a revision changes. A revision may keep the "
            "draft, copy the critique or lose the request: read what it does before its verdict.",
            controls=("request", "principles"),
            compares="weights",
            provenance=("MEASURED",),
            source=("experiments.safety.constitution:criticise", "experiments.safety.constitution:revise",
                    "experiments.safety.constitution:revisions", "stack.safety.constitution:differences"),
            heavy=True,
        ),
        View(
            "pairs",
            "Which is better: the model’s verdict and a rule’s",
            "Draft and revision of each request, judged by the same model in both orders and by a rule. Kappa says "
            "how far the two agree beyond chance.",
            controls=("rule", "requests"),
            compares="weights",
            provenance=("MEASURED",),
            source=("stack.safety.constitution:preferred", "stack.safety.constitution:kappa",
                    "experiments.safety.constitution:verdicts", "stack.evaluation.judge:Verdict"),
            heavy=True,
        ),
        View(
            "trained",
            "Trained on the pairs",
            "DPO on such pairs, as recorded: labelled by the rule, by the model itself, and by a coin. Other requests "
            "are answered before and after, and the rule compares the answers.",
            controls=("rule",),
            provenance=("RECORDED",),
            source=("experiments.safety.constitution_training:trained",
                    "experiments.safety.constitution_training:labelled",
                    "stack.finetuning.preferences.direct:dpo", "stack.safety.constitution:preferred"),
        ),
        View(
            "gap",
            "Telling better from worse, and saying what is wrong",
            "On questions with known answers: does the model answer rightly, prefer the right answer, and name what is "
            "wrong with the wrong one? The right answer is criticised as well, as the twin.",
            controls=("items",),
            compares="weights",
            provenance=("MEASURED",),
            source=("stack.safety.critique_gap:names_it", "stack.safety.critique_gap:gap",
                    "experiments.safety.constitution:three"),
            heavy=True,
        ),
    ),
)  # fmt: skip
