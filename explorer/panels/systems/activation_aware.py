"""AWQ and SmoothQuant: a few channels are far louder than the rest, and scales that cost nothing even them out."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="activation_aware",
    title="AWQ and SmoothQuant",
    chapter="systems",
    order=130,
    about="Channels are scaled before rounding, to protect the weights (AWQ) or the activations (SmoothQuant).",
    also=("quantization", "outliers", "w8a8", "int8", "massive activations", "calibration", "smoothing", "awq"),
    requires=("decoder",),
    controls=(
        Control("seam", "Channels read by", "The matrices that read the channels: the first of them names the seam."),
        Control("format", "Format", "The format that the weights take."),
        Control(
            "method",
            "Method",
            "Whose scales the channels take.",
            "smooth",
            choices=(("smooth", "SmoothQuant"), ("awq", "AWQ")),
        ),
        Control(
            "exponent", "Exponent α", "How strong the scales of the picture are.", 0.5, range=(0.0, 1.0), step=0.05
        ),
        Control("alpha", "Exponent α", "How strong the scales of the product are.", 0.5, range=(0.0, 1.0), step=0.05),
        Control("token", "Token of the text", "The token whose row is multiplied, from 0.", 1, range=(0, None)),
        Control("output", "Output", "The row of the weights that is multiplied, from 0.", 0, range=(0, None)),
    ),
    views=(
        View(
            "ranges",
            "Channels before and after scaling",
            "The largest activation and the largest weight of each channel, before and after the channel is divided by "
            "s and its weights are multiplied by s. The product stays the same, but its rounding error changes.",
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
            "One number, the exponent, sets how strong the scales are. The outputs’ error is measured over passages of "
            "six kinds: weak scales leave the outliers, and strong scales harm the other channels.",
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
            "One token’s row times one row of the weights: 8-bit integers, their products summed in 32 bits, and two "
            "scales at the end.",
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
            "A random Hadamard matrix, folded into the weights, rotates the whole residual stream. No logit changes, "
            "and outlier channels spread over all channels. The table shows what rounding then loses in each matrix.",
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
