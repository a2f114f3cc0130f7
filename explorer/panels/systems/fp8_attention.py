"""FP8 attention: what eight bits do to every head of the run, and how softmax hides behind products."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="fp8_attention",
    title="FP8 attention",
    chapter="systems",
    order=80,
    about="Attention in eight bits: scales for blocks, a random rotation, and softmax that runs beside the products.",
    also=("flash attention 3", "hadamard", "incoherent processing", "e4m3", "ping-pong", "warpgroup"),
    controls=(
        Control(
            "rows",
            "Rows that share a scale",
            "Rows of a block that share one scale: the nearest number that suits the text.",
            range=(1, None),
        ),
        Control(
            "shown",
            "Colours show",
            "What the colours of the heads show.",
            "changed",
            choices=(
                ("changed", "What the rotation changes"),
                ("error", "Error with the rotation"),
                ("outlier", "Outliers"),
            ),
        ),
        Control("d_head", "Width of a head d", "Numbers of a query and of a key.", 128, choices=(64, 128, 256)),
        Control(
            "numbers",
            "Numbers of the products",
            "The format of the numbers that are multiplied.",
            "fp16",
            choices=(("fp16", "FP16"), ("fp8", "FP8")),
        ),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "errors",
            "The error of eight bits, head by head",
            "Every head of this run, computed again in FP8 and compared with float64. FlashAttention-3 uses one scale "
            "for each block and rotates queries and keys at random. The rotation helps some heads and harms others.",
            depends=("layer", "head"),
            controls=("rows",),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.systems.fp8_attention:fp8_attention",
                "stack.systems.float8:quantize",
                "experiments.systems.fp8_attention:head_errors",
            ),
            heavy=True,
        ),
        View(
            "turned",
            "One head before and after the rotation",
            "One orthogonal matrix rotates queries and keys. No score changes, but the large numbers of a few "
            "coordinates spread over all coordinates. The rotation helps where a few large numbers cause the error.",
            depends=("layer", "head", "position"),
            controls=("rows",),
            compares="heads",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.hadamard:walsh_hadamard",
                "stack.systems.hadamard:RandomHadamard",
                "stack.systems.float8:quantize",
            ),
        ),
        View(
            "overlap",
            "Softmax beside products: a simulation",
            "A schedule calculated from a device’s stated throughputs; nothing is measured. Exponentials and products "
            "run on different units, and a good order keeps both units busy.",
            controls=("d_head", "numbers"),
            provenance=("FORMULA", "QUOTED"),
            source=("stack.systems.overlap:schedule", "stack.systems.overlap:needs", "stack.systems.overlap:Work"),
            requires=(),
        ),
    ),
)
