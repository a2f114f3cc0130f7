"""QLoRA and task vectors: a base in four bits under an adapter, and adapters as something to add and subtract."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="qlora",
    title="QLoRA and task vectors",
    chapter="finetuning",
    order=50,
    about="What does four-bit fine-tuning save, and what does it change? Can what was learnt be added and subtracted?",
    also=(
        "qlora",
        "nf4",
        "double quantization",
        "task arithmetic",
        "task vector",
        "model merging",
        "65b",
        "4-bit",
        "merge adapter",
    ),
    requires=("model", "decoder"),
    controls=(
        Control("first", "Adapter A", "A LoRA of this model: the shelf’s, and the machine’s where it is one’s own."),
        Control("second", "Adapter B", "Another one."),
        Control("items", "Held-out items", "How many of each task are measured.", 4, choices=(2, 4, 8)),
        Control("seed", "Seed", "It draws the fresh adapter’s A.", 0, range=SEEDS),
    ),
    views=(
        View(
            "bytes",
            "QLoRA: bytes of each part",
            "QLoRA keeps the matrices in NF4 and trains a LoRA beside them. Each part of one step is measured on this "
            "model; the same arithmetic gives the memory of a 65B model.",
            controls=("seed",),
            provenance=("MEASURED", "FORMULA"),
            compares="any",
            source=(
                "stack.finetuning.qlora:rounded",
                "stack.finetuning.counts:kept",
                "stack.finetuning.counts:by_formula",
                "experiments.finetuning.qlora:large",
            ),
            heavy=True,
        ),
        View(
            "gradient",
            "QLoRA: the gradient through NF4",
            "The gradient of a fresh LoRA’s first step, through matrices in NF4 and through the exact ones.",
            controls=("seed", "items"),
            provenance=("MEASURED",),
            compares="any",
            source=("stack.systems.quantization.through:multiplied", "experiments.finetuning.qlora:gradients"),
            heavy=True,
        ),
        View(
            "merging",
            "Merged before and after quantizing",
            "Merging before quantizing and merging after it make different models. Each is measured on held-out "
            "items of "
            "what the low-rank update was trained on.",
            controls=("first", "items"),
            provenance=("MEASURED",),
            compares="any",
            source=("stack.finetuning.qlora:three", "experiments.finetuning.qlora:merging"),
            heavy=True,
        ),
        View(
            "sums",
            "Task vectors: added and subtracted",
            "An adapter is a task vector: it can be added, scaled and subtracted. The loss on held-out items of both "
            "tasks says what survives.",
            controls=("first", "second", "items"),
            provenance=("MEASURED",),
            compares="any",
            source=(
                "stack.finetuning.task_vectors:concatenated",
                "stack.finetuning.task_vectors:added",
                "experiments.finetuning.task_sums:sums",
            ),
            heavy=True,
        ),
    ),
)
