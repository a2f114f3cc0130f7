"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="norms",
    title="Norms",
    chapter="transformer",
    order=40,
    about="What a norm divides by, LayerNorm and RMSNorm compared, pre-norm and post-norm compared.",
    also=("layer norm", "normalisation"),
    controls=(
        Control(
            "place",
            "",
            "Which norm is drawn, in both views of this run.",
            "ln1",
            choices=(
                ("ln1", "Before attention"),
                ("ln2", "Before the MLP"),
                ("ln_final", "Before the unembedding"),
            ),
        ),
        Control(
            "of",
            "",
            "What is measured in the untrained decoders.",
            "w_out",
            choices=(
                ("w_out", "Gradient of W_out"),
                ("weights", "of all weights"),
                ("stream", "of the stream"),
                ("sizes", "The stream itself"),
            ),
        ),
        Control(
            "norm",
            "",
            "The kind of norm in the untrained decoders.",
            "layer",
            choices=(("layer", "LayerNorm"), ("rms", "RMSNorm")),
        ),
        Control("seed", "", "The seed of the first draw of weights.", 0, range=(0, 9999)),
        Control(
            "deep",
            "Blocks",
            "Blocks of the decoders at the right; the deepest measured ones at first.",
            range=(1, None),
        ),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "scale",
            "Before and after",
            "Each sublayer reads a copy of the stream that a norm has scaled. The stream can be many times longer at "
            "one token than at another; the scaled rows have similar lengths. Below, the selected token’s row, number "
            "by number.",
            depends=("position", "layer"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.transformer.norms:RMSNorm",
                "stack.transformer.norms:LayerNorm",
                "experiments.transformer.applied_norms:applied",
            ),
        ),
        View(
            "mean",
            "LayerNorm against RMSNorm",
            "LayerNorm subtracts the row’s mean and RMSNorm does not. On the same rows of this run: how much the two "
            "differ, at each norm and token.",
            depends=("position", "layer"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.transformer.applied_norms:contrast",
                "experiments.transformer.applied_norms:both_ways",
                "stack.transformer.norms:LayerNorm",
            ),
        ),
        View(
            "gradients",
            "Norm before, or norm after",
            "Small untrained decoders read the tokens of this run: how much gradient each block gets when the norm is "
            "before the sublayer (pre-norm) and when it is after the addition (post-norm).",
            controls=("seed", "norm"),
            compares="any",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.transformer.gradient_flow:gradient_flow",
                "stack.transformer.gradient_flow:initialise",
                "experiments.transformer.norms:at_start",
            ),
            heavy=True,
        ),
    ),
)
