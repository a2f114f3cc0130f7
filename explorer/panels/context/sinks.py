"""Sinks: a long text through a window, with the first tokens kept and without."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="sinks",
    title="Sinks",
    chapter="context",
    order=60,
    about="A long text read through a small cache: what happens when the first tokens leave it, and when they stay.",
    also=("attention sinks", "StreamingLLM", "sliding window", "streaming", "eviction"),
    requires=("decoder",),
    controls=(
        Control("length", "Text", "Tokens that are read.", 512, choices=(64, 128, 256, 512, 1024, 2048), unit="tokens"),
        Control("window", "Cache", "Tokens that the smaller caches hold.", 128, choices=(16, 32, 64, 128, 256, 512)),
        Control("sinks", "First tokens kept", "How many of the first tokens stay.", 4, choices=(1, 2, 4, 8)),
    ),
    views=(
        View(
            "losses",
            "With and without the first tokens",
            "The loss along a text with a full cache, with a window of the newest tokens, and with a window of the "
            "same size that keeps the first tokens. Heads put attention that they have no use for on the first tokens; "
            "without these the loss rises at once.",
            controls=("length", "window", "sinks"),
            provenance=("MEASURED",),
            source=(
                "stack.context.streaming:Streaming",
                "stack.context.streaming:StreamingCache",
                "stack.context.streaming:place",
            ),
            heavy=True,
        ),
    ),
)
