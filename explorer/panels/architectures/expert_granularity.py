"""Fine-grained and shared experts: the same work a token, cut into more and narrower experts."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="expert_granularity",
    title="Fine-grained experts",
    chapter="architectures",
    order=47,
    about="Dense, coarse, fine-grained and shared experts of the same active parameters, trained side by side.",
    also=("moe", "deepseekmoe", "shared experts", "granularity", "training"),
    requires=(),
    views=(
        View(
            "training",
            "More and narrower experts",
            "Each expert is cut into narrower ones and as many more are chosen, so that a token costs the same and has "
            "more combinations; one may be shared by all. Four small decoders read the same windows, and several "
            "seeds say whether a difference is more than luck.",
            controls=("experts", "k", "cut", "steps", "seeds", "texts", "seed"),
            provenance=("MEASURED",),
            source=(
                "experiments.architectures.expert_granularity:configs",
                "stack.transformer.sparse_feed_forward:SparseFeedForward",
                "stack.pretraining.train:one_step",
            ),
            heavy=True,
        ),
    ),
)
