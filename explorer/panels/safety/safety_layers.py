"""Layers of safety: guards, a probe, an instruction and a taught refusal, each on or off over one set of requests."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

_SWITCH = (("on", "on"), ("off", "off"))
LAYERS = ("front", "probe", "system", "taught", "back")

PANEL = Panel(
    name="safety_layers",
    title="Layers of safety",
    chapter="safety",
    order=5,
    about="One set of requests through five layers, each on or off: what passes, and which harmless twins are stopped.",
    also=("defence in depth", "input guard", "output guard", "system prompt", "jailbreak", "over-refusal", "Sankey"),
    requires=("decoder", "companion:minilm-l6"),
    controls=(
        Control(
            "numbers",
            "Numbers",
            "As recorded of the refusal that the shelf keeps, or measured here, which takes minutes.",
            "recorded",
            choices=(("recorded", "as recorded"), ("here", "measured here")),
        ),
        Control("front", "Guard in front", "MiniLM’s guard judges the request.", "on", choices=_SWITCH),
        Control("probe", "Probe", "A probe on the model’s stream judges the request.", "off", choices=_SWITCH),
        Control("system", "System prompt", "An instruction asks the model to refuse.", "on", choices=_SWITCH),
        Control("taught", "Taught refusal", "The model was trained to refuse.", "on", choices=_SWITCH),
        Control("back", "Guard behind", "MiniLM’s guard judges the answer.", "on", choices=_SWITCH),
        Control(
            "rate",
            "False alarms",
            "At most this share of the harmless validation texts may be flagged by each guard and by the probe.",
            5,
            choices=((1, "1 %"), (5, "5 %"), (10, "10 %")),
        ),
        Control(
            "pairs", "Pairs of requests", "Each in five forms: plain and in four disguises.", 10, choices=(3, 10, 20)
        ),
    ),
    views=(
        View(
            "flow",
            "What passes",
            "Forbidden requests and their harmless twins, plain and in disguise, go down through the layers. What a "
            "layer stops leaves to the right. Layers that miss the same disguise add little to each other.",
            controls=("numbers", *LAYERS, "rate", "pairs"),
            in_page=(*LAYERS, "rate"),
            provenance=("MEASURED", "DERIVED", "RECORDED"),
            source=(
                "stack.safety.layers:cascade",
                "experiments.safety.layered:layered",
                "experiments.safety.layered:written",
                "experiments.safety.requests_kept:run",
                "stack.safety.answers:judge",
                "stack.safety.guard:fitted",
            ),
            heavy=True,
        ),
    ),
)
