"""Effect on this prompt: what quantized weights change in this run, from the stream to the next word."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="quantization_effect",
    title="Effect on this prompt",
    chapter="systems",
    order=140,
    about="Every number format in this model’s weights, and what each changes in what it says to your text.",
    also=("quantization", "quantize", "int4", "nf4", "flips", "kl divergence", "4-bit"),
    requires=("decoder", "run"),
    views=(
        View(
            "formats",
            "Your text, in every format",
            "The chosen weights take each format and your text is read through them: how far each prediction "
            "moves, and where another word becomes the likeliest. Put a format on the stack, and every panel shows it.",
            controls=("where",),
            compares="model",
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
            "The next word, before and now",
            "The likeliest next tokens at the selected position, with the weights as they were and with those on the "
            "stack: what rounding the weights does to the answer itself.",
            depends=("position",),
            compares="words",
            provenance=("MEASURED",),
            source=("figures.systems.quantization_effect:words", "tracing.changed_weights:under"),
        ),
        View(
            "stream",
            "Where the difference grows",
            "How far the residual stream has moved from the unmodified run, after each block at each token: rounding "
            "adds a little in every block, and a few tokens carry most of it.",
            compares="any",
            provenance=("MEASURED",),
            source=("figures.systems.quantization_effect:stream", "stack.systems.quantization.matrices:PackedLinear"),
            heavy=True,
        ),
    ),
)
