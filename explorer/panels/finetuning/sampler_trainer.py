"""Sampler against trainer: one text, one model, several ways to score it."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="sampler_trainer",
    title="Sampler against trainer",
    chapter="finetuning",
    order=120,
    about="A sampler and a trainer with the same weights give a token two probabilities. How far apart are they?",
    also=(
        "importance ratio", "off-policy", "vllm", "mismatch", "bf16", "top-p", "kept mass", "tis",
        "truncated importance sampling", "batch invariance",
    ),
    requires=("run", "decoder"),
    controls=(
        Control("top_p", "Top-p", "The sampler keeps the likeliest tokens of so much probability.", 0.9,
                choices=(0.5, 0.8, 0.9, 0.95, 1.0)),
        Control("temperature", "Temperature", "Of the sampler.", 1.0, choices=(0.6, 1.0, 1.4)),
        Control("tokens", "Tokens", "That are drawn after the run’s text.", 32, choices=(8, 32, 96)),
        Control("seed", "Seed", "It draws them.", 0, range=SEEDS),
    ),
    views=(
        View(
            "ways",
            "One text, scored in several ways",
            "A clipped loss reads the ratio of the trainer’s probability to the sampler’s. Both have the same weights: "
            "a format, a cache or a batch may still move the ratio of a token away from 1.",
            provenance=("MEASURED",),
            source=(
                "experiments.finetuning.sampler_trainer:whole",
                "experiments.finetuning.sampler_trainer:stepwise",
                "experiments.finetuning.sampler_trainer:batched",
            ),
            heavy=True,
            compares="any",
        ),
        View(
            "truncated",
            "Under top-p the ratio is the kept mass",
            "A truncated sampler draws from the likeliest tokens alone. At each token that it draws, the ratio of the "
            "trainer’s probability to the sampler’s is the kept mass, unless the trainer forgets the temperature.",
            controls=("top_p", "temperature", "tokens", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.inference.decoding.sampling:Sampler",
                "experiments.finetuning.sampler_trainer:cut",
            ),
            heavy=True,
            compares="any",
        ),
    ),
)  # fmt: skip
