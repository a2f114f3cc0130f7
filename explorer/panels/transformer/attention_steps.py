"""Attention step by step: one head's every matrix, from queries and keys to what it writes into the stream."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="attention_steps",
    title="Attention step by step",
    chapter="transformer",
    order=10,
    about="All matrices of one head: queries, keys, scores, mask, softmax, values, output.",
    also=("q k v", "formula of attention", "quadratic", "complexity", "FLOP"),
    controls=(
        Control("step", "", "The step of the head that is drawn.", 1, range=(1, None)),
        Control(
            "longest",
            "Up to",
            "The longest text that is timed; longer texts take longer.",
            2048,
            choices=(1024, 2048, 3072),
            range=(128, 3072),
            unit="tokens",
        ),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "steps",
            "One head, step by step",
            "All matrices between the stream and what the head writes back into it, in the order of computation. "
            "Violet marks the selected token’s row. Each cell shows its number and what it was computed from.",
            depends=("layer", "head", "position"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            optional=("decoder",),
            source=(
                "stack.transformer.attention:eager",
                "stack.transformer.attention:Visibility",
                "figures.transformer.attention_steps:head_steps",
                "tracing.trace:Trace.head_out",
            ),
        ),
        View(
            "growth",
            "O(n²): attention against the length of the text",
            "The first block of this model is timed part by part as the text grows: scores, softmax and mix grow with "
            "n², projections and feed-forward with n. In a short text the matrices cost most, in a long one "
            "attention. By the count of operations and by the clock, attention can overtake at different lengths.",
            controls=("longest",),
            provenance=("MEASURED", "FORMULA"),
            requires=("decoder",),
            source=(
                "stack.transformer.block_work:block_work",
                "stack.transformer.block_work:overtakes",
                "stack.transformer.attention:eager",
                "experiments.transformer.attention_growth:Given.parts",
                "experiments.transformer.attention_growth:flops",
            ),
            heavy=True,
        ),
    ),
)
