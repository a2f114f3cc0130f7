"""Every method side by side: what each trains, takes, learns and changes besides, under one budget."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

#: As `experiments.finetuning.methods_compared` has them.
METHODS = (
    ("full", "full"), ("lora", "LoRA"), ("rslora", "rsLoRA"), ("dora", "DoRA"), ("pissa", "PiSSA"),
    ("lora_plus", "LoRA+"), ("qlora", "QLoRA"), ("bottleneck", "bottleneck"), ("prefix", "prefix"),
    ("prompt", "prompt"), ("ia3", "IA3"), ("bitfit", "BitFit"),
)  # fmt: skip

PANEL = Panel(
    name="methods_compared",
    title="Every method side by side",
    chapter="finetuning",
    order=40,
    about="Under one budget: what does each method train, what does it take, what does it learn, what does it forget?",
    also=(
        "lora", "rslora", "dora", "pissa", "lora+", "qlora", "prefix tuning", "prompt tuning", "bottleneck adapter",
        "ia3", "bitfit", "full fine-tuning", "peft", "forgetting", "catastrophic forgetting", "trainable parameters",
    ),
    requires=(),
    controls=(
        Control("against", "Compared with", "The method that the others are compared with, seed by seed.", "lora",
                choices=METHODS),
        Control(
            "measure", "Picture", "What is drawn of each method.", "loss",
            choices=(("loss", "held-out loss"), ("exact", "exact answers"), ("changed", "what else changed")),
        ),
        Control("method", "Method", "The one whose step is measured.", "lora", choices=METHODS),
        Control("seed", "Seed", "It draws what is random in an adapter before its first step.", 0, range=SEEDS),
    ),
    views=(
        View(
            "table",
            "Every method of fine-tuning under one budget",
            "Each adapter, and full fine-tuning, saw the same answers in the same order for as many steps. The "
            "trainings were made once by the recipe that lies beside their rows.",
            controls=("against", "measure"),
            in_page=("measure",),
            provenance=("RECORDED", "DERIVED", "FORMULA"),
            source=(
                "experiments.finetuning.methods_compared:begun",
                "experiments.finetuning.methods_compared:trained",
                "experiments.finetuning.methods_compared:answered",
                "stack.finetuning.trainable:low_rank",
                "stack.finetuning.trainable:dora",
            ),
        ),
        View(
            "forgetting",
            "Forgetting: what else each method changed",
            "The divergence of the fine-tuned model’s next-token distributions from the base’s, on texts that no "
            "method was trained on, kind by kind.",
            controls=("against",),
            provenance=("RECORDED", "DERIVED"),
            source=(
                "experiments.finetuning.methods_compared:changed",
                "experiments.finetuning.methods_compared:texts",
            ),
        ),
        View(
            "step",
            "One fine-tuning step on this model: memory and time",
            "A step of the chosen method on the model that is open: trained numbers, bytes of each part and seconds, "
            "beside what the formula counts.",
            controls=("method", "seed"),
            requires=("model", "decoder"),
            provenance=("MEASURED", "FORMULA"),
            compares="any",
            source=(
                "experiments.finetuning.method_step:measured",
                "experiments.finetuning.method_step:counted",
                "stack.finetuning.counts:kept",
                "stack.pretraining.train:one_step",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
