"""Sampling: the model's distribution through the sampler's steps. The steps run in the page, on the full logits."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="sampling",
    title="Sampling",
    chapter="overview",
    order=50,
    about="How the sampler picks the next token from the model’s probabilities.",
    also=("randomness", "creativity", "decoding", "temperature", "top-p", "seed", "deterministic"),
    views=(
        View(
            "stages",
            "From distribution to token",
            "Penalties and temperature change the model’s probabilities. Then top-k, top-p and the other cuts remove "
            "tokens (hollow marks). The sampler draws the next token from the rest: here 1,000 times, with your seed.",
            depends=("position",),
            compares="words",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.inference.decoding.sampling:Sampler",
                "stack.inference.decoding.sampling_steps:penalise",
                "stack.inference.decoding.sampling_steps:subtract",
                "stack.inference.decoding.sampling_steps:scale",
                "stack.inference.decoding.sampling_steps:top_k_kept",
                "stack.inference.decoding.sampling_steps:top_p_kept",
                "stack.inference.decoding.sampling_steps:min_p_kept",
                "stack.inference.decoding.sampling_steps:typical_kept",
            ),
        ),
    ),
)
