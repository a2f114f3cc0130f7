"""One matrix: its weights, what a format leaves of them, and one weight worked out."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="quantized_matrix",
    title="One matrix",
    chapter="systems",
    order=100,
    about="A real matrix in fewer bits: its outliers, its groups, its code points, and the error of each weight.",
    also=("quantization", "gguf", "q4_k", "int4", "outliers", "scale", "block", "super-block", "nf4"),
    requires=("decoder",),
    controls=(
        Control("role", "Matrix", "The role of the matrix in its block."),
        Control("expert", "Expert", "The expert of a mixture whose matrix is shown.", 0, range=(0, None)),
        Control("format", "Format", "The format that the weights take."),
        Control(
            "row", "First row", "The first row that is shown; −1 goes to the largest weight.", -1, range=(-1, None)
        ),
        Control(
            "column",
            "First column",
            "The first column that is shown; −1 goes to the largest weight.",
            -1,
            range=(-1, None),
        ),
    ),
    views=(
        View(
            "cells",
            "Each weight before and after rounding",
            "A group of weights shares a few code points, and each weight moves to the nearest one. One large weight "
            "spreads the code points of its whole group, so the small weights of the group round worse.",
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
            "Bits per weight with scales, and the rounding error: on this matrix, whose outliers widen the groups’ "
            "ranges, and on normal numbers N(0, 1), which have no outliers.",
            depends=("layer",),
            controls=("role", "expert"),
            compares="weights",
            provenance=("MEASURED",),
            source=("experiments.systems.quantized_matrix:tried", "stack.systems.quantization.format:Packed"),
            heavy=True,
        ),
    ),
)
