"""Batching: requests served pass by pass, a long prompt read in chunks, and throughput against the arrival rate."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="batching",
    title="Batching",
    chapter="inference",
    order=40,
    about="Several requests come at once. A scheduler decides which of them each pass of the model serves.",
    also=("vllm", "throughput", "serving", "chunked prefill", "sarathi", "goodput", "ttft", "tpot", "p99", "queueing"),
    requires=("run", "decoder"),
    views=(
        View(
            "timeline",
            "Static against continuous batching",
            "Pieces of this run’s text arrive as requests, and the model serves them in two ways that take turns. A "
            "static batch waits until it is full and runs until its longest answer ends. Continuous batching decides "
            "before every pass which requests it serves.",
            controls=("requests", "slots", "gap", "blocks", "seed"),
            compares="any",
            provenance=("MEASURED",),
            source=(
                "stack.inference.serving.scheduler:Scheduler.step",
                "stack.inference.serving.scheduler:Scheduler._go_on",
                "stack.inference.serving.scheduler:Scheduler._admit",
                "stack.inference.serving.scheduler:Scheduler._give",
                "stack.inference.serving.static_batching:StaticBatcher.step",
            ),
            heavy=True,
        ),
        View(
            "chunked",
            "A long prompt, whole and in chunks",
            "A long prompt arrives while other requests decode. Reading it whole stalls them for one long pass. "
            "Chunked prefill reads a piece of it in every pass: the others go on, and the prompt’s own first token "
            "comes later.",
            controls=("long", "decoding", "seed"),
            compares="weights",
            provenance=("MEASURED",),
            source=(
                "stack.inference.serving.scheduler:Scheduler._part",
                "stack.inference.serving.scheduler:Scheduler._go_on",
                "stack.inference.serving.scheduler:Scheduler._admit",
            ),
            heavy=True,
            requires=("decoder",),
        ),
        View(
            "load_curve",
            "Throughput and latency against the arrival rate",
            "How much load can a server take? Calls of the model are timed on this machine, and the real schedulers "
            "then serve hundreds of requests on a clock of those times. Beyond the knee the server writes no more "
            "tokens a second, and latency grows.",
            controls=("batch", "budget", "long_share", "arrivals", "seed"),
            compares="weights",
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.inference.serving.serving_simulation:PricedDecoder",
                "stack.inference.serving.serving_simulation:PassCosts",
                "stack.inference.serving.serving_load:replaying",
            ),
            heavy=True,
            requires=("decoder",),
        ),
    ),
)
