"""Batching: requests served pass by pass, a long prompt read in chunks, and throughput against the arrival rate."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="batching",
    title="Batching",
    chapter="inference",
    order=40,
    about="Who computes in each pass of the model when several requests come at once.",
    also=("vllm", "throughput", "serving", "chunked prefill", "sarathi", "goodput", "ttft", "tpot", "p99", "queueing"),
    requires=("run", "decoder"),
    views=(
        View(
            "timeline",
            "Static against continuous batching",
            "Pieces of this run's text arrive as requests and are really served, in two ways by turns. A static batch "
            "waits until it is full and runs to its longest answer; continuous batching decides before every pass.",
            controls=("requests", "slots", "gap", "blocks", "seed"),
            compares="any",
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
        View(
            "chunked",
            "A long prompt, whole and in chunks",
            "Requests are decoding when a long prompt comes. Read whole, it stalls them for one long pass; chunked "
            "prefill reads a piece in every pass, so that they go on, and the prompt's own first token comes later.",
            controls=("long", "decoding", "seed"),
            compares="weights",
            provenance=("MEASURED",),
            source=(
                "stack.inference.scheduler:Scheduler._part",
                "stack.inference.scheduler:Scheduler._go_on",
                "stack.inference.scheduler:Scheduler._admit",
            ),
            heavy=True,
            requires=("decoder",),
        ),
        View(
            "load_curve",
            "Throughput and latency against the arrival rate",
            "How much load a server bears: passes are timed on this machine, the real schedulers then serve hundreds "
            "of requests on a clock of those times. Behind the knee it writes no more, and latency grows.",
            controls=("batch", "budget", "long_share", "arrivals", "seed"),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.serving_simulation:PricedDecoder",
                "stack.inference.serving_simulation:PassCosts",
                "stack.inference.serving_load:replaying",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
