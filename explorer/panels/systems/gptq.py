"""GPTQ, step by step: a column rounded, its error pushed into the rest, and what that saves."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="gptq",
    title="GPTQ, step by step",
    chapter="systems",
    order=120,
    about="Columns are rounded one after another, and later columns compensate the error of each.",
    also=("quantization", "hessian", "act-order", "optimal brain surgeon", "calibration", "int4", "cholesky"),
    requires=("decoder",),
    controls=(
        Control("role", "Matrix", "The matrix of the block that is rounded."),
        Control("format", "Format", "The format that the weights take."),
        Control(
            "order",
            "Order of the columns",
            "The order in which columns are rounded.",
            "matrix",
            choices=(("matrix", "Matrix order"), ("act", "Act-order", "The largest activations first")),
        ),
        Control("from", "Window starts at", "The first column of the window that is drawn.", 0, range=(0, None)),
        Control("step", "Column", "The column of the window that is rounded next, from 0.", 0, range=(0, None)),
        Control(
            "scope",
            "Which matrices",
            "The matrices that are measured.",
            "block",
            choices=(("block", "This block"), ("all", "All blocks")),
        ),
    ),
    views=(
        View(
            "steps",
            "Round a column, correct the rest",
            "The real algorithm on a real matrix of this model. After each rounded column, GPTQ changes the columns "
            "still to come so that they cancel a part of its error on the text’s inputs. The chart compares its loss "
            "with that of rounding to nearest.",
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
            "The Hessian of the inputs",
            "Where two input channels rise and fall together, one can cancel the other’s error. Where a few channels "
            "are much larger than the rest, their errors cost most, and act-order rounds them first.",
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
            "One matrix at a time is rounded: how far its outputs move on the same text, by three methods. GPTQ’s loss "
            "is small, compared with rounding to nearest, where the inputs are correlated.",
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
