"""Calibration: how sure the model is of the next token, and how often it is right."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="calibration",
    title="Calibration",
    chapter="evaluation",
    order=60,
    about="Whether the model is right as often as its probabilities say.",
    also=("ece", "reliability", "temperature scaling", "confidence", "selective prediction"),
    requires=("decoder",),
    controls=(
        Control(
            "bins", "Bins", "Into how many bins of equal width the confidences go.", 15, choices=(5, 10, 15, 20, 30)
        ),
        Control(
            "edge",
            "A bin holds its",
            "Where a confidence on an edge belongs: torchmetrics takes the right edge, numpy’s histogram the left.",
            "right",
            choices=(("right", "right edge"), ("left", "left edge")),
        ),
        Control(
            "scaled",
            "Temperature",
            "Whether the logits are divided by the temperature that was fitted on other texts.",
            "no",
            choices=(("no", "1"), ("yes", "fitted")),
        ),
        Control(
            "excerpts",
            "Excerpts of each kind",
            "More excerpts narrow what is said and take longer.",
            2,
            choices=(1, 2, 4),
        ),
    ),
    views=(
        View(
            "reliability",
            "Confidence against accuracy",
            "The model predicts each next token of texts of six kinds. The chart puts its predictions into bins by the "
            "probability of the likeliest token. On the diagonal the model is right as often as it says.",
            controls=("bins", "edge", "scaled", "excerpts"),
            compares="weights",
            in_page=("bins", "edge", "scaled"),
            provenance=("MEASURED",),
            source=(
                "stack.evaluation.calibration:reliability",
                "stack.evaluation.calibration:fitted_temperature",
                "stack.evaluation.calibration:selective",
                "experiments.evaluation.calibration:predictions",
            ),
            heavy=True,
        ),
    ),
)
