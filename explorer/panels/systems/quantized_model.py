"""Whole model: which part suffers, bits under a budget, size against quality."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="quantized_model",
    title="Whole model",
    chapter="systems",
    order=110,
    about="A whole model in fewer bits: size against quality, the matrices that suffer most, and mixed formats.",
    also=("quantization", "sensitivity", "mixed precision", "perplexity", "pareto", "kl divergence", "nf4", "int4"),
    requires=("decoder",),
    controls=(
        Control(
            "passages",
            "Passages of each kind",
            "More passages narrow the intervals and take longer.",
            2,
            choices=(2, 4, 7),
        ),
        Control("format", "Format of the packed matrix", "The format that one matrix at a time takes.", "int3"),
        Control(
            "by",
            "Packed alone",
            "What is packed while all other weights stay unchanged.",
            "matrix",
            choices=(("matrix", "A matrix"), ("block", "A block")),
        ),
        Control(
            "bits",
            "Most bits per weight",
            "The budget that the formats of all matrices share.",
            range=(0.0, None),
            step=0.05,
            unit="bits",
        ),
    ),
    views=(
        View(
            "quality",
            "Size against quality",
            "The whole model in each format, run on its packed weights: bytes of all weights against perplexity. The "
            "formats were not chosen on this text.",
            controls=("passages",),
            compares="loaded",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.quality:compare",
                "stack.systems.quantization.quality:Scores",
                "stack.systems.quantization.matrices:weight_bytes",
                "experiments.systems.quantized_model_quality:quality",
            ),
            heavy=True,
        ),
        View(
            "parts",
            "Which part suffers",
            "One matrix at a time takes the format, and all others stay unchanged: how far the distribution over the "
            "next token moves. A few matrices cause most of the harm, so they should keep more bits.",
            controls=("format",),
            compares="loaded",
            provenance=("MEASURED",),
            source=(
                "stack.systems.quantization.sensitivity:Reading",
                "stack.systems.quantization.quality:kl",
                "stack.systems.quantization.matrices:quantized",
            ),
            heavy=True,
        ),
        View(
            "budget",
            "Bits under a budget",
            "Each extra byte goes to the matrix where it saves most, by the measurement of each matrix alone. The sum "
            "of these costs predicts the cost of the whole choice, and the measurement of the whole choice tests it.",
            compares="loaded",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.budget:greedy",
                "stack.systems.quantization.budget:steps",
                "stack.systems.quantization.budget:hull",
                "experiments.systems.quantized_model_budget:budgets",
            ),
            heavy=True,
        ),
    ),
)
