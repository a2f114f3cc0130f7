"""Fine-grained and shared experts: the same work a token, cut into more and narrower experts."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View
from explorer.panels.trained_here import TEXTS

PANEL = Panel(
    name="expert_granularity",
    title="Fine-grained experts",
    chapter="architectures",
    order=47,
    about="Dense, coarse, fine-grained and shared experts with equally many active parameters, trained side by side.",
    also=("moe", "deepseekmoe", "shared experts", "granularity", "training"),
    requires=(),
    controls=(
        Control("experts", "Coarse experts", "Experts in a block of the coarse mixture.", 8, choices=(4, 8)),
        Control("k", "Experts for a byte, k", "Coarse experts that the router chooses for a byte.", 2, choices=(1, 2)),
        Control("cut", "Each cut into", "Narrow experts that a coarse one is cut into.", 4, choices=(2, 4, 8)),
        Control(
            "steps",
            "Steps",
            "Batches that each training reads.",
            120,
            choices=(60, 120, 240, 480),
            range=(2, 480),
        ),
        Control(
            "seeds",
            "Seeds",
            "Trainings of each decoder, with other weights and windows.",
            5,
            choices=(1, 3, 5, 8),
            range=(1, 8),
        ),
        TEXTS,
        Control("seed", "Seed", "The first of the seeds; the others follow it.", 0, range=(0, SEEDS[1] - 8)),
    ),
    views=(
        View(
            "training",
            "More and narrower experts",
            "Each expert is cut into narrower ones and proportionally more of them are chosen: a token costs the "
            "same, but has more combinations of experts. One expert may be shared by all tokens. Four small decoders "
            "read the same windows; the page gives a verdict from five seeds on.",
            controls=("experts", "k", "cut", "steps", "seeds", "texts", "seed"),
            provenance=("MEASURED",),
            source=(
                "experiments.architectures.expert_granularity:configs",
                "stack.transformer.sparse_feed_forward:SparseFeedForward",
                "stack.pretraining.train:one_step",
            ),
            heavy=True,
            trains=("dense", "coarse", "fine", "shared"),
        ),
    ),
)
