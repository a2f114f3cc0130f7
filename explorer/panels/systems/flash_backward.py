"""The backward pass: the square is made again, tile by tile, from one number a row."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="flash_backward",
    title="Backward pass",
    chapter="systems",
    order=50,
    about="Gradients without a stored square: what is kept, what is computed again, and why L is enough.",
    also=("backprop", "recomputation", "gradient of attention", "log-sum-exp", "dQ dK dV"),
    controls=(
        Control("tile", "Tile", "Rows and columns of a tile.", choices=(8, 16, 32)),
        Control(
            "objective",
            "Gradient of",
            "What is differentiated.",
            "logit",
            choices=(
                ("logit", "Logit of the target", "The selected target’s logit at the selected position"),
                ("loss", "Loss of the text", "Mean next-token cross-entropy, as in training"),
            ),
        ),
        Control("at", "", "The tile that is shown, in the order of the loops.", 1, range=(1, None)),
    ),
    requires=("run", "attention"),
    views=(
        View(
            "tile",
            "Gradients, tile by tile",
            "FlashAttention stores no weights. The backward pass computes one tile of weights again from Q, K and L, "
            "uses it for three gradients, and drops it. Its input gradient dO comes from this run.",
            depends=("layer", "head", "position", "target"),
            controls=("objective", "tile"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.flash_backward:flash_backward",
                "stack.systems.flash_backward:tile_gradient",
                "tracing.probes.gradients:head_gradient",
            ),
            heavy=True,
        ),
        View(
            "kept",
            "Kept, or computed again",
            "What stays in memory between the forward and the backward pass: with standard attention a square, with "
            "FlashAttention one number per row. FlashAttention pays with more arithmetic.",
            depends=("layer", "head"),
            controls=("tile",),
            compares="any",
            unchanged=False,
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.flash_backward:FlashAttention",
                "experiments.systems.flash_backward:kept",
                "stack.systems.memory_meter:Ledger",
            ),
        ),
    ),
)
