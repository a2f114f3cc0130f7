"""Collectives: ring and tree step by step on real processes, and their bytes against the formula."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="collectives",
    title="Collectives",
    chapter="systems",
    order=71,
    about="How several processes sum, share and exchange vectors, step by step, and how many bytes that takes.",
    also=("all-reduce", "reduce-scatter", "all-gather", "all-to-all", "ring", "tree", "nccl", "gloo", "distributed"),
    requires=(),
    controls=(
        Control("ranks", "Ranks", "Processes that take part.", 4, choices=(2, 3, 4)),
        Control(
            "algorithm", "Collective", "What is done, and how.", "ring all-reduce",
            choices=(
                ("ring all-reduce", "all-reduce, ring"),
                ("tree all-reduce", "all-reduce, tree"),
                ("reduce-scatter", "reduce-scatter"),
                ("all-gather", "all-gather"),
                ("all-to-all", "all-to-all"),
            ),
        ),
        Control("largest", "Largest vector", "Of those that are timed.", 4, choices=(1, 4, 16), unit="MB"),
        Control("step", "Step", "The step after which the vectors are shown; 0 is before the first.", 2,
                range=(0, None)),
    ),
    views=(
        View(
            "steps",
            "Step by step",
            "In a collective each process, a rank, holds a vector in pieces. At each step it sends a piece to "
            "another rank and adds or stores what comes. A ring cuts the vector so that every rank sends equally "
            "much; a tree sends it whole.",
            controls=("ranks",),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.parallelism.collectives:_around",
                "stack.parallelism.collectives:tree_all_reduce",
                "stack.parallelism.collectives:all_to_all",
                "stack.parallelism.collectives:expected_bytes",
                "experiments.systems.collectives_rank:walked",
            ),
            heavy=True,
        ),
        View(
            "bytes",
            "Bytes and time by size",
            "The same on vectors of several sizes, ours and torch’s own on gloo, in turns: what each sends by "
            "formula, what crossed the socket, and how long it took. Short vectors cost steps, long ones bytes.",
            controls=("ranks", "largest"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "experiments.systems.collectives_rank:timed",
                "stack.parallelism.collectives:expected_bytes",
                "stack.parallelism.collectives:seconds",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
