"""Pipeline: what becomes of a crawl's documents and tokens, stage by stage."""

from __future__ import annotations

from explorer.panels.controls import SEEDS, Control
from explorer.panels.pipeline_thresholds import NAMES, threshold_controls
from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="data_pipeline",
    title="Pipeline",
    chapter="pretraining",
    order=10,
    about="What is left of a crawl when it has passed every stage, and did each stage remove what it should?",
    also=(
        "sankey",
        "data pipeline",
        "URL filter",
        "toxicity",
        "fineweb",
        "common crawl",
        "gopher",
        "c4",
        "filter",
        "precision",
        "recall",
        "warc",
    ),
    requires=(),
    controls=(
        Control(
            "order",
            "Order",
            "Which stages there are, and which comes first.",
            "reference",
            choices=(
                ("reference", "Duplicates first", "Copies are removed before quality is judged."),
                ("fineweb", "Filters first (FineWeb)", "Fewer documents are left to be compared."),
            ),
        ),
        Control("unit", "Count", "What a band is as wide as.", "documents", choices=("documents", "tokens")),
        Control("stage", "", "The stage whose removed documents are listed; the one that removes most at first."),
        Control("documents", "Pages", "Of the crawl that the recipe makes.", 1000, choices=(200, 1000, 2000)),
        Control("seed", "Seed", "Which crawl is made.", range=SEEDS, default=1),
        *threshold_controls(),
    ),
    views=(
        View(
            "flow",
            "From a crawl to training text",
            "A recipe makes a crawl of real texts and plants copies, spam, other languages and more in it, so that the "
            "truth is known. The pipeline reads the pages as they are served, in HTML. A band is as wide as what "
            "reaches a stage; what the stage removes leaves to the right. Choose a stage for its rules, and for the "
            "documents that it removes.",
            controls=("order", "documents", "seed", *NAMES),
            provenance=("MEASURED",),
            source=(
                "stack.pretraining.data.pipeline:run",
                "stack.pretraining.data.pipeline:through_stage",
                "stack.pretraining.data.pipeline:Count",
                "stack.pretraining.data.pipeline:judged",
            ),
            heavy=True,
        ),
    ),
)
