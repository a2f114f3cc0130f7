"""Fine-grained and shared experts: the same work a token, cut into more and narrower experts."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="expert_granularity",
    title="Fine-grained experts",
    chapter="architectures",
    order=47,
    about="Dense, coarse, fine-grained and shared experts with equally many active parameters, trained side by side.",
    also=("moe", "deepseekmoe", "shared experts", "granularity", "training"),
    requires=(),
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
        ),
    ),
)
