"""Upcycling: a trained dense model becomes a mixture of experts and is trained on."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="upcycling",
    title="Upcycling",
    chapter="architectures",
    order=45,
    about="A dense checkpoint becomes a mixture: at first the same function, then the experts become different.",
    also=("moe", "sparse upcycling", "komatsuzaki", "training", "checkpoint"),
    requires=(),
    views=(
        View(
            "training",
            "From a dense model to a mixture",
            "Every expert starts as a copy of the dense model’s feed-forward layer, so the change loses nothing. Then "
            "the mixture, the dense model and a mixture from random weights read the same windows in the same order, "
            "and the held-out loss shows what the change is worth.",
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
