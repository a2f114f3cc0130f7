"""Blocks compared: small decoders trained here that differ in one part of the block alone."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="block_variants",
    title="Blocks compared",
    chapter="transformer",
    order=50,
    about="Small decoders trained live: with and without the residual path; plain feed-forward, SwiGLU and GeGLU.",
    also=("residual connection", "skip connection", "vanishing gradient", "ablation", "relu", "gelu", "training"),
    requires=(),
    views=(
        View(
            "residual_path",
            "With and without the residual path",
            "One decoder is trained twice, from the same weights on the same bytes: in one, each sublayer adds its "
            "output to the stream; in the other, the output replaces the stream. The gradient shows which blocks the "
            "loss reaches.",
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
            "Three decoders differ only in the feed-forward layer and have equally many weights: two matrices of full "
            "width, or three of two thirds of it. The page gives a verdict from five seeds on.",
            controls=("layers", "rounds", "seeds", "plain", "texts", "seed"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.transformer.feed_forward:FeedForward",
                "stack.transformer.feed_forward:gated_width",
                "experiments.transformer.block_variants:feed_forward_arms",
                "figures.transformer.seed_differences:seed_difference",
            ),
            heavy=True,
        ),
    ),
)
