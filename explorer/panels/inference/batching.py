"""Batching: requests served pass by pass, a long prompt read in chunks, and throughput against the arrival rate."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="batching",
    title="Batching",
    chapter="inference",
    order=40,
    about="Several requests come at once. A scheduler decides which of them each pass of the model serves.",
    also=("vllm", "throughput", "serving", "chunked prefill", "sarathi", "goodput", "ttft", "tpot", "p99", "queueing"),
    requires=("run", "decoder"),
    controls=(
        Control("requests", "Requests", "How many requests arrive.", 7, range=(2, 12)),
        Control("slots", "Slots, rows a pass", "How many requests a pass serves at most.", 3, range=(1, 6)),
        Control(
            "gap",
            "Mean gap, decode steps",
            "How far apart requests arrive.",
            1.5,
            choices=tuple(round(2 ** (power / 2), 3) for power in range(-4, 9)),
            range=(0.25, 16.0),
        ),
        Control("blocks", "Pool, blocks", "How many blocks the cache’s pool has.", 16, range=(None, 32)),
        Control("seed", "Seed", "Draws the arrivals.", 7, range=(0, 9999)),
        Control("request", "", "The request that is looked at.", 0, range=(0, None)),
        Control(
            "long",
            "Tokens of the long prompt",
            "How long the prompt is that arrives while others decode.",
            128,
            choices=(64, 128, 256, 512),
            range=(32, 512),
        ),
        Control("decoding", "Requests that decode", "How many answers the long prompt interrupts.", 3, range=(1, 6)),
        Control("chunk", "Compare chunks of", "Tokens of the long prompt that one pass reads.", 32, range=(1, None)),
        Control("batch", "Batch, rows a pass", "How many requests a pass serves at most.", 8, range=(1, 16)),
        Control(
            "budget",
            "Chunked: tokens a pass",
            "Tokens that a pass of chunked prefill reads.",
            64,
            choices=(16, 32, 64, 128),
            range=(16, 256),
        ),
        Control(
            "long_share",
            "Long prompts, of 128 tokens",
            "The share of the requests whose prompts are long.",
            0.2,
            range=(0.0, 1.0),
            step=0.1,
        ),
        Control("arrivals", "Requests a run", "How many requests a load is made of.", 200, range=(50, 500), step=50),
        Control(
            "latency",
            "",
            "The latency that is drawn.",
            "whole",
            choices=(
                ("first", "TTFT", "time to first token, from the arrival on"),
                ("per_token", "TPOT", "mean time per output token after the first"),
                ("between", "pause", "every time between two tokens of an answer"),
                ("whole", "end to end", "from the arrival to the last token"),
            ),
        ),
        Control(
            "slo_ttft", "TTFT, at most", "The objective for the first token.", 12, range=(1, 60), unit="decode steps"
        ),
        Control(
            "slo_tpot",
            "TPOT, at most",
            "The objective for every later token.",
            3.0,
            range=(1.0, 10.0),
            step=0.5,
            unit="decode steps",
        ),
        Control("load", "", "The load whose numbers stand in the table.", range=(0, None)),
    ),
    views=(
        View(
            "timeline",
            "Static against continuous batching",
            "Pieces of this run’s text arrive as requests, and the model serves them in two ways that take turns. A "
            "static batch waits until it is full and runs until its longest answer ends. Continuous batching decides "
            "before every pass which requests it serves.",
            controls=("requests", "slots", "gap", "blocks", "seed"),
            compares="any",
            together=True,  # both runs’ requests are timed in turns
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
            together=True,  # both runs’ requests are timed in turns
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
            together=True,  # both runs’ requests are timed in turns
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
