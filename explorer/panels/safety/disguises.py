"""Disguises: one request in ten forms, and who still sees it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="disguises",
    title="Disguises",
    chapter="safety",
    order=2,
    about="One request in ten forms: do the taught refusal, a probe of the model’s own stream and a guard see it?",
    also=("jailbreak", "base64", "leetspeak", "role play", "red team", "GCG", "adversarial suffix", "robustness"),
    requires=("decoder", "companion:minilm-l6"),
    controls=(
        Control(
            "numbers",
            "Numbers",
            "As recorded of the refusal that the shelf keeps, or measured here, which takes minutes.",
            "recorded",
            choices=(("recorded", "as recorded"), ("here", "measured here")),
        ),
        Control(
            "taught",
            "Model",
            "Whether the model wears the adapter that was taught to refuse; only the default model has one.",
            "yes",
            choices=(("yes", "with refusal taught"), ("no", "as it stands")),
        ),
        Control("asked", "Asked", "Held-out pairs that are asked in each form.", 4, choices=(1, 2, 4, 8, 16)),
        Control(
            "fitted",
            "Fitted on",
            "Pairs of plain requests that probe and guard are fitted to.",
            24,
            choices=(4, 24, 48),
        ),
        Control("searched", "Requests", "Held-out requests that are searched for.", 2, choices=(1, 2, 4, 8, 16)),
        Control("request", "Request", "Which of the pairs is shown.", 0, range=(0, None)),
    ),
    views=(
        View(
            "forms",
            "Ten forms",
            "How often forbidden requests and their harmless twins are refused, and how often a probe of the stream "
            "and a guard in front see them, in each form. Where the model does not understand a form, the disguise has "
            "not won: the harmless twin shows that.",
            controls=("numbers", "taught", "asked", "fitted"),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "corpora.requests.disguises:disguised",
                "stack.safety.answers:judge",
                "stack.safety.linear_probes:logistic",
                "stack.safety.guard:fitted",
                "experiments.safety.requests_kept:run",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "search",
            "A search for a wording",
            "An automatic search rewords each forbidden request until the taught refusal no longer begins. It succeeds "
            "only where the whole answer helps; the twin in the same wording and random words stand beside it, and a "
            "guard in front judges what is found.",
            controls=("numbers", "taught", "searched", "fitted"),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.safety.red_team:greedy",
                "stack.safety.red_team:score_gradient",
                "experiments.safety.red_team:by_words",
                "experiments.safety.red_team:by_templates",
                "stack.safety.answers:judge",
            ),
            heavy=True,
            long=True,
        ),
    ),
)
