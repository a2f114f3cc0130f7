"""Blocks compared: small decoders trained here that differ in one part of the block alone."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="block_variants",
    title="Blocks compared",
    chapter="transformer",
    order=50,
    about="Small decoders trained live: with and without the residual path; plain feed-forward, SwiGLU, GeGLU.",
    also=("residual connection", "skip connection", "vanishing gradient", "ablation", "relu", "gelu", "training"),
    requires=(),
    views=(
        View(
            "residual_path",
            "With and without the residual path",
            "One decoder, trained twice from the same weights on the same bytes: each sublayer adds to the stream, or "
            "its output takes the stream’s place. The gradient says which blocks hear of the loss at all: it is this "
            "addition that lets deep networks be trained.",
            controls=("blocks", "steps", "texts", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.transformer.block:Block",
                "stack.transformer.gradient_flow:gradients_by_block",
                "experiments.transformer.block_variants:residual_arms",
                "experiments.side_by_side:in_turns",
            ),
            heavy=True,
        ),
        View(
            "feed_forwards",
            "Plain feed-forward, SwiGLU and GeGLU",
            "Three decoders alike but for the feed-forward layer, with equally many weights: two matrices of full "
            "width against three of two thirds. Several seeds say whether a lower loss is the gate’s doing or luck.",
            controls=("layers", "rounds", "seeds", "plain", "texts", "seed"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.transformer.feed_forward:FeedForward",
                "stack.transformer.feed_forward:gated_width",
                "experiments.transformer.block_variants:feed_forward_arms",
                "figures.transformer.block_variants:difference",
            ),
            heavy=True,
        ),
    ),
)
