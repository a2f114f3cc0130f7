"""Tensor parallel: a block cut across its width, and what real processes compute of it together."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="tensor_parallel",
    title="Tensor parallel",
    chapter="systems",
    order=74,
    about="A block cut across its width: each process computes some heads and neurons, and sums join the parts.",
    also=("tensor parallelism", "Megatron", "column parallel", "row parallel", "all-reduce", "distributed"),
    requires=("run", "decoder"),
    controls=(
        Control("ranks", "Ranks", "Processes that share the block.", choices=(2, 3, 4)),
    ),
    views=(
        View(
            "block",
            "One block on several ranks",
            "Several processes, the ranks, compute this block together on your text; each holds whole heads and "
            "neurons. No rank alone knows what the block adds to the stream: two sums a pass make it.",
            depends=("layer",),
            controls=("ranks",),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.parallelism.conjugates:_Copied",
                "stack.parallelism.conjugates:_Summed",
                "stack.parallelism.tensor:Seam",
                "stack.parallelism.tensor:SplitBlock",
                "stack.parallelism.slices:place",
                "stack.parallelism.tensor:block_bytes",
                "experiments.systems.tensor_rank:block",
            ),
            heavy=True,
        ),
    ),
)  # fmt: skip
