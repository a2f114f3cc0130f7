"""Pipeline: layers on several processes, schedules in time, as the simulator has them and as they were measured."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="pipeline_parallel",
    title="Pipeline",
    chapter="systems",
    order=76,
    about="A decoder’s blocks on several processes: who computes when, who waits, and what each keeps meanwhile.",
    also=("pipeline parallelism", "1f1b", "gpipe", "interleaved", "zero bubble", "zbv", "dualpipe", "bubble", "gantt"),
    requires=(),
    controls=(
        Control(
            "schedule",
            "Schedule",
            "The order in which each rank does its forwards and backwards.",
            "1f1b",
            choices=(
                ("gpipe", "GPipe"), ("1f1b", "1F1B"), ("interleaved", "Interleaved"), ("zb_h1", "ZB-H1"),
                ("zb_h2", "ZB-H2"), ("zbv", "ZBV"), ("dualpipe_v", "DualPipeV"),
            ),
        ),
        Control("ranks", "Ranks", "Processes that share the blocks.", 4, range=(1, 16)),
        Control("microbatches", "Micro-batches", "Parts of the batch that pass one after the other.", 8, range=(1, 64)),
        Control("chunks", "Stages of a rank", "Of the interleaved schedule.", 2, choices=(1, 2, 3, 4)),
        Control("forward", "F", "What a forward takes.", 1.0, range=(0.1, 10.0)),
        Control("gradient", "I", "What the gradient of the input takes.", 1.0, range=(0.1, 10.0)),
        Control("weight", "W", "What the gradients of the weights take; a whole backward is I and W.", 1.0,
                range=(0.0, 10.0)),
        Control("link", "Link", "From one rank to the next.", 0.0, range=(0.0, 5.0)),
        Control("follow", "Follow", "The micro-batch that is marked; -1: none.", -1, range=(-1, 63)),
        Control("step", "Step", "How many actions each rank has begun to show; 0: all.", 0, range=(0, 1000)),
        Control("processes", "Processes", "That really run it.", 2, choices=(2, 3)),
        Control("repeats", "Repeats", "Measured steps.", 9, choices=(3, 9, 15)),
        Control("repeat", "Repeat", "The measured step that is shown; -1: the median.", -1, range=(-1, 14)),
    ),
    views=(
        View(
            "schedule",
            "The schedule in time",
            "A row is a rank, a block of time a forward or backward of the micro-batch in it; gaps are waiting. The "
            "line below a row counts the micro-batches whose activations it keeps.",
            controls=("schedule", "ranks", "microbatches", "chunks", "forward", "gradient", "weight", "link"),
            provenance=("FORMULA",),
            source=(
                "stack.parallelism.pipeline.actions:Schedule",
                "stack.parallelism.pipeline.schedules:one_f_one_b",
                "stack.parallelism.pipeline.zero_bubble:zb_h1",
                "stack.parallelism.pipeline.zero_bubble:zbv",
                "stack.parallelism.pipeline.simulate:timed",
                "stack.parallelism.pipeline.bubble:Named",
            ),
        ),
        View(
            "measured",
            "The same by real processes",
            "Each process holds some of a trained decoder’s blocks and runs this schedule. The measured step stands "
            "beside the simulated one, which is told how long each kind of action and a hand-over took in other steps.",
            requires=("companion:six-kinds-dense",),
            controls=("schedule", "microbatches", "chunks", "processes", "repeats"),
            provenance=("MEASURED", "DERIVED"),
            source=(
                "stack.parallelism.pipeline.run:RankRun",
                "stack.parallelism.pipeline.stage:Stage",
                "stack.parallelism.pipeline.split_backward:Later",
                "experiments.systems.pipeline_parallel:Ran",
                "experiments.systems.ranks:Ranks",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
