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
            "The first run is the run on the page. The second run has another prompt, another model, or no "
            "interventions.",
            depends=("position", "target"),
            compares="all",
            together=True,
            provenance=("MEASURED",),
            source=(
                "figures.overview.two_places:aligned",
                "figures.overview.two_places:Place",
                "figures.overview.two_runs:divergence",
            ),
        ),
        View(
            "parts",
            "The parts of the lead",
            "What each head and MLP, or each mixer, adds to the lead of each run’s answer, in both runs; the largest "
            "change comes first. The lead of the first answer over the second says how far the model prefers it.",
            depends=("position", "target", "over", "rival"),
            compares="all",
            together=True,
            provenance=("DERIVED",),
            optional=("decoder",),
            source=("tracing.derived.attribution:attribute", "figures.overview.two_runs_parts:parts"),
        ),
        View(
            "depths",
            "The two answers by depth",
            "The logit lens of both runs: it reads the residual stream after every block through the model’s own last "
            "norm and unembedding, and gives the probabilities of both answers.",
            depends=("position", "target"),
            compares="all",
            together=True,
            provenance=("DERIVED",),
            source=("tracing.derived.lens:lens_logits", "figures.overview.two_runs_depths:depths"),
        ),
    ),
)
