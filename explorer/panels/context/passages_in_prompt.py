"""Passages in the prompt: moved, joined from kept keys and values, and cut, with the answer's probability."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

_ASKED = ("questions", "among", "tokens")

PANEL = Panel(
    name="passages_in_prompt",
    title="Passages in the prompt",
    chapter="context",
    order=35,
    about="What an answer loses when its passage stands in the middle, comes from a kept KV cache, or is cut short.",
    also=("lost in the middle", "prompt compression", "LLMLingua", "KV reuse", "CacheBlend", "Prompt Cache", "RAG"),
    requires=("decoder",),
    controls=(
        Control(
            "questions", "Questions", "How many are asked: each takes some seconds.", 6, choices=(2, 6, 12, 24, 48)
        ),
        Control("among", "Passages", "How many stand in the prompt.", 5, choices=(3, 5, 8)),
        Control("tokens", "Of each", "A passage is cut to this length.", 60, choices=(20, 40, 60, 100), unit="tokens"),
    ),
    views=(
        View(
            "middle",
            "Moved over all places",
            "The passage with the answer stands first, second, … last among passages on near subjects. Where its gain "
            "dips between the ends, the model is lost in the middle; the interval says whether the dip may be chance.",
            controls=_ASKED,
            provenance=("MEASURED",),
            source=("stack.context.moved_passage:by_place", "stack.context.moved_passage:ordered"),
            heavy=True,
            long=True,
        ),
        View(
            "reuse",
            "Joined from kept keys and values",
            "Each passage is read alone, once; its keys and values are then put into the prompt. Keys must be turned "
            "to their new positions. What is left of the error is that passages have not seen each other.",
            controls=_ASKED,
            provenance=("MEASURED",),
            source=(
                "stack.context.reused_passages:alone",
                "stack.context.reused_passages:joined",
                "stack.context.streaming:turned",
            ),
            heavy=True,
            long=True,
        ),
        View(
            "cut",
            "Cut by surprisal",
            "Only a share of each passage’s tokens is kept: those that the model expects least, random ones, or those "
            "that it expects most. A prompt compression helps only if it beats the random cut.",
            controls=_ASKED,
            provenance=("MEASURED",),
            source=("stack.context.dropped_tokens:surprisals", "stack.context.dropped_tokens:kept"),
            heavy=True,
            long=True,
        ),
    ),
)
