"""Supervised fine-tuning: a conversation token by token, and what one step on it does."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="sft",
    title="SFT",
    chapter="finetuning",
    order=10,
    about="What does a model learn from one conversation? Template, mask and loss of each token, and one real step.",
    also=(
        "supervised fine-tuning",
        "instruction tuning",
        "chat template",
        "loss mask",
        "completion only",
        "gradient step",
        "forgetting",
    ),
    requires=("model", "decoder"),
    controls=(
        Control("request", "Request", "What the user says.", "What is the capital of Norway?", longest=300),
        Control("answer", "Answer", "What the assistant is to say.", "Oslo, of course.", longest=300),
        Control(
            "other",
            "Text that is not trained on",
            "The step should leave it alone; the picture shows whether it does.",
            "The sea was calm that morning, and the boats lay still in the harbour.",
            longest=300,
        ),
        Control(
            "length",
            "Length of the step",
            "How far the trained numbers move, as a vector.",
            0.1,
            choices=(0.03, 0.1, 0.3, 1.0, 3.0),
        ),
        Control("seed", "Seed", "Draws the adapter’s A.", 0, range=SEEDS),
    ),
    views=(
        View(
            "conversation",
            "Template, loss mask and loss of a conversation",
            "The chat template writes the turns as one text. The model predicts every token; the mask says that only "
            "those of the answer, with the mark that ends it, count in the loss.",
            controls=("request", "answer"),
            requires=("model", "decoder"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "stack.finetuning.conversations:told",
                "stack.finetuning.conversations:learnt",
                "stack.finetuning.conversations:sliced",
                "experiments.finetuning.sft:conversation",
            ),
            heavy=True,
        ),
        View(
            "step",
            "One step of supervised fine-tuning",
            "One gradient step of a LoRA adapter on the answer. The probability of every token is measured before and "
            "after it, and so is that of a text that is not trained on.",
            controls=("request", "answer", "other", "length", "seed"),
            requires=("model", "decoder"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "stack.finetuning.tuned:Tuned",
                "stack.finetuning.lora:LoRA",
                "experiments.finetuning.sft:stepped",
            ),
            heavy=True,
        ),
    ),
)
