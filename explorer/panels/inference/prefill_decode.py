"""Prefill and decode: time a token in each phase of a real generation, and what the machine allows."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="prefill_decode",
    title="Prefill and decode",
    chapter="inference",
    order=10,
    about="Reading a prompt is limited by arithmetic, writing an answer by memory. Both are measured here.",
    also=("ttft", "tokens per second", "latency"),
    requires=("run", "decoder"),
    controls=(Control("pass", "", "The pass whose numbers are told."),),
    views=(
        View(
            "phases",
            "Two phases, pass by pass",
            "The explorer’s own engine reads this prompt and continues it. Time runs along the axis, and the length "
            "of a bar is the time a token. One pass reads the whole prompt; each new token then takes a pass of its "
            "own. Bars are medians of several generations, whiskers are their middle half.",
            compares="any",
            together=True,  # both generations are timed in turns
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.inference.decoding.engine:Engine.generate",
                "stack.inference.decoding.engine:Engine._prefill",
                "stack.systems.roofline:work",
            ),
            heavy=True,
        ),
        View(
            "roof",
            "What the machine allows",
            "A pass that computes little for each byte waits for memory; a pass that computes much waits for "
            "arithmetic. Passes of many sizes stand below both limits of this machine: prompts of many lengths and "
            "batches of many sequences.",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.roofline:probes",
                "experiments.machine:speed",
                "stack.systems.roofline:Machine",
                "stack.systems.roofline:work",
                "experiments.inference.serving.prefill_decode:sweep",
            ),
            heavy=True,
        ),
    ),
)
