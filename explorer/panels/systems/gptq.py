"""GPTQ, step by step: a column rounded, its error pushed into the rest, and what that saves."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="gptq",
    title="GPTQ, step by step",
    chapter="systems",
    order=120,
    about="Columns rounded one after another, each one’s error made up for by those that follow.",
    also=("quantization", "hessian", "act-order", "optimal brain surgeon", "calibration", "int4", "cholesky"),
    requires=("decoder",),
    views=(
        View(
            "steps",
            "A column is rounded, the rest makes up for it",
            "A real matrix of this model and the real algorithm on it: the error of each rounded column is pushed into "
            "the columns still to come, as far as the text’s inputs let them stand in for it, and the loss stays below "
            "that of rounding to nearest.",
            depends=("layer", "expert"),
            controls=("role", "format", "order", "from"),
            provenance=("MEASURED",),
            source=(
                "stack.systems.quantization.gptq:gptq",
                "stack.systems.quantization.gptq:factor",
                "stack.systems.quantization.calibration:Sums",
            ),
            heavy=True,
        ),
        View(
            "hessian",
            "What the inputs say: the Hessian",
            "Where channels rise and fall together, one can make up for another; where a few are far larger than the "
            "rest, their errors cost most, and act-order rounds them first.",
            depends=("layer", "expert"),
            controls=("role",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.calibration:collected",
                "stack.systems.quantization.gptq:damped",
                "stack.systems.quantization.gptq:factor",
            ),
            heavy=True,
        ),
        View(
            "losses",
            "Every matrix: rounding, GPTQ, AWQ",
            "By how much each matrix’s outputs move on the same text when it alone is rounded: GPTQ’s share of "
            "rounding’s loss shows where inputs are correlated enough to help.",
            depends=("layer",),
            controls=("format", "scope"),
            compares="weights",
            provenance=("MEASURED",),
            source=(
                "stack.systems.quantization.gptq:loss",
                "stack.systems.quantization.awq:search",
                "experiments.systems.gptq:losses",
            ),
            heavy=True,
        ),
    ),
)
