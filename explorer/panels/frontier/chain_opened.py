"""The chain, opened: what each written step does for the answer."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PROMPT = Control(
    "prompt", "Prompt", "A digit and four instructions: +1 to +9, -1 to -9, *2 to *9.", "9+9+6+6*2", longest=20
)
STAGE = Control(
    "stage",
    "Model",
    "Which weights write.",
    "base",
    choices=(
        ("base", "taught", "Taught on right answers, at once and in steps"),
        ("rewarded", "rewarded", "The same after GRPO on right answers"),
        ("small", "small", "A smaller model, taught alike"),
    ),
)

PANEL = Panel(
    name="chain_opened",
    title="The chain, opened",
    chapter="frontier",
    order=10,
    about="A small model writes steps before its answer. Which step matters, and does the answer read what they say?",
    also=("chain of thought", "reasoning", "faithfulness", "thought anchors", "budget forcing", "step importance"),
    requires=(),
    controls=(PROMPT, STAGE, Control("seed", "Draw", "0 is the likeliest text; others are drawn.", 0, range=SEEDS)),
    views=(
        View(
            "chain",
            "What each step is worth",
            "The chain of thought begins at the digit and follows the instructions from left to right. "
            "After each step: how likely the right answer is if the model must answer now, and if it goes on.",
            controls=("prompt", "stage", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.thinking.steps:worths",
                "stack.frontier.thinking.steps:after_change",
                "stack.frontier.thinking.enumerated:enumerated",
                "experiments.frontier.chain_opened:opened",
            ),
            heavy=True,
        ),
        View(
            "trained",
            "Accuracy and length through training",
            "The same model was taught with steps and without them, then rewarded for right answers alone. At every "
            "tenth step of the training: how often it is right, and how many steps it writes.",
            provenance=("RECORDED", "MEASURED", "DERIVED"),
            source=(
                "training.chains:Lines",
                "stack.finetuning.aligning:grpo",
                "stack.architectures.paired_interval:paired_interval",
                "experiments.frontier.thinking_course:again",
            ),
            heavy=True,
        ),
    ),
)
