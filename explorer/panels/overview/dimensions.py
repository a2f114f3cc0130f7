"""Dimensions: the sizes that a language model is described by, their typical ranges, and real models' own."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="dimensions",
    title="Model sizes",
    chapter="overview",
    order=85,
    about="Blocks, width, heads, vocabulary, context, parameters: typical ranges, and what real models’ configs say.",
    also=("hyperparameters", "dimensions", "model size", "parameter count"),
    requires=("model",),
    views=(
        View(
            "sizes",
            "Typical ranges, and real models",
            "The eight sizes that describe a language model, read from real configs. What leaves the "
            "typical range is marked: a range is a habit, not a law.",
            provenance=("MEASURED", "DERIVED", "QUOTED"),
            source=(
                "experiments.overview.dimensions:sizes",
                "experiments.overview.dimensions:held",
                "stack.inference.memory_calculator:parameters",
                "figures.overview.dimensions:sized",
            ),
            compares="weights",
            heavy=True,
        ),
    ),
)
