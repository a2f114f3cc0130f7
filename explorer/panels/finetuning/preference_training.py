"""Train on preferences: the same pairs under two losses, before one's eyes."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.preference_choices import BETA, LOSSES, RULES
from explorer.panels.protocol import Panel, View

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
        Control("rule", "Preferred because", "The rule of the pairs.", "correct", choices=RULES),
        Control("one", "First loss", "Of the first training.", "dpo", choices=LOSSES),
        Control("other", "Second loss", "Of the second training. The same loss twice gives the same training twice.",
                "simpo", choices=LOSSES),
        BETA,
        Control("rate", "Learning rate", "Of AdamW.", 0.001, choices=(0.0001, 0.0003, 0.001, 0.003),
                range=(1e-6, 1.0)),
        Control("steps", "Steps", "Of each training.", 12, choices=(6, 12, 24, 48), range=(2, 200)),
        Control("pairs", "Pairs", "That are trained on; half as many are held out.", 8, choices=(4, 8, 16, 32),
                range=(4, 64)),
        Control("ask", "Prompt", "Each policy answers it at every measurement.", "Write 365 in words.", longest=300),
        Control("seed", "Seed", "Draws the adapter’s A, and the order of the pairs.", 0, range=SEEDS),
    ),
    views=(
        View(
            "two",
            "The same preference pairs under two losses",
            "Two adapters begin alike and see the same pairs at each step. A loss asks for a larger margin; the margin "
            "of held-out pairs shows what is reached, the chosen answers’ log-ratio and KL at what cost.",
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
