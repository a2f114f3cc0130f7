"""Past the trained length: the perplexity of a long text under every scheme of RoPE scaling."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="past_length",
    title="Past the trained length",
    chapter="context",
    order=70,
    about="A long text read past the length that a model was trained on: what every scheme of RoPE scaling does.",
    also=("extrapolation", "YaRN", "NTK", "position interpolation", "context extension", "long context"),
    requires=("decoder",),
    controls=(
        Control(
            "reader",
            "Reader",
            "The model that reads.",
            "small",
            choices=(("small", "Six Kinds dense, trained on 256 tokens"), ("page", "The model on the page")),
        ),
        Control("times", "Times the length", "How many times longer the text is.", 4, choices=(2, 4, 8)),
        Control(
            "scheme",
            "",
            "The scheme that is set apart.",
            "yarn",
            choices=("own", "linear", "ntk", "dynamic", "yarn", "llama3"),
        ),
    ),
    views=(
        View(
            "course",
            "Perplexity along the text",
            "The same text read under each scheme, without a gap: all tokens stand where they are. Past the "
            "trained length the model’s own rotation reaches angles that it never met in training. A scheme helps "
            "behind that line and "
            "may cost something before it.",
            controls=("reader", "times"),
            provenance=("MEASURED",),
            source=(
                "experiments.context.past_length:past_length",
                "stack.context.extrapolation:frozen",
                "stack.embeddings.rope_scaling:YaRN",
                "stack.embeddings.rope_scaling:DynamicNTK",
            ),
            heavy=True,
        ),
    ),
)
