"""Number formats: the numbers that each format has, on one scale, and what they cost a real model's weights."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="number_formats",
    title="Number formats",
    chapter="systems",
    order=90,
    about="The numbers of each weight format, and its error on this model’s weights against its bits.",
    also=("quantization", "int8", "int4", "fp8", "nf4", "fp4", "mxfp4", "nvfp4", "e8 lattice", "quip", "bitnet"),
    requires=(),
    controls=(
        Control(
            "show",
            "Formats shown",
            "The bits per weight of the formats that are shown.",
            "four",
            choices=(
                ("few", "Under 4 bits"),
                ("four", "4 bits"),
                ("eight", "5 to 8 bits"),
                ("sixteen", "16 bits"),
                ("all", "All"),
            ),
        ),
        Control(
            "scale",
            "Scale of numbers",
            "How the numbers lie on the line.",
            "linear",
            choices=(("linear", "Linear"), ("log", "Logarithmic", "Numbers above zero")),
        ),
        Control(
            "largest",
            "Largest weight of the group",
            "The weight that each format fits its scale to.",
            1.0,
            range=(0.5, 1.0),
            step=0.01,
        ),
        Control("at", "", "The place of the number that is rounded, from the left end of the scale.", range=(0, None)),
        Control("format", "", "The format that is worked out and marked."),
        Control("role", "Matrices", "The matrices whose weights are rounded: a role, or “all”.", "all"),
        Control(
            "part",
            "Bits shown",
            "The part of the scale of bits that is drawn.",
            "all",
            choices=(("all", "All bits"), ("four", "Near 4"), ("eight", "Near 8")),
        ),
        Control(
            "own",
            "",
            "Whether the picture has the formats in which the weights are stored.",
            "hidden",
            choices=(("hidden", "Hidden"), ("shown", "Shown")),
        ),
    ),
    views=(
        View(
            "grid",
            "One number in each format",
            "All numbers of each format, its code points, on one scale. Drag a number to see the nearest code point of "
            "each format, its bits and its error. Integers lie evenly; floating-point numbers lie twice as densely "
            "each time their size halves.",
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
            "Each format rounds the same weights, and the bits include its scales. Formats are often compared on "
            "normal numbers; real weights have outliers, so the order may change. The line is the Pareto front: no "
            "other format has a smaller error in as few bits.",
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
