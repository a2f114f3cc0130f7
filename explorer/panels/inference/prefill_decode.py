"""Prefill and decode: time a token in each phase of a real generation, and what the machine allows."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="prefill_decode",
    title="Prefill and decode",
    chapter="inference",
    order=10,
    about="Reading a prompt and writing an answer are two different loads: one computes, the other waits for memory.",
    also=("ttft", "tokens per second", "latency"),
    requires=("run", "decoder"),
    views=(
        View(
            "phases",
            "Two phases, pass by pass",
            "This prompt, read and continued by the explorer's own engine just now. Time runs along the axis; a bar "
            "reaches as far as its time a token. One pass reads the whole prompt, then each new token takes its own. "
            "Medians of several generations, with the middle half as a whisker.",
            compares="any",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.inference.engine:Engine.generate",
                "stack.inference.engine:Engine._prefill",
                "stack.systems.roofline:work",
            ),
            heavy=True,
        ),
        View(
            "roof",
            "What the machine allows",
            "Few operations a byte, and a pass waits for memory; many, and it waits for arithmetic. Both limits were "
            "measured here, between passes of many sizes: tokens of one prompt, and sequences of a batch.",
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.systems.roofline:probes",
                "experiments.systems.machine:speed",
                "stack.systems.roofline:Machine",
                "stack.systems.roofline:work",
                "experiments.inference.prefill_decode:sweep",
            ),
            heavy=True,
        ),
    ),
)
