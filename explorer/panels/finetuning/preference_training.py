"""Train on preferences: the same pairs under two losses, before one's eyes."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

_LOSSES = (
    ("dpo", "DPO"), ("cdpo", "cDPO"), ("robust", "robust DPO"), ("ipo", "IPO"), ("hinge", "hinge"), ("kto", "KTO"),
    ("orpo", "ORPO"), ("simpo", "SimPO"),
)  # fmt: skip

PANEL = Panel(
    name="preference_training",
    title="Train on preferences",
    chapter="finetuning",
    order=70,
    about="Two losses learn from the same preference pairs. Held-out log-ratios, margins, KL and answers, as they go.",
    also=("dpo", "ipo", "kto", "orpo", "simpo", "preference optimization", "rlhf", "alignment", "kl",
          "reference model"),
    requires=("model", "decoder"),
    controls=(
        Control(
            "rule", "Preferred because", "The rule of the pairs.", "polite",
            choices=(
                ("polite", "it is polite"), ("short", "it is short"), ("grounded", "it is grounded"),
                ("format", "it is JSON"), ("correct", "it is correct"),
            ),
        ),
        Control("one", "One loss", "Of the first training.", "dpo", choices=_LOSSES),
        Control("other", "The other", "Of the second; the same as the first shows that both are alike.", "simpo",
                choices=_LOSSES),
        Control("beta", "β", "The smaller, the farther from the reference. SimPO’s own is 2.5.", 0.1,
                choices=(0.03, 0.1, 0.3, 1.0), range=(1e-3, 10.0)),
        Control("rate", "Rate", "Of AdamW.", 0.0003, choices=(0.0001, 0.0003, 0.001, 0.003), range=(1e-6, 1.0)),
        Control("steps", "Steps", "Of each training.", 12, choices=(6, 12, 24, 48), range=(2, 200)),
        Control("pairs", "Pairs", "That are trained on; half as many are held out.", 8, choices=(4, 8, 16, 32),
                range=(4, 64)),
        Control("ask", "Prompt", "What both are asked on the way.", "Water the plants for Ada tonight.", longest=300),
        Control("seed", "Seed", "Draws the adapter’s A, and the order of the pairs.", 0, range=SEEDS),
    ),
    views=(
        View(
            "two",
            "The same preference pairs under two losses",
            "Two adapters begin alike and see the same pairs at each step. The margin of held-out pairs is what the "
            "losses ask for; the log-ratio of the chosen answers and the KL show what it costs.",
            controls=("rule", "one", "other", "beta", "rate", "steps", "pairs", "ask", "seed"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "experiments.finetuning.preference_runs:trained",
                "experiments.finetuning.preference_runs:kl_a_token",
                "stack.finetuning.preferences.training:Preferred",
            ),
            heavy=True,
            long=True,
        ),
    ),
)  # fmt: skip
