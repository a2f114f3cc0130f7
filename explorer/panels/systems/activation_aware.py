"""AWQ and SmoothQuant: a few channels are far louder than the rest, and scales that cost nothing even them out."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="activation_aware",
    title="AWQ and SmoothQuant",
    chapter="systems",
    order=130,
    about="Channels scaled before rounding: for the weights’ sake (AWQ), or the activations’ (SmoothQuant).",
    also=("quantization", "outliers", "w8a8", "int8", "massive activations", "calibration", "smoothing", "awq"),
    requires=("decoder",),
    views=(
        View(
            "ranges",
            "Channels before and after scaling",
            "The largest activation and weight of every channel, and what they become when the channel is divided by s "
            "and the weights are multiplied by it: the product stays the same, what rounding does to it does not.",
            depends=("layer",),
            controls=("seam",),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.awq:scale_of",
                "stack.systems.quantization.smooth_quant:scale_of",
                "stack.systems.quantization.folding:folded",
            ),
            heavy=True,
        ),
        View(
            "errors",
            "Which exponent is best",
            "One number says how far the scales go. The outputs’ error over passages of six kinds has its least "
            "somewhere between: too little leaves the outliers where they are, too much spoils what was even.",
            depends=("layer",),
            controls=("seam", "format"),
            compares="weights",
            provenance=("MEASURED",),
            source=(
                "stack.systems.quantization.awq:search",
                "stack.systems.quantization.clipping:clip",
                "experiments.systems.activation_aware:eight_error",
            ),
            heavy=True,
        ),
        View(
            "product",
            "One output in whole numbers",
            "A token’s row and a row of the weights as they are multiplied: 8-bit integers, their products summed in "
            "32 bits, and two scales at the end.",
            depends=("layer",),
            controls=("seam", "alpha", "token", "output"),
            provenance=("MEASURED",),
            source=(
                "stack.systems.quantization.smooth_quant:by_token",
                "stack.systems.quantization.smooth_quant:product",
            ),
            heavy=True,
        ),
        View(
            "turned",
            "A rotation instead of scales",
            "The whole residual stream turned by a random Hadamard matrix that is folded into the weights: no logit "
            "changes, no channel stands out any more, and rounding loses less where outliers were what it lost to.",
            depends=("layer",),
            controls=("format",),
            provenance=("MEASURED",),
            source=(
                "stack.systems.quantization.rotation:rotated",
                "stack.systems.quantization.rotation:turn",
                "stack.systems.quantization.rotation:paley",
            ),
            heavy=True,
        ),
    ),
)
