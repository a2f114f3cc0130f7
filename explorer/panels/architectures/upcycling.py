"""Upcycling: a trained dense model becomes a mixture of experts and is trained on."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="upcycling",
    title="Upcycling",
    chapter="architectures",
    order=45,
    about="A dense checkpoint becomes a mixture: the same function at first, then experts that grow apart.",
    also=("moe", "sparse upcycling", "komatsuzaki", "training", "checkpoint"),
    requires=(),
    views=(
        View(
            "training",
            "From a dense model to a mixture",
            "Every expert begins as a copy of the dense model’s feed-forward, so that nothing is lost at the change; "
            "then the mixture, the dense model and a mixture from random weights read the same windows in the same "
            "order, and the passages held out say what the change was worth.",
            controls=("experts", "k", "steps", "rate", "texts", "seed"),
            provenance=("MEASURED",),
            requires=("companion:six-kinds-dense",),
            source=(
                "stack.architectures.upcycling:upcycled",
                "stack.architectures.upcycling:upcycle",
                "stack.architectures.upcycling:new_router",
                "stack.pretraining.train:one_step",
            ),
            heavy=True,
        ),
    ),
)
