"""One matrix: its weights, what a format leaves of them, and one weight worked out."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="quantized_matrix",
    title="One matrix",
    chapter="systems",
    order=100,
    about="A real matrix in fewer bits: its outliers, groups and code points, and what is lost, weight by weight.",
    also=("quantization", "gguf", "q4_k", "int4", "outliers", "scale", "block", "super-block", "nf4"),
    requires=("decoder",),
    views=(
        View(
            "cells",
            "Every weight, and what is left of it",
            "A group of weights shares a few code points, and each weight is moved to one of them. One large weight "
            "spreads the values of its whole group apart, and the small ones pay for it.",
            depends=("layer",),
            controls=("role", "expert", "format", "row", "column"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.quantization.format:Format",
                "stack.systems.quantization.k_quants:KQuant",
                "stack.systems.quantization.scale_search:affine",
            ),
        ),
        View(
            "formats",
            "All formats on this matrix",
            "Real bits per weight, scales counted, and the error that is left: here, where outliers widen the groups’ "
            "ranges, and on the bell curve N(0, 1), where none do.",
            depends=("layer",),
            controls=("role", "expert"),
            compares="weights",
            provenance=("MEASURED",),
            source=("experiments.systems.quantized_matrix:tried", "stack.systems.quantization.format:Packed"),
            heavy=True,
        ),
    ),
)
