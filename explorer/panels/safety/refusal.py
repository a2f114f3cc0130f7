"""Refusal, found: a taught refusal as one direction of the stream, taken out and put in, with placebos beside it."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="refusal",
    title="Refusal, found",
    chapter="safety",
    order=1,
    about="A taught refusal is found as one direction, taken out and put in, beside placebos of the same size.",
    also=("refusal direction", "abliteration", "steering", "difference in means", "probe", "over-refusal"),
    requires=("decoder",),
    controls=(
        Control(
            "taught",
            "Model",
            "Whether the model wears the adapter that was taught to refuse; only the default model has one.",
            "yes",
            choices=(("yes", "with refusal taught"), ("no", "as it stands")),
        ),
        Control("pairs", "Pairs", "Pairs of requests of which means are taken.", 24, choices=(4, 8, 24, 48, 96)),
        Control(
            "layer", "Layer", "Before which block the direction is taken; empty: the selected one.", range=(0, None)
        ),
        Control("token", "Token", "At which of the template’s tokens, from the end.", -1, range=(-5, -1)),
        Control("asked", "Asked", "Held-out pairs that are asked under each condition.", 8, choices=(2, 4, 8, 16, 32)),
        Control("strength", "Strength", "How much of the direction is taken out or added.", 1.0, range=(0.0, 2.0)),
    ),
    views=(
        View(
            "recorded",
            "What was measured",
            "Refusals of all held-out requests before and after the teaching, and with the direction taken out or "
            "added, as recorded. Refused twins are the price of a refusal; a placebo must change nothing.",
            provenance=("RECORDED",),
            source=(
                "experiments.safety.recording:run",
                "experiments.safety.teaching:taught",
                "stack.safety.answers:judge",
            ),
        ),
        View(
            "direction",
            "Where it lies",
            "How far forbidden requests and their harmless twins lie apart along the difference of their means, by "
            "layer and by token of the template. Whether a model has decided to refuse can be read before it says a "
            "word.",
            controls=("taught", "pairs"),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.safety.refusal_direction:differences",
                "stack.safety.refusal_direction:refusal_score",
                "stack.safety.refusal_direction:Candidate",
                "stack.safety.linear_probes:logistic",
                "stack.safety.linear_probes:control",
            ),
            heavy=True,
        ),
        View(
            "effects",
            "Taken out, put in",
            "Refusals of forbidden requests and of their harmless twins with the direction taken out at every writer, "
            "with it added, and with it held at the level of harmless text, beside three placebos of the same size. "
            "Only what placebos do not do is the direction’s own.",
            controls=("taught", "pairs", "layer", "token", "asked", "strength"),
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.safety.direction_edits:Edit",
                "stack.safety.direction_edits:edited",
                "stack.safety.direction_edits:orthogonalised",
                "stack.safety.direction_affine:Affine",
                "stack.safety.direction_placebos:subspace",
                "stack.safety.refusal_direction:exact_kl",
                "stack.safety.answers:judge",
            ),
            heavy=True,
            long=True,
        ),
    ),
)
