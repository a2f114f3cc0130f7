"""What filtering buys: two trainings on as many bytes, with a filter and without."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="filtering",
    title="What filtering buys",
    chapter="pretraining",
    order=40,
    about="A filter is judged by trainings: the same bytes from both sides of it, and the loss on text held out.",
    also=("ablation", "fineweb", "data quality", "training", "deduplication", "gopher", "classifier"),
    requires=(),
    controls=(
        Control(
            "filter",
            "Filter",
            "What decides whether a document stays.",
            "gopher",
            choices=(
                ("none", "none"),
                ("duplicates", "near duplicates", "Of each cluster of near duplicates the first document stays."),
                ("language", "language", "English stays."),
                ("gopher", "Gopher’s rules", "Repetition and quality."),
                ("classifier", "classifier", "It was trained on prose against spam and keywords."),
                ("everything", "all of them"),
            ),
        ),
        Control(
            "steps", "Steps", "Batches that each training reads.", 60, choices=(60, 120, 240), range=(2, 480)
        ),
        Control(
            "seeds", "Seeds", "Trainings of each side, with other weights and windows.", 3, choices=(1, 3, 5),
            range=(1, 8),
        ),
        Control("seed", "Seed", "It makes the crawl; it is the first of the seeds.", 0, range=(0, SEEDS[1] - 8)),
    ),
    views=(
        View(
            "training",
            "Two sides of a filter",
            "A data ablation trains one small decoder on a crawl and one on what the filter leaves, with equally many "
            "bytes. The held-out loss says which text was worth more. Several seeds show how much of the difference is "
            "chance.",
            controls=("filter", "steps", "seeds", "seed"),
            provenance=("MEASURED",),
            source=(
                "experiments.pretraining.filtering:documents",
                "experiments.pretraining.filtering:kept",
                "stack.pretraining.train:one_step",
            ),
            heavy=True,
            long=True,
            trains=("all", "kept"),
        ),
    ),
)  # fmt: skip
