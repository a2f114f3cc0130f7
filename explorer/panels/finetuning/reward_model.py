"""Reward model: trained here on pairs of a stated rule; what it gives answers, and what fools it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.preference_choices import RULES
from explorer.panels.protocol import Panel, View

_TRAINED = ("rule", "pairs", "ridge", "centre")
_SOURCE = (
    "stack.finetuning.preferences.reward_model:bradley_terry",
    "stack.finetuning.preferences.reward_model:fitted",
)

PANEL = Panel(
    name="reward_model",
    title="Reward model",
    chapter="finetuning",
    order=80,
    about="What does a reward model reward? One is trained here on pairs of a stated rule, scored and fooled.",
    also=("bradley-terry", "rlhf", "value head", "calibration", "ensemble", "reward hacking", "length bias", "flattery",
          "sycophancy", "preference model"),
    requires=("model", "decoder"),
    controls=(
        Control("rule", "Preferred because", "The rule of the pairs that it is trained on.", "polite", choices=RULES),
        Control("pairs", "Pairs", "That each head is fitted on; half as many others are held out.", 16,
                choices=(8, 16, 32, 64, 128), range=(4, 200)),
        Control("ridge", "Ridge", "Ridge |w|² / 2 is added to the loss: it holds the head’s weights near 0.", 0.01,
                choices=(0.0001, 0.001, 0.01, 0.1, 1.0), range=(1e-6, 100.0)),
        Control("centre", "Centring", "The weight of (r_c + r_r)² in the loss: it holds rewards near 0.", 0.0,
                choices=(0.0, 0.001, 0.01, 0.1), range=(0.0, 10.0)),
        Control("request", "Request", "What is answered.", "Water the plants for Ada tonight.", longest=300),
        Control(
            "answers", "Answers", "One a line, at most four.",
            "Certainly, I will gladly water the plants for Ada tonight.\nOK. I water the plants for Ada tonight.\n"
            "What a wonderful question! OK. I water the plants for Ada tonight.",
            longest=800,
        ),
    ),
    views=(
        View(
            "judged",
            "A reward model on held-out pairs: agreement, calibration, and what fools it",
            "Three heads on this model’s last residual stream, which stays frozen, learn a rule from pairs by the "
            "Bradley-Terry loss. They are judged on held-out pairs, and on answers with flattery or idle words added.",
            controls=_TRAINED,
            provenance=("MEASURED",),
            compares="any",
            source=(*_SOURCE, "experiments.finetuning.rewarding:judged"),
            heavy=True,
        ),
        View(
            "scores",
            "Rewards of your answers, and which tokens move the reward model",
            "Three heads score each answer. Each token in turn is left out, and the answer is scored again.",
            controls=(*_TRAINED, "request", "answers"),
            provenance=("MEASURED",),
            compares="any",
            source=(*_SOURCE, "experiments.finetuning.rewarding:scored"),
            heavy=True,
        ),
    ),
)  # fmt: skip
