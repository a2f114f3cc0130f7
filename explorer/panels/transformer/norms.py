"""Norms: before, after and scale; LayerNorm against RMSNorm; gradients before training, pre-norm and post-norm."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="norms",
    title="Norms",
    chapter="transformer",
    order=40,
    about="What a norm divides by, LayerNorm against RMSNorm, pre-norm against post-norm.",
    also=("layer norm", "normalisation"),
    views=(
        View(
            "scale",
            "Before and after",
            "Every sublayer reads a copy of the stream brought to one size: the stream itself may be a hundred times "
            "longer at one token than at another, what is read is not. Below, the selected token's row, number by "
            "number.",
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
            "LayerNorm takes the row's mean away, RMSNorm leaves it: on the same rows of this run, how far the two "
            "lie apart, at every norm and token.",
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
            "Small decoders that nobody has trained read this run's tokens: how much gradient each block gets when "
            "the norm stands before the sublayer, and when it stands after the addition.",
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
