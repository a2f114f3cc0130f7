"""Dimensions: the sizes that a language model is described by, their typical ranges, and real models' own."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="dimensions",
    title="Model sizes",
    chapter="overview",
    order=85,
    about="Blocks, width, heads, vocabulary, context, parameters: typical ranges and the sizes of real models.",
    also=("hyperparameters", "dimensions", "model size", "parameter count"),
    requires=("model",),
    controls=(
        Control(
            "kind",
            "Models",
            "Which models are listed.",
            "all",
            choices=(
                ("all", "All"),
                ("dense", "Dense"),
                ("mixture", "Mixtures"),
                ("outside", "Outside a range"),
            ),
        ),
        Control(
            "sort", "", "The column by which the table is sorted; “down” behind it: the largest first.", "", longest=40
        ),
    ),
    views=(
        View(
            "sizes",
            "Typical ranges, and real models",
            "Eight sizes that describe a language model, from the configs of real models. A “!” marks a size outside "
            "the range that the reference “LLM Architecture & Internals” (chapter 1) calls typical.",
            provenance=("MEASURED", "DERIVED", "QUOTED"),
            source=(
                "experiments.overview.dimensions:sizes",
                "experiments.overview.dimensions:held",
                "stack.inference.serving.memory_calculator:parameters",
                "figures.overview.dimensions:sized",
            ),
            compares="weights",
            heavy=True,
        ),
    ),
)
