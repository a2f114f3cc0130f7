"""Data parallel: a model's step shared by real processes, from data parallelism to ZeRO 3."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="data_parallel",
    title="Data parallel and ZeRO",
    chapter="systems",
    order=72,
    about="Several processes train one model on different rows: what each must hold, and what they send each other.",
    also=("ddp", "fsdp", "zero", "sharding", "distributed", "all-reduce", "reduce-scatter", "all-gather"),
    requires=(),
    controls=(
        Control(
            "model", "Model", "Whose step is shared.", "dense",
            choices=(("dense", "Six Kinds"), ("mixture", "Six Kinds MoE"), ("small", "small, untrained")),
        ),
        Control("ranks", "Ranks", "Processes that share the step.", 4, choices=(2, 3, 4)),
        Control(
            "precision", "Precision", "Mixed: 16-bit weights and gradients, float32 in the optimizer.", "float32",
            choices=(("float32", "float32"), ("mixed", "mixed")),
        ),
        Control("rows", "Rows", "Sequences of the step, over all ranks.", 4, choices=(2, 4, 8), unit="rows"),
        Control(
            "bucket", "Bucket", "Bytes of gradients that are summed together.", 1024,
            choices=((16, "16 kB"), (256, "256 kB"), (1024, "1 MB"), (4096, "4 MB"), (25600, "25 MB")),
        ),
        Control("stage", "Stage", "What is shared out among the ranks.", 3,
                choices=((0, "data parallel"), (1, "ZeRO 1"), (2, "ZeRO 2"), (3, "ZeRO 3"))),
        Control("moment", "Moment", "The moment of the step that is shown, from 0.", 8, range=(0, None)),
    ),
    views=(
        View(
            "step",
            "What each rank holds during a step",
            "Each process, a rank, reads its own rows; all must end with the same weights. Data parallelism keeps "
            "weights, gradients and optimizer on every rank. ZeRO keeps a part on each and sends parts when they "
            "are needed.",
            controls=("model", "ranks", "precision", "rows"),
            provenance=("MEASURED", "FORMULA"),
            source=(
                "stack.parallelism.zero:Sharded",
                "stack.parallelism.zero_memory:bytes_a_weight",
                "stack.parallelism.zero_memory:sent",
                "stack.parallelism.process_group:ProcessGroup",
                "experiments.systems.zero_rank:stages",
                "experiments.systems.ranks:Ranks",
            ),
            optional=("companion:six-kinds-dense", "companion:six-kinds-moe"),
            heavy=True,
        ),
        View(
            "overlap",
            "Sums under the backward pass",
            "Gradients lie in gradient buckets. A bucket that is full is summed over the ranks while the backward pass "
            "computes the rest; what is not hidden so makes the step longer. Below: what more ranks and rows cost.",
            controls=("model", "ranks", "rows", "bucket"),
            provenance=("MEASURED",),
            source=(
                "stack.parallelism.data_parallel:Buckets",
                "stack.parallelism.units:Forward",
                "experiments.systems.bucket_rank:overlap",
                "experiments.systems.bucket_rank:scaling",
            ),
            optional=("companion:six-kinds-dense", "companion:six-kinds-moe"),
            heavy=True,
        ),
    ),
)  # fmt: skip
