"""Effect on this prompt: what quantized weights change in this run, from the stream to the next word."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="quantization_effect",
    title="Effect on this prompt",
    chapter="systems",
    order=140,
    about="This model’s weights in every number format, and what each format changes in its predictions on your text.",
    also=("quantization", "quantize", "int4", "nf4", "flips", "kl divergence", "4-bit"),
    requires=("decoder", "run"),
    controls=(
        Control(
            "where",
            "Weights that take the format",
            "All weights (“all”), one block by its number, the unembedding (“unembed”), or matrices as an intervention "
            "names them.",
            "all",
        ),
    ),
    views=(
        View(
            "formats",
            "Your text, in every format",
            "The chosen weights take each format in turn and the model reads your text: how far each prediction moves, "
            "and where another token becomes the most likely. Put a format on the stack to see it in every panel.",
            controls=("where",),
            compares="model",
            together=True,  # a format packs the weights once for both texts
            provenance=("MEASURED",),
            source=(
                "experiments.systems.quantization_effect:measure",
                "experiments.systems.quantization_effect:compared",
                "stack.systems.quantization.matrices:quantized",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "words",
            "The next token, before and now",
            "The most likely next tokens at the selected position, with the unchanged weights and with the weights on "
            "the stack: what rounding the weights does to the answer.",
            depends=("position",),
            compares="words",
            together=True,  # the other run’s probability of this run’s words
            provenance=("MEASURED",),
            source=("figures.systems.quantization_effect:words", "tracing.capturing.changed_weights:under"),
        ),
        View(
            "stream",
            "Where the difference grows",
            "How far the residual stream lies from that of the unchanged run, after each block and at each token.",
            compares="any",
            together=True,  # the other run is read again on its own model’s unchanged weights
            provenance=("MEASURED",),
            source=("figures.systems.quantization_effect:stream", "stack.systems.quantization.matrices:PackedLinear"),
            heavy=True,
        ),
    ),
)
