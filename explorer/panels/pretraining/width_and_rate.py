"""Width and rate: how the learning rate follows the width, in the standard parametrisation and in muP."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="width_and_rate",
    title="Width and rate",
    chapter="pretraining",
    order=140,
    about="Does a learning rate that is found on a narrow model suit a wide one? muP against the standard.",
    also=(
        "mup", "maximal update parametrization", "tensor programs", "hyperparameter transfer", "coordinate check",
        "learning rate", "width",
    ),
    requires=(),
    controls=(
        Control(
            "exponent", "Rate", "Of Adam, at the base width.", -9,
            choices=((-11, "2⁻¹¹"), (-9, "2⁻⁹"), (-7, "2⁻⁷")),
        ),
        Control("steps", "Steps", "That each decoder takes.", 4, choices=(1, 2, 4, 8)),
    ),
    views=(
        View(
            "coordinates",
            "The coordinate check",
            "Decoders of four widths take the same few steps. muP, the maximal update parametrisation, scales initial "
            "weights, rates, scores and logits by the width, so that what flows changes by as much at any width.",
            controls=("exponent", "steps"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.pretraining.mup:Parametrisation",
                "experiments.pretraining.coordinate_check:moved",
                "experiments.pretraining.coordinate_check:slopes",
            ),
            heavy=True,
        ),
        View(
            "rates",
            "Loss over the learning rate, width by width",
            "Small decoders trained at each width and rate with three seeds, held-out loss after the last step. The "
            "trainings were made once by the recipe that lies beside their losses.",
            provenance=("RECORDED", "DERIVED"),
            source=(
                "experiments.pretraining.width_and_rate:trained",
                "experiments.pretraining.width_and_rate:shape",
                "experiments.pretraining.width_grid:best",
            ),
        ),
    ),
)  # fmt: skip
