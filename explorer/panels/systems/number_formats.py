"""Number formats: the numbers that each format has, on one scale, and what they cost a real model's weights."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="number_formats",
    title="Number formats",
    chapter="systems",
    order=90,
    about="The numbers that each weight format has, and its error on this model’s weights against its bits.",
    also=("quantization", "int8", "int4", "fp8", "nf4", "fp4", "mxfp4", "nvfp4", "e8 lattice", "quip", "bitnet"),
    requires=(),
    views=(
        View(
            "grid",
            "Where a number falls in each format",
            "Every number that a format has, its code points, on one scale: drag one along and see the nearest that "
            "each can hold, its bits and its error. Integers lie evenly, floating-point numbers twice as densely with "
            "each halving.",
            controls=("largest", "scale"),
            provenance=("FORMULA",),
            source=(
                "stack.systems.quantization.floating_point:FloatingPoint",
                "stack.systems.quantization.integers:Integers",
                "stack.systems.quantization.normal_float:Table",
                "stack.systems.quantization.microscaling:Microscaling",
            ),
        ),
        View(
            "errors",
            "Error against bits, on this model’s weights",
            "Each format rounds the same weights; all bits are counted, scales too. Formats are often compared on "
            "normal numbers: real weights have outliers, and the order may change. On the line, the Pareto front, lie "
            "those that none betters without more bits.",
            controls=("role",),
            compares="weights",
            provenance=("MEASURED", "FORMULA", "QUOTED"),
            source=(
                "experiments.systems.number_formats:errors",
                "stack.systems.quantization.format:Format",
                "stack.systems.quantization.lattice:Lattice",
                "stack.systems.quantization.ternary:Ternary",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
