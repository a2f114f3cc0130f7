"""Blocks compared: small decoders trained here that differ in one part of the block alone."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View
from explorer.panels.trained_here import TEXTS

PANEL = Panel(
    name="block_variants",
    title="Blocks compared",
    chapter="transformer",
    order=50,
    about="Small decoders trained live: with and without the residual path; plain feed-forward, SwiGLU and GeGLU.",
    also=("residual connection", "skip connection", "vanishing gradient", "ablation", "relu", "gelu", "training"),
    requires=(),
    controls=(
        Control(
            "blocks",
            "Blocks",
            "Blocks of the decoder with the residual path and without it.",
            8,
            choices=(2, 4, 6, 8, 12),
            range=(2, 12),
        ),
        Control("steps", "Steps", "Batches that both decoders read.", 120, choices=(60, 120, 240), range=(2, 400)),
        Control(
            "of",
            "",
            "What is drawn at each block.",
            "weights",
            choices=(
                ("weights", "of all weights", "The gradient of all weights of a block."),
                ("stream", "of the stream", "The gradient of the stream that enters a block."),
                ("sizes", "The stream itself", "The size of the stream that enters a block, root mean square."),
            ),
        ),
        Control(
            "layers",
            "Blocks",
            "Blocks of the three decoders that differ in the feed-forward layer.",
            4,
            choices=(2, 4, 6, 8),
            range=(1, 8),
        ),
        Control("rounds", "Steps", "Batches that each of the three reads.", 80, choices=(40, 80, 160), range=(2, 240)),
        Control(
            "seeds",
            "Seeds",
            "Trainings of each kind, with other weights and windows.",
            5,
            choices=(1, 3, 5, 8),
            range=(1, 8),
        ),
        Control(
            "plain",
            "Plain layer’s activation",
            "The function between the two matrices of the plain layer.",
            "gelu",
            choices=(("gelu", "GELU"), ("relu", "ReLU")),
        ),
        TEXTS,
        Control("seed", "Seed", "It draws the weights and the windows; further seeds follow it.", 0, range=(0, 9999)),
    ),
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
            trains=("with", "without"),
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
            trains=("plain", "swiglu", "geglu"),
            ends="rounds",
        ),
    ),
)
