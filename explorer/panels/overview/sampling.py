"""Sampling: the model's distribution through the sampler's steps. The steps run in the page, on the full logits."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="sampling",
    title="Sampling",
    chapter="overview",
    order=50,
    about="From the distribution to one token.",
    also=("randomness", "creativity", "decoding", "temperature", "top-p", "seed", "deterministic"),
    views=(
        View(
            "stages",
            "From distribution to token",
            "Penalties and the temperature reshape the model's distribution, cuts remove tokens (hollow); from what is "
            "left the next token is drawn, here 1,000 times with your seed.",
            depends=("position",),
            compares="words",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.inference.sampling:Sampler",
                "stack.inference.sampling_steps:penalise",
                "stack.inference.sampling_steps:subtract",
                "stack.inference.sampling_steps:scale",
                "stack.inference.sampling_steps:top_k_kept",
                "stack.inference.sampling_steps:top_p_kept",
                "stack.inference.sampling_steps:min_p_kept",
                "stack.inference.sampling_steps:typical_kept",
            ),
        ),
    ),
)
