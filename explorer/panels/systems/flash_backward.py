"""The backward pass: the square is made again, tile by tile, from one number a row."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="flash_backward",
    title="Backward pass",
    chapter="systems",
    order=50,
    about="Gradients without the square: what is kept, what is made again, and why one number a row is enough.",
    also=("backprop", "recomputation", "gradient of attention", "log-sum-exp", "dQ dK dV"),
    views=(
        View(
            "tile",
            "Gradients, tile by tile",
            "FlashAttention keeps no weights: a tile of them is made again from Q, K and L, used for three gradients, "
            "and forgotten. The gradient that comes in, dO, is this run’s own.",
            depends=("layer", "head", "position", "target"),
            controls=("objective", "tile"),
            compares="row",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.systems.flash_backward:flash_backward",
                "stack.systems.flash_backward:tile_gradient",
                "tracing.gradients:head_gradient",
            ),
            heavy=True,
        ),
        View(
            "kept",
            "Kept, or made again",
            "What must wait in memory between the forward and the backward pass: with standard attention a square, "
            "with FlashAttention one number a row. The price is arithmetic.",
            depends=("layer", "head"),
            controls=("tile",),
            compares="any",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.flash_backward:FlashAttention",
                "experiments.systems.flash_backward:kept",
                "stack.systems.memory_meter:Ledger",
            ),
        ),
    ),
)
