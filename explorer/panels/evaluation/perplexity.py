"""Perplexity, opened: a text coloured by surprise, and the numbers that different tools give for it."""

from __future__ import annotations

from explorer.corpora.catalogue import SOURCES
from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="perplexity",
    title="Perplexity, opened",
    chapter="evaluation",
    order=10,
    about="A text coloured by surprise, and why two tools give two perplexities for the same model and text.",
    also=("bits per byte", "surprise", "loss", "cross-entropy", "stride", "rolling windows", "BOS"),
    requires=("decoder",),
    controls=(
        Control(
            "text",
            "Text",
            "The kind of text whose excerpts are scored.",
            "novel",
            choices=tuple((each.kind.lower(), each.kind) for each in SOURCES.values()),
        ),
        Control("documents", "Documents", "Excerpts that are scored; the first is shown.", 3, range=(1, 8)),
        Control("window", "Window", "Tokens that the model reads at once.", 64, choices=(16, 32, 64, 128)),
        Control(
            "stride",
            "Stride",
            "The share of a window by which the next one moves: the rest is context.",
            "quarter",
            choices=(("eighth", "⅛"), ("quarter", "¼"), ("half", "½")),
        ),
        Control("way", "", "The way whose surprise colours the text.", "whole", longest=12),
    ),
    views=(
        View(
            "surprise",
            "The text, and every definition’s number",
            "The stronger a token’s colour, the more it surprises the model. A window cuts off what came before, so "
            "its first tokens surprise more: the same model has another perplexity on the same text.",
            controls=("text", "documents", "window", "stride"),
            compares="weights",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.evaluation.windows:rolling",
                "stack.evaluation.windows:strided",
                "stack.evaluation.perplexity:perplexity",
                "stack.evaluation.perplexity:words",
                "stack.evaluation.scoring:score",
            ),
            heavy=True,
        ),
    ),
)
