"""Upcycling: a trained dense model becomes a mixture of experts and is trained on."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View
from explorer.panels.trained_here import TEXTS

PANEL = Panel(
    name="upcycling",
    title="Upcycling",
    chapter="architectures",
    order=45,
    about="A dense checkpoint becomes a mixture: at first the same function, then the experts become different.",
    also=("moe", "sparse upcycling", "komatsuzaki", "training", "checkpoint"),
    requires=(),
    controls=(
        Control("experts", "Experts", "Copies of the feed-forward layer in each block.", 4, choices=(4, 8)),
        Control("k", "Experts a token, k", "Experts that the router chooses for a token.", 2, choices=(1, 2)),
        Control(
            "steps",
            "Steps",
            "Batches that each of the three trainings reads.",
            40,
            choices=(20, 40, 80, 160),
            range=(2, 160),
        ),
        Control(
            "rate",
            "Peak learning rate",
            "Of the dense model and of the upcycled mixture; the random mixture keeps its own.",
            0.0001,
            choices=(0.0001, 0.0005, 0.002),
        ),
        TEXTS,
        Control("seed", "Seed", "It draws the new router, the random weights and the windows.", 0, range=SEEDS),
    ),
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
            trains=("dense", "upcycled", "fresh"),
        ),
    ),
)
