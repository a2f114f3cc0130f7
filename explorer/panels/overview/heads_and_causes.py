"""Heads and causes: direct attribution of every head against the measured effect of removing it."""

from __future__ import annotations

from explorer.panels.protocol import Panel, View

PANEL = Panel(
    name="heads_and_causes",
    title="Heads & causes",
    chapter="overview",
    order=60,
    about="Which heads matter, and how.",
    also=("interpretability", "causal tracing", "ablate"),
    requires=("run", "attention"),
    views=(
        View(
            "scatter",
            "Direct share against cause",
            "What each head writes toward the target (across), and how the target's log odds move when the head "
            "is removed (up). The distance from the dashed line is all that moves with the head: parts that read it "
            "later, earlier positions that it fed, and the final norm's divisor, which a direct share holds fixed.",
            depends=("position", "target", "over", "rival"),
            compares="parts",
            together=True,
            provenance=("MEASURED", "DERIVED"),
            source=(
                "experiments.overview.heads_and_causes:removals",
                "experiments.overview.heads_and_causes:whole_run",
                "tracing.derived.attribution:attribute",
                "figures.overview.heads_and_causes:shares_error",
            ),
            heavy=True,
        ),
    ),
)
