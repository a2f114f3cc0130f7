"""Break it: mistakes in data parallelism, and what they do to the gradient."""

from __future__ import annotations

from explorer.panels.controls import Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="broken_parallel",
    title="Break it",
    chapter="systems",
    order=73,
    about="Five mistakes in code that trains on several processes: none raises an error, each bends the gradient.",
    also=("data parallel", "bug", "gradient", "sum instead of mean", "stale", "distributed", "all-reduce"),
    requires=(),
    controls=(
        Control(
            "model", "Model", "Whose gradient is taken.", "dense",
            choices=(("dense", "Six Kinds"), ("small", "small, untrained")),
        ),
        Control("ranks", "Ranks", "Processes that share the batch.", 2, choices=(2, 3, 4)),
        Control(
            "mistake", "Mistake", "The one thing that is wrong.", "order",
            choices=(
                ("right", "none"),
                ("sum", "a sum for a mean"),
                ("means", "a mean of means"),
                ("stale", "a stale bucket"),
                ("order", "a wrong order"),
                ("unsent", "a bucket left out"),
            ),
        ),
        Control("rank", "Rank", "Whose gradient is shown.", "first", choices=(("first", "first"), ("last", "last"))),
    ),
    views=(
        View(
            "gradients",
            "Where the gradient goes wrong",
            "Data parallel processes compute one batch’s gradient with a mistake in their code. Each cell is a "
            "weight: how far its gradient is from one process’s on the whole batch. No mistake shows in the loss of "
            "the step.",
            controls=("model", "ranks"),
            provenance=("MEASURED",),
            source=(
                "experiments.systems.broken_rank:mistakes",
                "experiments.systems.broken_parallel:predicted",
                "stack.parallelism.data_parallel:Buckets",
            ),
            optional=("companion:six-kinds-dense",),
            heavy=True,
        ),
    ),
)  # fmt: skip
