"""Contamination: a model trained here with planted test items, and what its probabilities tell of them."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="contamination",
    title="Contamination",
    chapter="evaluation",
    order=85,
    about="A model is trained on half of a test’s texts. Detectors try to tell this half from the other.",
    also=("leak", "min-k", "membership inference", "n-gram overlap", "memorisation", "test set"),
    requires=(),
    controls=(
        Control("steps", "Steps", "How long the model is trained, eight texts a step.", 200, choices=(60, 120, 200)),
        Control("seed", "Seed", "Draws the weights and the batches.", 0, range=SEEDS),
        Control(
            "measure",
            "Measure",
            "What is asked of the model’s probabilities.",
            "Min-K%++",
            choices=(("mean log p", "Mean log p"), ("Min-K%", "Min-K%"), ("Min-K%++", "Min-K%++")),
        ),
    ),
    views=(
        View(
            "leaks",
            "Planted leaks",
            "A decoder of bytes is trained on every second text of a test: contamination. The chart shows how often a "
            "text that it has read scores above one that it has not. The n-gram overlap needs the training texts and "
            "no model; mean log p, Min-K% and Min-K%++ need the model alone.",
            controls=("steps", "seed", "measure"),
            in_page=("measure",),
            provenance=("MEASURED",),
            source=(
                "stack.evaluation.contamination:z_scores",
                "stack.evaluation.contamination:min_k_plus",
                "stack.pretraining.data.contamination:overlap",
                "experiments.evaluation.contamination:trained",
            ),
            heavy=True,
            long=True,
            trains=("leaked",),
        ),
    ),
)
