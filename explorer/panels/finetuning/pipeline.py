"""Through the pipeline: a base, SFT, DPO and GRPO of one small model, on one sum."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="pipeline",
    title="Through the pipeline",
    chapter="finetuning",
    order=130,
    about="What does each stage of training change? A base, SFT, DPO and GRPO of one model, on one sum.",
    also=(
        "post-training",
        "alignment",
        "rlhf",
        "rlvr",
        "instruct",
        "grpo",
        "dpo",
        "sft",
        "arithmetic",
    ),
    requires=(),
    controls=(
        Control("sum", "Sum", "Two numbers of two digits whose sum is below 100.", "28+24", longest=12),
        Control("answer", "Answer", "Whose tokens are shown; empty: the right one.", longest=8),
    ),
    views=(
        View(
            "answers",
            "One sum through four stages",
            "A base model, and what SFT, DPO and GRPO make of it. All 10,100 answers to the sum are counted, so each "
            "probability is exact.",
            controls=("sum", "answer"),
            provenance=("MEASURED",),
            source=(
                "stack.finetuning.sums:distribution",
                "stack.finetuning.optimum:kl",
                "experiments.finetuning.pipeline:through",
            ),
            heavy=True,
        ),
        View(
            "stages",
            "What each stage changed",
            "Each stage on held-out sums: the share it adds right, how often it answers in parts, and how far it has "
            "moved from the base and from SFT.",
            provenance=("MEASURED", "RECORDED"),
            source=(
                "stack.finetuning.rollouts:roll",
                "stack.finetuning.aligning:grpo",
                "stack.finetuning.aligning:preferred",
                "training.staged:Staged",
            ),
            heavy=True,
        ),
    ),
)
