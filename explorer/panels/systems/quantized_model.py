"""Whole model: which part suffers, bits under a budget, size against quality."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="quantized_model",
    title="Whole model",
    chapter="systems",
    order=110,
    about="All of a model’s matrices in fewer bits: which of them suffer, and what the words lose.",
    also=("quantization", "sensitivity", "mixed precision", "perplexity", "pareto", "kl divergence", "nf4", "int4"),
    requires=("decoder",),
    views=(
        View(
            "parts",
            "Which part suffers",
            "Every matrix packed alone, all others as they are: how far the distribution over the next token moves. A "
            "few matrices carry most of the harm, and it is they that should keep their bits.",
            controls=("format",),
            compares="weights",
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
            "Each matrix gets the format in which a byte saves most, as measured one by one. The sum of what each "
            "costs alone predicts the whole; what was measured stands beside it.",
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.budget:greedy",
                "stack.systems.quantization.budget:steps",
                "stack.systems.quantization.budget:hull",
                "experiments.systems.quantized_model_budget:budgets",
            ),
            heavy=True,
        ),
        View(
            "quality",
            "Size against quality",
            "The whole model in each format, read through its packed weights: bytes of all weights against perplexity "
            "on text that nothing was chosen on.",
            controls=("passages",),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.quality:compare",
                "stack.systems.quantization.quality:Scores",
                "stack.systems.quantization.matrices:weight_bytes",
                "experiments.systems.quantized_model_quality:quality",
            ),
            heavy=True,
        ),
    ),
)
