"""Train: a small model of a chosen shape and text, trained before one's eyes; and the range test of its rate."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

#: The model and what it reads: both views depend on it.
_OF = ("layers", "width", "heads", "kv_heads", "experts", "vocabulary", "text", "optimizer", "rows", "context", "seed")
_RUN = (*_OF, "rate", "schedule", "warmup", "decay", "weight_decay", "clip", "steps", "changes")

PANEL = Panel(
    name="train",
    title="Train",
    chapter="pretraining",
    order=65,
    about="A small model of your shape trains on your text. Each checkpoint opens in every panel.",
    also=(
        "training run", "loss curve", "held-out loss", "learning rate", "learning-rate finder", "range test", "fork",
        "checkpoint", "resume", "mfu", "tokens per second", "gradient norm", "own text", "muon", "adamw", "lion",
    ),
    requires=(),
    controls=(
        Control("layers", "Layers", "Blocks of the decoder.", 4, choices=(1, 2, 4, 6, 8, 12), range=(1, 12)),
        Control("width", "Width", "d_model.", 128, choices=(32, 64, 128, 192, 256, 384, 512)),
        Control("heads", "Heads", "Query heads of a layer.", 4, choices=(1, 2, 4, 8)),
        Control("kv_heads", "KV heads", "Heads of keys and values, at most as many.", 4, choices=(1, 2, 4, 8)),
        Control(
            "experts", "Experts", "Of each feed-forward layer; a token visits two.", 0,
            choices=((0, "none"), (4, "4"), (8, "8")),
        ),
        Control(
            "vocabulary", "Vocabulary", "What the model reads as a token.", "bytes",
            choices=(("bytes", "256 bytes"), ("bpe", "BPE of up to 512")),
        ),
        Control("text", "Text", "What it reads: the shelf’s texts, passages of them, or a text of your own.",
                "passages", longest=40),
        Control(
            "optimizer", "Optimizer", "It takes all steps. Muon leaves embeddings, head and vectors to AdamW.", "adamw",
            choices=(("adamw", "AdamW"), ("muon", "Muon"), ("lion", "Lion"), ("sgd", "SGD with momentum")),
        ),
        Control("rate", "Peak rate", "The learning rate after the warm-up.", 0.001,
                choices=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0, 10.0), range=(1e-7, 10.0)),
        Control(
            "schedule", "Schedule", "How the rate goes on after the warm-up.", "wsd",
            choices=(("wsd", "plateau, then down"), ("cosine", "cosine"), ("linear", "linear"),
                     ("constant", "constant")),
        ),
        Control("warmup", "Warm-up", "Share of the steps in which the rate rises.", 0.1,
                choices=((0.0, "none"), (0.05, "5 %"), (0.1, "10 %"), (0.25, "25 %")), range=(0.0, 0.9)),
        Control("decay", "Decay", "Share of the steps that the plateau’s schedule takes down to 0.", 0.25,
                choices=((0.1, "10 %"), (0.25, "25 %"), (0.5, "50 %"), (1.0, "all")), range=(0.01, 1.0)),
        Control("weight_decay", "Weight decay", "Of matrices; vectors are not decayed.", 0.1,
                choices=(0.0, 0.01, 0.1, 0.3), range=(0.0, 1.0)),
        Control("clip", "Clip", "Greatest norm of the gradient.", 1.0,
                choices=((0.1, "0.1"), (1.0, "1"), (10.0, "10"), (1e9, "none")), range=(0.001, 1e9)),
        Control("rows", "Batch", "Windows of a step.", 4, choices=(1, 2, 4, 8, 16, 32), range=(1, 64)),
        Control("context", "Context", "Tokens of a window.", 128, choices=(32, 64, 128, 256, 512), range=(8, 512)),
        Control("seed", "Seed", "It draws the weights and, with the step, the windows.", 0, range=(0, 9999)),
        Control("steps", "Steps", "Batches that the run reads.", 300, choices=(100, 300, 1000, 3000), range=(2, 20000)),
        Control("changes", "Forks", "What is changed on the way: step-what-value, with a + between two.", "none",
                longest=200),
        Control(
            "leave", "When you leave", "A run that has begun stops and keeps its state, or goes on while nobody else "
            "waits.", "stops", choices=(("stops", "it stops"), ("goes", "it goes on")),
        ),
        Control("fork_what", "Change", "The one thing that the fork changes.", "rate",
                choices=(("rate", "peak rate"), ("optimizer", "optimizer"), ("schedule", "schedule"),
                         ("weight_decay", "weight decay"), ("clip", "clip"), ("rows", "batch"),
                         ("context", "context"), ("text", "text"), ("seed", "seed of the windows"))),
    ),
    views=(
        View(
            "run",
            "A run",
            "A decoder trains on this server, step by step. Its state is kept after 1, 2, 4, 8 … steps and where it "
            "stops, so that it goes on as if it had never stopped, and can be forked: the same up to a step, and one "
            "thing changed from there.",
            controls=_RUN,
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.train:Run",
                "stack.pretraining.train:one_step",
                "stack.pretraining.not_finite:first_output",
                "experiments.pretraining.small_run:SmallRun",
                "experiments.pretraining.run_training:trained",
            ),
            heavy=True,
            trains=("run",),
            stays="leave",
        ),
        View(
            "finder",
            "Which rate: the range test",
            "The same model and text, trained with a rate that grows by the same factor at each step. The loss falls "
            "where the rate is large enough, and rises where it is too large. Smith 2015.",
            controls=_OF,
            provenance=("MEASURED",),
            source=(
                "experiments.pretraining.rate_finder:rates_tried",
                "experiments.pretraining.rate_finder:steepest",
                "stack.pretraining.schedule:Schedule",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
