"""Disguises: one request in ten forms, and who still sees it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="disguises",
    title="Disguises",
    chapter="safety",
    order=2,
    about="One request in ten forms: does the taught refusal see it, and does a probe of the model’s own stream?",
    also=("jailbreak", "base64", "leetspeak", "role play", "red team", "robustness", "obfuscation"),
    requires=("decoder",),
    controls=(
        Control(
            "taught",
            "Model",
            "Whether the model wears the adapter that was taught to refuse; only the default model has one.",
            "yes",
            choices=(("yes", "with refusal taught"), ("no", "as it stands")),
        ),
        Control("asked", "Asked", "Held-out pairs that are asked in each form.", 4, choices=(1, 2, 4, 8, 16)),
        Control("fitted", "Fitted on", "Pairs of plain requests that the probe is fitted to.", 24, choices=(4, 24, 48)),
        Control("request", "Request", "Which of the asked pairs is shown.", 0, range=(0, None)),
    ),
    views=(
        View(
            "forms",
            "Ten forms",
            "How often forbidden requests and their harmless twins are refused, and how often a probe of the stream "
            "sees them, in each form. Where the model does not understand a form, the disguise has not won: "
            "the harmless twin shows that.",
            controls=("taught", "asked", "fitted"),
            provenance=("MEASURED",),
            source=(
                "corpora.requests.disguises:disguised",
                "stack.safety.answers:judge",
                "stack.safety.linear_probes:logistic",
            ),
            heavy=True,
            long=True,
        ),
    ),
)
