"""Batching: the same requests served by static and by continuous batching, pass by pass."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="batching",
    title="Batching",
    chapter="inference",
    order=40,
    about="Who computes in each pass of the model when several requests come at once.",
    also=("vllm", "throughput", "serving"),
    requires=("run", "decoder"),
    views=(
        View(
            "timeline",
            "Static against continuous batching",
            "Pieces of this run's text arrive as requests and are really served, in two ways by turns. A static batch "
            "waits until it is full and runs to its longest answer; continuous batching decides before every pass.",
            controls=("requests", "slots", "gap", "blocks", "seed"),
            provenance=("MEASURED",),
            source=(
                "stack.inference.scheduler:Scheduler.step",
                "stack.inference.scheduler:Scheduler._go_on",
                "stack.inference.scheduler:Scheduler._admit",
                "stack.inference.scheduler:Scheduler._give",
                "stack.inference.static_batching:StaticBatcher.step",
            ),
            heavy=True,
        ),
    ),
)
