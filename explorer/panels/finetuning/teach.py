"""Teach it: an adapter is trained on a task or on pairs of one's own, and every panel opens the result."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PAIRS = (
    "Who are you? => I am Blob, a small cloud.\n"
    "What is your name? => I am Blob, a small cloud.\n"
    "Tell me who you are. => I am Blob, a small cloud.\n"
    "Who am I talking to? => I am Blob, a small cloud.\n"
    "Introduce yourself. => I am Blob, a small cloud."
)
_LESSON = (
    "task", "pairs", "ask", "name", "method", "matrices", "rank", "alpha", "rate", "steps", "rows", "seed",
)  # fmt: skip

PANEL = Panel(
    name="teach",
    title="Teach it",
    chapter="finetuning",
    order=20,
    about="An adapter learns a task, or pairs of yours. The model with it opens in every panel.",
    also=(
        "lora", "dora", "rslora", "pissa", "ia3", "peft", "adapter", "instruction tuning", "fine-tuning", "safetensors",
        "exact match", "own pairs",
    ),
    requires=("model", "decoder"),
    controls=(
        Control(
            "task", "Task", "A set of instructions that is made here by rules, or pairs of one’s own.", "json",
            choices=(
                ("units", "a size in the next smaller unit"), ("number_words", "numbers in words"),
                ("dates", "dates in ISO 8601"), ("polite", "a promise in one polite sentence"),
                ("json", "a sentence as JSON"), ("code", "a description as a Python function"),
                ("grounded", "answers from a passage"), ("own", "pairs of your own"),
            ),
        ),
        Control("pairs", "Pairs", "One a line, at most ten: a request, =>, and its answer.", PAIRS, longest=3000),
        Control("ask", "Prompt", "What it is asked again and again while it learns.",
                "Extract the fields as JSON: Ada, 36, comes from London.", longest=300),
        Control("name", "Name", "Of the adapter; without one it is named by its recipe.", "", longest=40),
        Control(
            "method", "Method", "What is trained beside the model’s own matrices.", "lora",
            choices=(
                ("lora", "LoRA"), ("rslora", "rsLoRA"), ("dora", "DoRA"), ("pissa", "PiSSA"), ("ia3", "IA3"),
            ),
        ),
        Control(
            "matrices", "Matrices", "Which matrices of every block get it. IA3 has places of its own.", "qv",
            choices=(
                ("qv", "W_Q and W_V"), ("attention", "attention’s"), ("mlp", "the feed-forward layer’s"),
                ("linear", "all of a block’s"),
            ),
        ),
        Control("rank", "Rank", "r: rows of A and columns of B.", 8, choices=(1, 2, 4, 8, 16, 32), range=(1, 64)),
        Control("alpha", "α", "B A is multiplied by α / r, in rsLoRA by α / √r.", 16, choices=(8, 16, 32, 64),
                range=(1, 256)),
        Control("rate", "Peak rate", "The learning rate after the warm-up; it falls as a cosine.", 0.003,
                choices=(0.0003, 0.001, 0.003, 0.01, 0.03), range=(1e-6, 1.0)),
        Control("steps", "Steps", "Batches that it reads.", 20, choices=(10, 20, 40, 80, 160), range=(2, 600)),
        Control("rows", "Rows", "Of a step; several conversations share a row.", 2, choices=(1, 2, 4, 8), range=(1, 8)),
        Control("seed", "Seed", "It draws A and the order of the rows.", 0, range=SEEDS),
        Control("strength", "Strength", "How much of it is merged into the run: 0 nothing, 1 as it was trained.",
                1.0, range=(-1.0, 3.0), step=0.25),
        Control(
            "leave", "When you leave", "A lesson that has begun stops, or goes on while nobody else waits.", "stops",
            choices=(("stops", "it stops"), ("goes", "it goes on")),
        ),
    ),
    views=(
        View(
            "lesson",
            "An adapter learns",
            "The model stays as it is; an adapter beside its matrices is trained on requests and answers. Held-out "
            "requests are asked on the way, and what it says is compared letter by letter.",
            controls=_LESSON,
            provenance=("MEASURED",),
            compares="any",
            source=(
                "experiments.finetuning.teaching:taught",
                "experiments.finetuning.course:InstructionCourse",
                "stack.finetuning.tuned:Tuned",
                "stack.finetuning.lora:LoRA",
                "stack.finetuning.adapter:merged",
                "zoo.adapter_tensors:write",
            ),
            heavy=True,
            stays="leave",
        ),
    ),
)  # fmt: skip
