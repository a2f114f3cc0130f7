"""Compare models: which blocks and heads of two models hold the same, on the same text."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="compare_models",
    title="Compare models",
    chapter="inside",
    order=14,
    about=(
        "Which blocks and heads of two models represent the same: linear CKA on the same characters of the same texts."
    ),
    also=("CKA", "HSIC", "representational similarity", "projection kernel", "head matching", "model stitching"),
    requires=("decoder",),
    views=(
        View(
            "blocks",
            "Block by block, head by head",
            "Two models have read the same characters; each cell says how alike their streams are there (CKA: 1 is the "
            "same up to rotation and scale). Choose another model, a checkpoint or an adapter as the other run; "
            "without one the model is held against itself.",
            provenance=("MEASURED",),
            source=(
                "stack.frontier.similarity:cka",
                "stack.frontier.similarity:u_centred",
                "stack.frontier.similarity:projection_kernel",
                "experiments.inside.compare_models:matched",
            ),
            compares="weights",
            together=True,
            heavy=True,
        ),
    ),
)
