"""FP8 attention: what eight bits do to every head of the run, and how softmax hides behind products."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="fp8_attention",
    title="FP8 attention",
    chapter="systems",
    order=80,
    about="Attention in eight bits: block scales, a random rotation, and softmax beside products.",
    also=("flash attention 3", "hadamard", "incoherent processing", "e4m3", "ping-pong", "warpgroup"),
    views=(
        View(
            "errors",
            "What eight bits cost, head by head",
            "Every head of this run, computed again in FP8 and held against float64. FlashAttention-3 has a scale for "
            "each block and turns queries and keys by a random rotation: it helps on some heads, not on all.",
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
            "The same orthogonal matrix turns queries and keys: no score changes, but what stood in a few coordinates "
            "is spread over all. It helps where a few large numbers carried the error.",
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
            "A schedule calculated from a device’s stated throughputs, not a measurement: exponentials run on another "
            "unit than products, and a good order keeps both at work.",
            controls=("d_head", "numbers"),
            provenance=("FORMULA", "QUOTED"),
            source=("stack.systems.overlap:schedule", "stack.systems.overlap:needs", "stack.systems.overlap:Work"),
            requires=(),
        ),
    ),
)
