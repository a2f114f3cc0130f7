"""Attention step by step: one head's every matrix, from queries and keys to what it writes into the stream."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="attention_steps",
    title="Attention step by step",
    chapter="transformer",
    order=10,
    about="One head's every matrix: queries, keys, scores, mask, softmax, values, output.",
    also=("q k v", "formula of attention"),
    views=(
        View(
            "steps",
            "One head, step by step",
            "Every matrix between the stream and what the head writes back into it, in the order in which they are "
            "made; violet is the selected token's row, and any cell shows its number and what it was made of.",
            depends=("layer", "head", "position"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.transformer.attention:eager",
                "stack.transformer.attention:Visibility",
                "figures.transformer.attention_steps:head_steps",
                "tracing.trace:Trace.head_out",
            ),
        ),
    ),
)
