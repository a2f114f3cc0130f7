"""Two runs: the same measurement twice, with one thing changed: the prompt, the model, or what is done to it."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="two_runs",
    title="Two runs",
    chapter="overview",
    order=80,
    about="The same measurement twice, with one thing changed.",
    also=("compare", "side by side", "minimal pair", "history"),
    views=(
        View(
            "words",
            "Two runs",
            "The run on the page beside another one: of another prompt, another model, or without the interventions. "
            "Left is always the run on the page.",
            depends=("position", "target"),
            compares="all",
            provenance=("MEASURED",),
            source=(
                "figures.overview.two_places:aligned",
                "figures.overview.two_places:Place",
                "figures.overview.two_runs:divergence",
            ),
        ),
        View(
            "parts",
            "The parts that differ",
            "What each head and MLP adds to the answers' logits in both runs, the largest change first; the first "
            "answer over the second is their logit difference.",
            depends=("position", "target"),
            compares="all",
            provenance=("DERIVED",),
            optional=("decoder",),
            source=("tracing.attribution:attribute", "figures.overview.two_runs:parts"),
        ),
        View(
            "depths",
            "Where the two part",
            "Both answers at every depth of both runs, the stream read early through each model's own last norm and "
            "unembedding.",
            depends=("position", "target"),
            compares="all",
            provenance=("DERIVED",),
            source=("tracing.lens:lens_logits", "figures.overview.two_runs:depths"),
        ),
    ),
)
