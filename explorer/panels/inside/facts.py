"""Facts: where in a run a fact about its subject can be found, by causal tracing."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="facts",
    title="Facts",
    chapter="inside",
    order=3,
    about="Where in a run a fact about its subject can be found: noise on the subject, and one state put back.",
    also=("causal tracing", "ROME", "knowledge", "factual recall"),
    requires=("decoder",),
    controls=(
        Control("fact", "Fact", "Of those that this model knows, the surest first.", range=(0, 99)),
        Control(
            "state",
            "Put back",
            "The state of the clean run.",
            "resid",
            choices=(("resid", "The stream"), ("mlp", "MLP outputs"), ("attn", "Attention outputs")),
        ),
        Control(
            "noise", "Noise", "On the subject, in standard deviations of the embeddings.", 5, choices=(1, 2, 3, 5, 10)
        ),
        Control("draws", "Draws", "Draws of the noise, whose mean is shown.", 3, choices=(1, 2, 3, 6, 12)),
        Control("window", "Window", "Blocks around one that are put back together.", 5, choices=(1, 3, 5, 10)),
        Control("cell", "", "The position of the chosen state.", range=(0, None)),
    ),
    views=(
        View(
            "traces",
            "Which state brings the fact back",
            "Causal tracing: noise on the subject takes the answer away. Each cell puts one state of the clean run "
            "back: where the answer returns, the state carried what the model knows about the subject.",
            controls=("fact", "state", "noise", "draws", "window"),
            provenance=("MEASURED",),
            source=(
                "stack.frontier.causal_tracing:noise_subject",
                "stack.frontier.causal_tracing:restored",
                "experiments.inside.facts:known",
            ),
            heavy=True,
        ),
    ),
)
