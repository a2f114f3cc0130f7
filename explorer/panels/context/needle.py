"""Needle: one sentence hidden in a long text, at every depth and length."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="needle",
    title="Needle",
    chapter="context",
    order=50,
    about="One sentence hidden in a long text and asked for: which depths and lengths the model still reads.",
    also=("needle in a haystack", "RULER", "long context", "lost in the middle", "recall"),
    requires=("decoder",),
    controls=(
        Control(
            "longest",
            "Longest text",
            "Texts of a quarter, a half and all of this length are searched.",
            1024,
            choices=(128, 256, 512, 1024, 2048, 4096, 8192),
            unit="tokens",
        ),
        Control(
            "shows",
            "Colour",
            "What the map’s colours show.",
            "gain",
            choices=(("gain", "Gain by the needle"), ("logp", "Log-probability"), ("lift", "Attention on it")),
        ),
        Control("cell", "", "The cell whose run is open."),
    ),
    views=(
        View(
            "search",
            "Depth and length",
            "Every cell is a run of the model: a sentence with a number stands at that depth of a text, and the model "
            "is asked for the number. The colour shows how much likelier the needle made the answer; a tick means that "
            "greedy decoding writes it. An open cell says what failed.",
            controls=("longest",),
            provenance=("MEASURED", "FORMULA"),
            source=("stack.context.needle:searched", "stack.context.needle:_cell", "stack.context.needle:planted"),
            heavy=True,
        ),
    ),
)
